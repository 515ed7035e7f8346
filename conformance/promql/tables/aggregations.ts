// Aggregations over every kind of data, and what they refuse.
import type { Case } from '../grammar/areas.ts';
import { cases, each } from './table.ts';

const FOLDS = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];
const OPERANDS = [
  '(odd)',
  ' by (kind) (odd)',
  ' without (kind) (odd)',
  ' by (job) (http_requests_total)',
  ' without (code, method) (http_requests_total)',
  ' by (job, __name__) ({__name__=~".+_total"})',
  ' by (absent) (up)',
  '(gone)',
  ' by (job) (gappy)',
  '(rate(http_requests_total[5m]))',
  ' by () (up)',
  ' without () (up)',
  ' by ("service.name") ({"http.server.duration"})',
  ' by (kind) (texts)',
  '(odd{kind=~"huge|huge signs"})',
  '(odd{kind=~"both infs|inf|minus inf"})',
  '(odd{kind=~"nan|small"})',
  '(odd{kind="cancelling"})',
  '(odd{kind=~"zero signs|minus zero"})',
  '(loose)',
  ' by (extra) (loose)',
  '(odd{kind=~"huge|huge signs|inf"} / 1e10)',
];
const COUNTS = [
  '0',
  '1',
  '3',
  '100',
  '-1',
  '1.9',
  '0.5',
  'NaN',
  'Inf',
  '-Inf',
  '1e30',
  '9223372036854775807',
  'scalar(gone)',
  'scalar(steady) / 20',
  'time() / 1e9',
];
const RATIOS = ['0', '1', '-1', '0.5', '-0.5', '0.1', '-0.9', '1.5', '-1.5', 'NaN', 'Inf', '-Inf', 'scalar(gone)', '0.333', '1e-9'];
const CHOSEN = [
  'odd',
  'many',
  'http_requests_total',
  'temperature_celsius',
  'up',
  'gappy',
  '{__name__=~".+_total"}',
  'texts',
  'gone',
  'odd{kind!~"nan.*"}',
];

export const AGGREGATION_CASES: readonly Case[] = [
  ...cases('every aggregation', [
    ...each(
      FOLDS.map((fold) => `${fold}X`),
      OPERANDS,
    ),
    ...each(
      ['sum(up) X', 'max X (up)', 'count X (http_requests_total)'],
      ['by (job)', 'without (job)', 'by (job, job)', 'by (__name__)', 'without (__name__)', 'by (job,)'],
    ),
    ...each(
      ['quantile(X, odd)', 'quantile by (job) (X, http_requests_total)', 'quantile(X, many)', 'quantile(X, odd{kind!~"nan.*"})'],
      ['0', '0.5', '1', '0.99', '-1', '2', 'NaN', 'Inf', 'scalar(gone)', 'scalar(steady) / 100'],
    ),
  ]),
  ...cases('count_values', [
    ...each(
      [
        'count_values("v", X)',
        'count_values by (job) ("v", X)',
        'count_values without (job) ("job", X)',
        'count_values("__name__", X)',
        'sort_by_label(count_values("v", X), "v")',
      ],
      ['odd', 'up', 'many', 'limit', 'queue_length', 'texts / 3', 'gone', 'up * 1e21', 'up / 3', '-up', 'http_requests_total'],
    ),
    ...each(['count_values(X, up)', 'count_values by (job) (X, up)'], ['""', '"a-b"', '"ä"', '"a b"', '"\\xff"', '"job"', '"1"']),
  ]),
  ...cases('every choosing aggregation', [
    ...each(
      [
        'topk(3, X)',
        'bottomk(3, X)',
        'topk by (job) (2, X)',
        'bottomk without (code, kind, group) (1, X)',
        'topk(15, X)',
        'bottomk(15, X)',
        'limitk(3, X)',
        'limitk(15, X)',
        'limitk by (job) (2, X)',
        'limit_ratio(0.5, X)',
        'limit_ratio(-0.5, X)',
        'limit_ratio by (job) (0.7, X)',
        'limit_ratio(1, X)',
      ],
      CHOSEN,
    ),
    ...each(['topk(X, many)', 'bottomk(X, odd)', 'limitk(X, many)', 'topk by (half) (X, many)'], COUNTS),
    ...each(['limit_ratio(X, many)', 'limit_ratio by (job) (X, http_requests_total)', 'count(limit_ratio(X, {__name__=~".+"}))'], RATIOS),
    'limit_ratio(0.3, many) or limit_ratio(-0.7, many)',
    'limit_ratio(0.3, many) and limit_ratio(-0.7, many)',
    'topk(2, rate(http_requests_total[5m])) by (job)',
    'topk by (job) (1, sum by (job, code) (http_requests_total))',
    'sum(topk(3, many))',
    'topk(3, topk(5, many))',
    'bottomk(3, -many)',
    'topk(3, many > bool 50)',
    'limitk(5, many) - limitk(5, many)',
  ]),
];
