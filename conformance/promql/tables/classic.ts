// Classic histograms, good and broken.
import type { Case } from '../grammar/areas.ts';
import { cases, each } from './table.ts';

const BUCKETS = [
  'broken_bucket',
  'latency_seconds_bucket',
  'rate(broken_bucket[5m])',
  'rate(latency_seconds_bucket[5m])',
  'sum by (le) (rate(latency_seconds_bucket[5m]))',
  'sum by (le, fault) (broken_bucket)',
  'broken_bucket * 0',
  'broken_bucket * -1',
  'latency_seconds_bucket{le!="+Inf"}',
  'latency_seconds_bucket{le="1"}',
  'odd',
  'gone',
  '{__name__=~"latency_seconds_bucket|broken_bucket"}',
  'label_replace(up, "le", "+Inf", "", "")',
];
const QUANTILES = [
  '0',
  '0.01',
  '0.5',
  '0.9',
  '0.999',
  '1',
  '-0.1',
  '1.1',
  'NaN',
  'Inf',
  '-Inf',
  'scalar(gone)',
  'scalar(up{instance="a:80"}) / 2',
];
const BORDERS = ['0', '0.05', '0.3', '1', '2', '3', '-1', '-3', '-6', 'Inf', '-Inf', 'NaN'];

export const CLASSIC_CASES: readonly Case[] = cases('classic histograms', [
  ...QUANTILES.flatMap((q) => each([`histogram_quantile(${q}, X)`], BUCKETS)),
  ...each(
    BORDERS.flatMap((low) => BORDERS.map((high) => `histogram_fraction(${low}, ${high}, X)`)),
    ['broken_bucket', 'latency_seconds_bucket'],
  ),
  ...each(
    [
      'histogram_fraction(0.1, 1, X)',
      'histogram_quantile(0.9, (X))',
      'histogram_quantile(0.9, X) > 1',
      'sum(histogram_quantile(0.9, X))',
      'max_over_time(histogram_quantile(0.9, X)[5m:1m])',
      'histogram_count(X)',
      'histogram_avg(X)',
    ],
    BUCKETS,
  ),
]);
