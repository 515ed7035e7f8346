// Native histograms in every function, aggregation and operator.
import type { Case } from '../grammar/areas.ts';
import { OVER_TIME, RATES } from '../grammar/functions.ts';
import { cases, each } from './table.ts';

/** Every kind of series with histograms in it. */
const SERIES = [
  'native_latency_seconds',
  'native_signed',
  'custom_latency_seconds',
  'custom_changing',
  'custom_borders',
  'custom_borderless',
  'native_queue_age',
  'native_turns',
  'native_odd',
];
const RATED = [
  'rate(native_latency_seconds[5m])',
  'rate(native_signed[5m])',
  'rate(custom_latency_seconds[5m])',
  'increase(native_odd[10m])',
  'delta(native_queue_age[5m])',
];
const WINDOWS = ['5m', '61s', '30m', '10m:1m'];
const OPERATORS = ['+', '-', '*', '/', '%', '^', 'atan2', '==', '!=', '<', '>=', '== bool', '!= bool', '> bool', 'and', 'or', 'unless'];
const FOLDS = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];
const READERS = ['histogram_count(X)', 'histogram_sum(X)', 'histogram_avg(X)', 'histogram_stddev(X)', 'histogram_stdvar(X)'];
const QUANTILES = ['0', '0.001', '0.25', '0.5', '0.9', '0.99', '1', '-1', '2', 'NaN', 'scalar(gone)'];
const BORDERS = ['0', '0.01', '0.3', '1', '2', '-1', '-0.01', '-5', 'Inf', '-Inf', 'NaN', '1e9'];
const INSTANT = [
  'abs',
  'ceil',
  'exp',
  'ln',
  'sqrt',
  'sgn',
  'round',
  'sort',
  'sort_desc',
  'timestamp',
  'absent',
  'scalar',
  'sin',
  'deg',
  'minute',
  'day_of_year',
].map((name) => `${name}(X)`);

