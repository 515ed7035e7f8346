// Every function with arguments of the right kind.
import type { Random } from '../random.ts';
import { isPlainName, monthlyRange, quote, range, selector } from './selectors.ts';
import { CLASSIC, COUNTERS, GAUGES, LABEL_NAMES, ODDITIES } from './vocabulary.ts';

/** Makers of operands, one level further down. */
export interface Operands {
  vector(): string;
  scalar(): string;
  matrix(): string;
}

export const RATES = ['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'changes', 'resets'];
export const OVER_TIME = [
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'last_over_time',
  'present_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'mad_over_time',
  'ts_of_max_over_time',
  'ts_of_min_over_time',
  'ts_of_last_over_time',
];
const MATH = ['abs', 'ceil', 'floor', 'exp', 'ln', 'log2', 'log10', 'sqrt', 'sgn', 'deg', 'rad'];
const TRIGONOMETRY = ['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'];
const TIME = ['minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year'];
export const QUANTILES = ['0', '0.5', '0.9', '0.99', '1', '-1', '2', 'NaN', '0.25', '1e-9', '-Inf', 'Inf'];

/** rate and its relatives, mostly of counters. */
export function rates(random: Random, matrix?: () => string): string {
  const operand =
    matrix && random.chance(0.3) ? matrix() : range(random, random.pick(random.chance(0.7) ? COUNTERS : [...GAUGES, ...ODDITIES]));
  return `${random.pick(RATES)}(${operand})`;
}

export function overTime(random: Random, matrix: () => string): string {
  return random.weighted([
    [OVER_TIME.length, () => `${random.pick(OVER_TIME)}(${matrix()})`],
    [1.5, () => `quantile_over_time(${random.pick(QUANTILES)}, ${matrix()})`],
    [1.5, () => `predict_linear(${matrix()}, ${random.pick(['60', '3600', '-5', '0', '1h', '0.5'])})`],
    [1, () => `double_exponential_smoothing(${matrix()}, ${random.pick(['0.5', '0.1', '0.99'])}, ${random.pick(['0.3', '0.9', '0.01'])})`],
    [0.5, () => `absent_over_time(${matrix()})`],
  ]);
}

export function monthly(random: Random): string {
  const name = random.pick([...RATES, ...OVER_TIME, 'quantile', 'predict', 'smooth']);
  if (name === 'quantile') return `quantile_over_time(${random.pick(QUANTILES)}, ${monthlyRange(random)})`;
  if (name === 'predict') return `predict_linear(${monthlyRange(random)}, ${random.pick(['86400', '-3600', '30d'])})`;
  if (name === 'smooth') return `double_exponential_smoothing(${monthlyRange(random)}, 0.3, 0.1)`;
  return `${name}(${monthlyRange(random)})`;
}

export function math(random: Random, { vector, scalar }: Operands): string {
  return random.weighted([
    [4, () => `${random.pick(MATH)}(${vector()})`],
    [3, () => `${random.pick(TRIGONOMETRY)}(${vector()})`],
    [1.5, () => `round(${vector()}${random.pick(['', ', 0.1', ', 5', ', 1e-3', ', -2', ', 0', ', 0.3'])})`],
    [
      1,
      () =>
        `clamp(${vector()}, ${random.pick(['-1', '0', '10', '-Inf', 'NaN', '5'])}, ${random.pick(['1', '20', 'Inf', '-5', 'NaN', '1e3'])})`,
    ],
    [1, () => `${random.pick(['clamp_min', 'clamp_max'])}(${vector()}, ${scalar()})`],
    [1, () => `-${vector()}`],
  ]);
}

export function time(random: Random, { vector }: Operands): string {
  return random.weighted([
    [
      3,
      () =>
        `${random.pick(TIME)}(${random.pick(['clock_seconds', 'clock_seconds', '', 'vector(time())', 'timestamp(up)', 'clock_seconds * 1.5'])})`,
    ],
    [1, () => `${random.pick(TIME)}(${vector()})`],
    [2, () => `timestamp(${random.chance(0.6) ? selector(random) : vector()})`],
    [1, () => `vector(time() ${random.pick(['- 1e9', '% 3600', '/ 60'])})`],
    [0.5, () => `${vector()} * 0 + time()`],
  ]);
}

export function labels(random: Random, { vector }: Operands): string {
  const name = () => random.pick(LABEL_NAMES);
  const target = () => random.pick(['copy', 'job', 'instance', 'neu label', '__name__', 'code']);
  return random.weighted([
    [
      3,
      () =>
        `label_replace(${vector()}, ${quote(target())}, ${quote(random.pick(['$1', 'x-$1', '$\u007b1}y', '', 'const', '$0', '$name', '$$1', '$2']))}, ${quote(name())}, ${quote(random.pick(['(.*)', '(.*):80', '(a|b).*', '.*', 'api', '(?P<name>.).*', '', '([a-z]+)(.*)']))})`,
    ],
    [
      2,
      () =>
        `label_join(${vector()}, ${quote(target())}, ${quote(random.pick(['-', '', ', ']))}${[name(), name(), name()]
          .slice(random.below(4))
          .map((l) => `, ${quote(l)}`)
          .join('')})`,
    ],
  ]);
}

export function sorting(random: Random, { vector }: Operands): string {
  const names = [random.pick(LABEL_NAMES), random.pick(LABEL_NAMES)].slice(random.below(2));
  return random.weighted([
    [2, () => `${random.pick(['sort', 'sort_desc'])}(${vector()})`],
    [2, () => `${random.pick(['sort_by_label', 'sort_by_label_desc'])}(${vector()}, ${names.map(quote).join(', ')})`],
    [1, () => `${random.pick(['sort_by_label', 'sort_by_label_desc'])}(texts, "value")`],
  ]);
}

export function absence(random: Random, { vector, matrix }: Operands): string {
  const gone = random.pick([
    'gone{a="1"}',
    'gone{a="1",b=~"x"}',
    'up{job="nope"}',
    'gone{a="1",a="2"}',
    'up{job="nope",instance!="x"}',
    '{__name__="gone"}',
    '{job="gone"}',
  ]);
  return random.weighted([
    [3, () => `absent(${gone})`],
    [2, () => `absent_over_time(${gone}[5m])`],
    [1, () => `absent(sum(${gone}))`],
    [1, () => `absent(${gone} offset 1m) ${random.pick(['*', '+', 'or'])} ${random.pick(['vector(1)', 'absent(gone)'])}`],
    [1, () => `absent(${vector()})`],
    [1, () => `absent_over_time(${matrix()})`],
    [1, () => `absent_over_time(${random.pick(['uneven', 'gappy', 'flapping', 'late', 'single'])}[${random.pick(['1m', '30s', '3m'])}])`],
  ]);
}

export function classicHistograms(random: Random): string {
  const buckets = () => {
    const of = random.pick([CLASSIC[0]!, CLASSIC[0]!, CLASSIC[1]!]);
    const plain = {
      name: of.name,
      labels: Object.fromEntries(Object.entries(of.labels).filter(([name]) => name !== 'le' || random.chance(0.1))),
    };
    return random.weighted([
      [3, () => `rate(${selector(random, plain)}[5m])`],
      [3, () => selector(random, plain)],
      [3, () => `sum by (le${random.pick(['', ', job', ', fault', ', job, instance'])}) (rate(${selector(random, plain)}[5m]))`],
      [1, () => `sum without (${random.pick(['instance', 'job'])}) (${selector(random, plain)})`],
      [1, () => `increase(${selector(random, plain)}[10m])`],
    ]);
  };
  const border = () => random.pick(['0', '0.1', '0.2', '1', '2', '-1', '-3', '-Inf', 'Inf', 'NaN', '0.005', '11']);
  return random.weighted([
    [6, () => `histogram_quantile(${random.pick(QUANTILES)}, ${buckets()})`],
    [3, () => `histogram_fraction(${border()}, ${border()}, ${buckets()})`],
    [1, () => `histogram_quantile(scalar(${random.pick(['up{instance="a:80"}', 'odd{kind="small"}', 'gone'])}), ${buckets()})`],
    [0.5, () => `${random.pick(['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev'])}(${buckets()})`],
  ]);
}

export function labelName(name: string): string {
  return isPlainName(name) ? name : quote(name);
}
