// Functions of range vectors over everything that may be in a window.
import type { Case } from '../grammar/areas.ts';
import { OVER_TIME, RATES } from '../grammar/functions.ts';
import { cases, each } from './table.ts';

const WINDOWS = [
  'odd[1m]',
  'odd[5m]',
  'odd[15s]',
  'gappy[5m]',
  'gappy[16m]',
  'flapping[1m]',
  'flapping[5m]',
  'late[10m]',
  'early[10m]',
  'single[30m]',
  'pair[30m]',
  'pair[2m]',
  'uneven[3m]',
  'borders[1m]',
  'borders[2m]',
  'borders[3m1ms]',
  'borders[59999ms]',
  'replaced[30m]',
  'steady_total[10m]',
  'steady[5m]',
  'http_requests_total[17m]',
  '{__name__=~"twin_.*"}[5m]',
  'gone[5m]',
  'odd[5m:20s]',
  'pair[30m:1m]',
  'orders_total[30d]',
  'load_average[7d:1h]',
];

const PARAMETERS = ['0', '1', '0.5', '-0.5', '1.5', 'NaN', 'Inf', '-Inf', '1e-300', 'scalar(gone)', 'scalar(steady)/100', 'time()'];

const OF_ONE = [...RATES, ...OVER_TIME, 'absent_over_time'].map((name) => `${name}(X)`);

export const RANGE_CASES: readonly Case[] = [
  ...cases('every range function', each(OF_ONE, WINDOWS), 1e-6).map((one) =>
    /d[\]:]/.test(one.expr) ? one : { ...one, tolerance: undefined },
  ),
  ...cases('range parameters', [
    ...each(
      ['quantile_over_time(X, odd[2m])', 'quantile_over_time(X, temperature_celsius[5m])', 'quantile_over_time(X, pair[30m])'],
      PARAMETERS,
    ),
    ...each(['predict_linear(temperature_celsius[10m], X)', 'predict_linear(odd[5m], X)', 'predict_linear(single[30m], X)'], PARAMETERS),
    ...each(
      ['double_exponential_smoothing(temperature_celsius[5m], X, 0.5)', 'double_exponential_smoothing(temperature_celsius[5m], 0.5, X)'],
      PARAMETERS,
    ),
    ...each(['double_exponential_smoothing(odd[5m], 0.5, X)'], ['0.1', '0.9']),
    'holt_winters(temperature_celsius[5m], 0.5, 0.5)',
    'quantile_over_time(scalar(temperature_celsius{room="hall",sensor="1"}) / 20, odd[2m])',
    'predict_linear(http_requests_total[10m], 3600) < 0',
    'deriv(orders_total[30d])',
    'predict_linear(orders_total[30d], 86400 * 30)',
  ]),
];
