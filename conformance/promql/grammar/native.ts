// Expressions over native histograms.
import type { Random } from '../random.ts';
import { OVER_TIME, QUANTILES, RATES } from './functions.ts';
import { grouping } from './operators.ts';
import { modifiers, selector } from './selectors.ts';
import type { Family } from './vocabulary.ts';

const job = ['api', 'web'];
const FAMILIES: readonly Family[] = [
  { name: 'native_latency_seconds', labels: { job, instance: ['a:80', 'b:80', 'd:80'] } },
  { name: 'native_latency_seconds', labels: { job, instance: ['a:80', 'b:80', 'd:80'] } },
  { name: 'native_signed', labels: { job, schema: ['-4', '-1', '0', '2', '5', '8'] } },
  { name: 'custom_latency_seconds', labels: { job, instance: ['a:80', 'b:80', 'd:80'] } },
  { name: 'native_queue_age', labels: { queue: ['mail', 'print'] } },
  { name: 'native_turns', labels: { kind: ['schema', 'stale', 'gap', 'pair', 'float', 'float then histogram'] } },
  { name: 'native_odd', labels: { kind: ['empty', 'nan', 'zero', 'negative', 'shifting', 'falling', 'wide', 'huge'] } },
];
const WINDOWS = ['5m', '2m', '10m', '61s', '30m', '5m:1m', '10m:45s'];
const BORDERS = ['0', '0.1', '0.5', '1', '3', '-1', '-0.5', 'Inf', '-Inf'];
const READERS = ['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev', 'histogram_stdvar'];

/** An instant vector of histograms, mostly. */
function histograms(random: Random, depth: number): string {
  const raw = () => selector(random, random.pick(FAMILIES));
  const leaf: [number, () => string][] = [
    [2, () => raw() + modifiers(random)],
    [
      4,
      () =>
        `${random.pick(['rate', 'rate', 'increase', 'irate', 'delta', 'idelta'])}(${raw()}[${random.pick(WINDOWS)}]${modifiers(random)})`,
    ],
    [2, () => `${random.pick(['sum', 'avg', 'last'])}_over_time(${raw()}[${random.pick(WINDOWS)}])`],
  ];
  if (depth <= 0) return random.weighted(leaf);
  const inner = () => histograms(random, depth - 1);
  return random.weighted([
    ...leaf,
    [3, () => `${random.pick(['sum', 'sum', 'avg'])}${grouping(random)} (${inner()})`],
    [1, () => `(${inner()} ${random.pick(['*', '/'])} ${random.pick(['2', '0.5', '-1', '3', '0', '1e3'])})`],
    [1, () => `(${random.pick(['2', '0.1', '-3'])} * ${inner()})`],
    [1, () => `-${inner()}`],
    [1, () => `(${inner()} ${random.pick(['or', 'and', 'unless'])} ${inner()})`],
    [1, () => sameSeries(random)],
    [0.7, () => `label_replace(${inner()}, "copy", "$1", "job", "(.*)")`],
    [0.5, () => `${random.pick(['limitk', 'limit_ratio', 'topk'])}(${random.pick(['1', '0.5', '2'])}, ${inner()})`],
    [0.5, () => `${random.pick(['sort', 'abs', 'round', 'sort_desc', 'timestamp'])}(${inner()})`],
  ]);
}

/** Sums and differences of series with themselves at another time. */
function sameSeries(random: Random): string {
  const of = selector(random, random.pick(FAMILIES));
  return `(${of} ${random.pick(['+', '-', '+', '-', '*', '/', '> bool'])} (${of} offset ${random.pick(['1m', '5m'])}))`;
}

export function native(random: Random): string {
  const depth = random.below(3);
  const inner = () => histograms(random, depth);
  return random.weighted([
    [3, inner],
    [4, () => `histogram_quantile(${random.pick(QUANTILES)}, ${inner()})`],
    [2, () => `histogram_fraction(${random.pick(BORDERS)}, ${random.pick(BORDERS)}, ${inner()})`],
    [3, () => `${random.pick(READERS)}(${inner()})`],
    [
      2,
      () =>
        `${random.pick([...RATES, ...OVER_TIME])}(${selector(random, random.pick(FAMILIES))}[${random.pick(WINDOWS)}]${modifiers(random)})`,
    ],
    [1, () => `${random.pick(['count', 'group', 'min', 'stddev', 'max'])}${grouping(random)} (${inner()})`],
    [1, () => `histogram_sum(${inner()}) / histogram_count(${inner()})`],
  ]);
}
