// Borders of buckets, to the bit as Prometheus has them, and walks over buckets in the order of the values they count.
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram, MAX_EXPONENTIAL_SCHEMA } from './histogram.ts';
import { bucketIndexes } from './histogram-spans.ts';

/**
 * For each schema the borders between 0.5 and 1: 2^(i/2^schema - 1). Not rounded as well as they might be but as Prometheus' own tables
 * are: every second border is that of the schema below, and the one after it is multiplied once.
 */
const FRACTIONS: readonly Float64Array[] = fractionTables();

function fractionTables(): Float64Array[] {
  const tables = [Float64Array.of(0.5), Float64Array.of(0.5, 0.7071067811865475)];
  for (let factor = Math.sqrt(Math.SQRT2); tables.length <= MAX_EXPONENTIAL_SCHEMA; factor = Math.sqrt(factor)) {
    const coarser = tables.at(-1) as Float64Array;
    tables.push(Float64Array.from({ length: 2 * coarser.length }, (_, i) => (coarser[i >> 1] as number) * (i % 2 === 0 ? 1 : factor)));
  }
  return tables;
}

/**
 * The upper border of positive bucket `index`, which is the lower one of `index + 1`; negative buckets mirror it. The last bucket that
 * holds numbers ends at the largest float, the one after at +Inf. Custom buckets: -Inf below bucket 0, +Inf at the one past `customValues`.
 */
export function bucketBound(schema: number, index: number, customValues?: ArrayLike<number> | undefined): number {
  if (schema === CUSTOM_BUCKETS_SCHEMA) {
    if (index < 0) return Number.NEGATIVE_INFINITY;
    return customValues?.[index] ?? Number.POSITIVE_INFINITY;
  }
  if (schema < 0) return powerOfTwo(index * 2 ** -schema, 0.5);
  const size = 2 ** schema;
  const exponent = Math.floor(index / size);
  return powerOfTwo(exponent, FRACTIONS[schema]?.[index - exponent * size] ?? Number.NaN);
}

/** `fraction * 2^(exponent + 1)`, the border at 2^1024 being the largest float. */
function powerOfTwo(exponent: number, fraction: number): number {
  if (exponent < 1023)
    return exponent >= -1022 ? fraction * 2 * 2 ** exponent : fraction * 2 ** -1021 * 2 ** Math.max(exponent + 1022, -1074);
  if (exponent === 1023) return fraction * 2 * 2 ** 1023;
  return exponent === 1024 && fraction === 0.5 ? Number.MAX_VALUE : Number.POSITIVE_INFINITY;
}

/** Takes one bucket; `index` counts within its side and is 0 for the zero bucket. Answering false ends the walk. */
export type BucketVisit = (
  lower: number,
  upper: number,
  lowerInclusive: boolean,
  upperInclusive: boolean,
  count: number,
  index: number,
  side: BucketSide,
) => unknown;

/** Custom buckets are all on the positive side. */
export type BucketSide = 'negative' | 'zero' | 'positive';

export interface BucketWalk {
  /** Visits empty buckets inside spans too. */
  readonly withEmpty?: boolean;
  /** Highest bucket first. */
  readonly reverse?: boolean;
  /** Buckets keep their borders inside the zero bucket, and the zero bucket is visited whatever its count but 0. */
  readonly raw?: boolean;
}

/** Whether borders are listed instead of following from the schema. */
export function hasCustomBuckets({ schema }: FloatHistogram): boolean {
  return schema === CUSTOM_BUCKETS_SCHEMA;
}

/**
 * Visits negative, zero and positive buckets, lowest first. As in Prometheus, where the zero bucket overlaps a bucket, that one ends at its
 * border, and a zero bucket with a negative count, or NaN, is left out.
 */
export function forEachBucket(h: FloatHistogram, visit: BucketVisit, options: BucketWalk = {}): void {
  const walks = [walkNegative, walkZero, walkPositive];
  for (const walk of options.reverse ? walks.reverse() : walks) if (!walk(h, visit, options)) return;
}

function walkNegative(h: FloatHistogram, visit: BucketVisit, { withEmpty, reverse, raw }: BucketWalk): boolean {
  const indexes = bucketIndexes(h.negativeSpans);
  for (let step = 0; step < indexes.length; step++) {
    const i = reverse ? step : indexes.length - 1 - step;
    const count = h.negativeBuckets[i] as number;
    if (count === 0 && !withEmpty) continue;
    const index = indexes[i] as number;
    const [lower, border] = [-bucketBound(h.schema, index), -bucketBound(h.schema, index - 1)];
    // Borders that are too small for a float are -0; such a bucket is open, and not cut.
    const upper = raw || border === 0 ? border : Math.min(border, -h.zeroThreshold);
    if (visit(lower, upper, lower < 0, false, count, index, 'negative') === false) return false;
  }
  return true;
}

function walkZero({ schema, zeroCount, zeroThreshold }: FloatHistogram, visit: BucketVisit, { raw }: BucketWalk): boolean {
  if (schema === CUSTOM_BUCKETS_SCHEMA || (raw ? zeroCount === 0 : !(zeroCount > 0))) return true;
  return visit(-zeroThreshold, zeroThreshold, true, true, zeroCount, 0, 'zero') !== false;
}

function walkPositive(h: FloatHistogram, visit: BucketVisit, { withEmpty, reverse, raw }: BucketWalk): boolean {
  const isCustom = hasCustomBuckets(h);
  const indexes = bucketIndexes(h.positiveSpans);
  for (let step = 0; step < indexes.length; step++) {
    const i = reverse ? indexes.length - 1 - step : step;
    const count = h.positiveBuckets[i] as number;
    if (count === 0 && !withEmpty) continue;
    const index = indexes[i] as number;
    const upper = bucketBound(h.schema, index, h.customValues);
    const border = bucketBound(h.schema, index - 1, h.customValues);
    const lower = raw || isCustom || border === 0 ? border : Math.max(border, h.zeroThreshold);
    if (visit(lower, upper, isCustom && index === 0, isCustom || upper > 0, count, index, 'positive') === false) return false;
  }
  return true;
}
