// Aggregations and binary operators, mostly between vectors that match.
import type { Random } from '../random.ts';
import { labelName, type Operands, QUANTILES } from './functions.ts';
import { family, instant, selector } from './selectors.ts';
import { COUNTERS, LABEL_NAMES } from './vocabulary.ts';

const FOLDS = ['sum', 'sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'];
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];

/** `by (…)`, `without (…)` or nothing. */
export function grouping(random: Random): string {
  const names = random.some([...new Set(LABEL_NAMES), '__name__'], 3).map(labelName);
  return random.weighted([
    [2, () => ''],
    [4, () => ` by (${names.join(', ')})`],
    [2, () => ` without (${names.join(', ')})`],
  ]);
}

export function aggregation(random: Random, { vector }: Operands): string {
  const by = grouping(random);
  return random.weighted([
    [6, () => (random.chance(0.2) ? `${random.pick(FOLDS)}(${vector()})${by}` : `${random.pick(FOLDS)}${by} (${vector()})`)],
    [1.5, () => `quantile${by} (${random.pick(QUANTILES)}, ${vector()})`],
    [1, () => `count_values${by} (${random.pick(['"value"', '"job"', '"neu label"'])}, ${vector()})`],
  ]);
}

/** Aggregations that choose series. */
export function choice(random: Random, { vector }: Operands): string {
  const by = grouping(random);
  return random.weighted([
    [4, () => `${random.pick(['topk', 'bottomk'])}${by} (${random.pick(['1', '2', '3', '5', '100', '1.9', '0', '-1'])}, ${vector()})`],
    [2, () => `limitk${by} (${random.pick(['1', '2', '3', '10', '0'])}, ${vector()})`],
    [3, () => `limit_ratio${by} (${random.pick(['0.5', '-0.5', '0.1', '-0.9', '1', '-1', '0', '2', '0.77'])}, ${vector()})`],
  ]);
}

function operator(random: Random): string {
  return random.weighted([
    [6, () => random.pick(ARITHMETIC)],
    [1.5, () => random.pick(COMPARISONS)],
    [2, () => `${random.pick(COMPARISONS)} bool`],
  ]);
}

/** A vector and a scalar in either order. */
export function withScalar(random: Random, { vector, scalar }: Operands): string {
  return random.chance(0.65) ? `(${vector()} ${operator(random)} ${scalar()})` : `(${scalar()} ${operator(random)} ${vector()})`;
}

/** Two vectors of the same series, each treated in its own way. */
export function oneToOne(random: Random): string {
  const of = family(random);
  const side = () =>
    random.weighted([
      [4, () => instant(random, of)],
      [2, () => `rate(${selector(random, of)}[5m])`],
      [2, () => `max_over_time(${selector(random, of)}[${random.pick(['2m', '10m'])}])`],
      [1, () => `abs(${selector(random, of)})`],
      [1, () => `(${selector(random, of)} * 2)`],
    ]);
  const matching = random.weighted([
    [5, () => ''],
    [2, () => ` on (${Object.keys(of.labels).map(labelName).join(', ')})`],
    [2, () => ` ignoring (${random.pick(['absent', 'le', 'zone'])})`],
    [0.5, () => ` ignoring (${random.some(Object.keys(of.labels), 2).map(labelName).join(', ')})`],
  ]);
  return `${side()} ${operator(random)}${matching} ${side()}`;
}

export function manyToOne(random: Random): string {
  const many = () =>
    random.pick([
      'http_requests_total',
      'rate(http_requests_total[5m])',
      'cpu_seconds_total',
      'http_requests_total{code="200"}',
      'latency_seconds_bucket{le="1"}',
    ]);
  const one = () =>
    random.pick([
      'errors_total',
      'up',
      'limit',
      'sum by (job, instance) (rate(http_requests_total[5m]))',
      'latency_seconds_count',
      'build_info',
      'target_info',
    ]);
  const matching = random.pick([
    'on (job, instance)',
    'on (job, instance)',
    'on (instance, job)',
    'ignoring (code, method, mode, le)',
    'on (instance)',
    'on (job)',
  ]);
  const extra = random.pick([
    '',
    '',
    '()',
    '(version)',
    '(version, branch)',
    '(cluster, "service.namespace")',
    '(absent)',
    '(code)',
    '(__name__)',
  ]);
  return random.chance(0.7)
    ? `${many()} ${operator(random)} ${matching} group_left ${extra} ${one()}`
    : `${one()} ${operator(random)} ${matching} group_right ${extra} ${many()}`;
}

export function sets(random: Random, { vector }: Operands): string {
  const of = random.chance(0.7) ? family(random) : undefined;
  const side = () => (of && random.chance(0.7) ? instant(random, of) : vector());
  const matching = random.weighted([
    [4, () => ''],
    [2, () => ` on (${random.some(['job', 'instance', 'code'], 2).join(', ')})`],
    [2, () => ` ignoring (${random.some(['job', 'code', 'method', 'room'], 2).join(', ')})`],
  ]);
  const set = random.pick(['and', 'or', 'or', 'unless']);
  return `(${side()} ${set}${matching} ${side()})`;
}

/** Two vectors that may match or not. */
export function wild(random: Random, { vector }: Operands): string {
  const names = random.some(LABEL_NAMES, 3).join(', ');
  const matching = random.pick([
    '',
    `on (${names})`,
    `ignoring (${names})`,
    'on ()',
    `on (${names}) group_left ()`,
    `ignoring (${names}) group_right (absent)`,
  ]);
  return `(${vector()} ${operator(random)} ${matching} ${vector()})`;
}

/** A counter's share of a sum of itself. */
export function share(random: Random): string {
  const { name, labels } = random.pick(COUNTERS);
  const by = random.some(Object.keys(labels), 2).join(', ');
  const rate = `rate(${name}[${random.pick(['5m', '2m', '10m'])}])`;
  return `sum by (${by}) (${rate}) ${random.pick(['/', '-', '>', '>= bool'])} on (${by}) ${random.pick(['', 'group_left ()'])} sum by (${by}) (${rate})${random.pick(['', ' * 100'])}`;
}
