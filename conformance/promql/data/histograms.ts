// Native histograms, made from observations.
import { type BucketSpan, type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '../../../server/model/histogram.ts';
import type { Random } from '../random.ts';

/** What a histogram has counted so far. Changed by `observe`. */
export interface Tally {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly customValues?: readonly number[] | undefined;
  zero: number;
  /** Counts by index of bucket. */
  readonly positive: Map<number, number>;
  readonly negative: Map<number, number>;
  /** Observations that are in no bucket. */
  nans: number;
  sum: number;
}

export function newTally(schema: number, zeroThreshold = 1e-3, customValues?: readonly number[]): Tally {
  return { schema, zeroThreshold, customValues, zero: 0, positive: new Map(), negative: new Map(), nans: 0, sum: 0 };
}

export function observe(tally: Tally, value: number, times = 1): void {
  tally.sum += value * times;
  if (Number.isNaN(value)) tally.nans += times;
  else if (tally.customValues) add(tally.positive, indexAmong(tally.customValues, value), times);
  else if (Math.abs(value) <= tally.zeroThreshold) tally.zero += times;
  else add(value > 0 ? tally.positive : tally.negative, Math.ceil(Math.log2(Math.abs(value)) * 2 ** tally.schema), times);
}

function add(buckets: Map<number, number>, index: number, times: number): void {
  buckets.set(index, (buckets.get(index) ?? 0) + times);
}

function indexAmong(borders: readonly number[], value: number): number {
  const index = borders.findIndex((border) => value <= border);
  return index < 0 ? borders.length : index;
}

/**
 * With a hundred and some observations around `typical` to begin with: rates are then not limited to where counts would be zero,
 * which upstream does since 3.6 only.
 */
export function begun(tally: Tally, typical: number): Tally {
  for (let power = -3; power <= 3; power++) observe(tally, typical * 2 ** power, 20);
  return tally;
}

/** How values are observed: the part of negative ones, and how often each. */
export interface Manner {
  readonly negative?: number | undefined;
  readonly times?: (() => number) | undefined;
  /** How many powers of two off. Default 4. */
  readonly spread?: number | undefined;
}

/** Some values around `typical`, a few far off. */
export function observeSome(
  tally: Tally,
  random: Random,
  typical: number,
  { negative = 0, times = () => 1, spread = 4 }: Manner = {},
): void {
  for (let n = random.below(7); n > 0; n--) {
    const size = random.chance(0.05) ? 0 : typical * 2 ** (spread * (random.unit() + random.unit() - 1));
    observe(tally, random.chance(negative) ? -size : size, times());
  }
}

/** What the tally says now; later observations do not change it. */
export function histogramOf(tally: Tally, hint: CounterResetHint = 'unknown'): FloatHistogram {
  const [positiveSpans, positiveBuckets] = layOut(tally.positive);
  const [negativeSpans, negativeBuckets] = layOut(tally.negative);
  const count = tally.zero + tally.nans + sumOf(positiveBuckets) + sumOf(negativeBuckets);
  const { zeroThreshold, zero: zeroCount, sum } = tally;
  const buckets = { count, sum, positiveSpans, negativeSpans, positiveBuckets, negativeBuckets, hint };
  if (!tally.customValues) return { ...buckets, schema: tally.schema, zeroThreshold, zeroCount };
  return { ...buckets, schema: CUSTOM_BUCKETS_SCHEMA, zeroThreshold: 0, zeroCount: 0, customValues: Float64Array.from(tally.customValues) };
}

function layOut(buckets: ReadonlyMap<number, number>): [BucketSpan[], Float64Array] {
  const indexes = [...buckets.keys()].sort((a, b) => a - b);
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of indexes) {
    const last = spans.at(-1);
    if (last && index === next) last.length++;
    else spans.push({ offset: spans.length === 0 ? index : index - next, length: 1 });
    next = index + 1;
  }
  return [spans, Float64Array.from(indexes, (index) => buckets.get(index) ?? 0)];
}

function sumOf(numbers: Float64Array): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