export const NATIVE_CASES: readonly Case[] = [
  ...cases('native: selectors', [
    ...each(
      [
        'X',
        'X[3m]',
        'X offset 2m',
        'X @ end()',
        '-X',
        '+X',
        '(X)',
        'X[5m:1m]',
        '{__name__=~"X|up"}',
        'last_over_time(X[5m])',
        'count({__name__="X"})',
      ],
      SERIES,
    ),
    '{__name__=~"native.*|custom.*"}',
  ]),
  ...cases('native: range functions', [
    ...each(
      [...RATES, ...OVER_TIME, 'absent_over_time'].flatMap((name) => WINDOWS.map((window) => `${name}(X[${window}])`)),
      SERIES,
    ),
    ...each(
      [
        'quantile_over_time(0.5, X[5m])',
        'predict_linear(X[5m], 60)',
        'double_exponential_smoothing(X[5m], 0.5, 0.5)',
        'sum_over_time(rate(X[2m])[10m:1m])',
        'rate(sum(X)[10m:1m])',
        'avg_over_time(rate(X[2m])[10m:1m])',
        'increase(X[5m] offset 3m)',
        'irate(X[5m] @ end())',
        'rate(X[1h])',
        'rate(X[40s])',
      ],
      SERIES,
    ),
  ]),
  ...cases('native: quantiles and fractions', [
    ...QUANTILES.flatMap((q) =>
      each(
        [`histogram_quantile(${q}, X)`],
        [...SERIES, ...RATED, 'sum(rate(native_latency_seconds[5m]))', 'sum by (job) (custom_latency_seconds)'],
      ),
    ),
    ...BORDERS.flatMap((low) => BORDERS.map((high) => `histogram_fraction(${low}, ${high}, native_signed)`)),
    ...BORDERS.flatMap((low) =>
      each(
        [`histogram_fraction(${low}, 1, X)`, `histogram_fraction(0.1, ${low}, X)`],
        ['custom_latency_seconds', 'native_odd', 'native_latency_seconds', 'native_turns'],
      ),
    ),
    ...each(
      ['histogram_quantile(0.9, X)', 'histogram_fraction(0, 1, X)'],
      [
        '{__name__=~"native_latency_seconds|latency_seconds_bucket"}',
        '{__name__=~"native_.*"}',
        'label_replace(native_latency_seconds, "le", "1", "", "")',
        'latency_seconds_bucket or native_latency_seconds',
        '(native_latency_seconds)',
        'native_latency_seconds * -1',
        'native_signed - native_signed',
        'native_signed * 0',
      ],
    ),
  ]),
  ...cases('native: readers', [
    ...each(READERS, [
      ...SERIES,
      ...RATED,
      'sum(native_latency_seconds)',
      '{__name__=~"native_.*|up"}',
      'native_signed * -1',
      'native_latency_seconds / 0',
      'native_latency_seconds * NaN',
      'native_signed * 1e300 * 1e10',
    ]),
    ...each(
      ['sum(X)', 'max_over_time(X[5m:1m])', 'X / ignoring (absent) X', 'X > 1'],
      READERS.map((reader) => reader.replace('X', 'rate(native_latency_seconds[5m])')),
    ),
  ]),
  ...cases(
    'native: instant functions',
    each(
      [
        ...INSTANT,
        'clamp(X, 0, 1)',
        'clamp_min(X, 1)',
        'label_replace(X, "a", "$1", "job", "(.*)")',
        'label_join(X, "a", "-", "job")',
        'sort_by_label(X, "job")',
        'sort_by_label_desc(X, "kind", "instance")',
      ],
      [...SERIES, '{__name__=~"native_turns|up"}'],
    ),
  ),
  ...cases('native: aggregations', [
    ...each(
      FOLDS.flatMap((fold) => [`${fold}(X)`, `${fold} by (job) (X)`, `${fold} without (instance, kind, schema, queue) (X)`]),
      [
        ...SERIES,
        ...RATED,
        '{__name__=~"native_turns|native_queue_age|up"}',
        '{__name__=~"native_latency_seconds|custom_latency_seconds"}',
        'native_turns{kind=~"float.*"}',
      ],
    ),
    ...each(
      [
        'quantile(0.5, X)',
        'count_values("v", X)',
        'topk(2, X)',
        'bottomk(2, X)',
        'limitk(2, X)',
        'limitk by (job) (1, X)',
        'limit_ratio(0.5, X)',
        'limit_ratio(-0.5, X)',
        'sum(limitk(3, X))',
        'stddev by (kind) (X)',
      ],
      [...SERIES, '{__name__=~"native_turns|up"}', 'native_turns{kind=~"float.*"}'],
    ),
  ]),
  ...cases('native: operators', [
    ...each(
      OPERATORS.flatMap((op) => [`X ${op} X`, `X ${op} (X * 2)`, `X ${op} (X offset 1m)`]),
      SERIES,
    ),
    ...each(
      OPERATORS.slice(0, 14).flatMap((op) => [`X ${op} 2`, `2 ${op} X`, `X ${op} 0`, `X ${op} NaN`, `X ${op} Inf`, `X ${op} -3`]),
      ['native_latency_seconds', 'custom_latency_seconds', 'native_odd', 'native_turns'],
    ),
    ...each(
      OPERATORS.flatMap((op) => [
        `native_latency_seconds ${op} on (job, instance) up`,
        `up ${op} on (job, instance) native_latency_seconds`,
        `native_latency_seconds ${op} on (job, instance) custom_latency_seconds`,
        `native_turns ${op} on () group_left () vector(2)`,
        `native_turns ${op} ignoring (kind) group_left () native_turns{kind="schema"}`,
        `native_latency_seconds ${op} on (job) group_left () sum by (job) (native_latency_seconds)`,
      ]),
      [''],
    ),
    'native_latency_seconds == native_latency_seconds',
    'native_latency_seconds != native_latency_seconds',
    'native_latency_seconds == on (job, instance) rate(native_latency_seconds[5m])',
    '(native_latency_seconds + native_latency_seconds) / 2 == native_latency_seconds',
    'native_latency_seconds - native_latency_seconds offset 5m',
    'sum(rate(native_latency_seconds[5m])) / 4',
    'native_latency_seconds * scalar(up{instance="a:80"})',
    'histogram_sum(sum by (job) (rate(native_latency_seconds[5m]))) / histogram_count(sum by (job) (rate(native_latency_seconds[5m])))',
    'avg(native_latency_seconds) == bool sum(native_latency_seconds) / count(native_latency_seconds)',
    'sum(native_latency_seconds or custom_latency_seconds)',
    'absent(native_latency_seconds)',
    'absent_over_time(native_turns{kind="single"}[1m])',
    'present_over_time(native_turns[1m])',
  ]),
];
