// Estimates from the buckets of one histogram: exponential interpolation within exponential buckets, linear within zero and custom ones.
import type { FloatHistogram } from './histogram.ts';
import { forEachBucket, hasCustomBuckets } from './histogram-buckets.ts';

/** A bucket in which a value lies, as far as observations may be in it. */
interface Place {
  lower: number;
  upper: number;
  count: number;
}

export interface QuantileEstimate {
  readonly value: number;
  /** Observations of NaN lift the result. */
  readonly isSkewedByNaN: boolean;
  /** The quantile lies above all buckets, among observations of NaN. */
  readonly isNaNByNaN: boolean;
}

export interface FractionEstimate {
  readonly value: number;
  /** Observations of NaN are in no fraction. */
  readonly hasNaN: boolean;
}

/** The φ-quantile. -Inf and +Inf for φ below 0 and above 1; NaN for φ of NaN and without observations. */
export function histogramQuantile(phi: number, h: FloatHistogram): QuantileEstimate {
  const plain = (value: number) => ({ value, isSkewedByNaN: false, isNaNByNaN: false });
  if (phi < 0) return plain(Number.NEGATIVE_INFINITY);
  if (phi > 1) return plain(Number.POSITIVE_INFINITY);
  if (h.count === 0 || Number.isNaN(phi)) return plain(Number.NaN);
  const fromBelow = Number.isNaN(h.sum) || phi < 0.5;
  const rank = (fromBelow ? phi : 1 - phi) * h.count;
  let place: Place = { lower: 0, upper: 0, count: 0 };
  let passed = 0;
  forEachBucket(
    h,
    (lower, upper, _lowerInclusive, _upperInclusive, count) => {
      place = { lower, upper, count };
      passed += count;
      return passed < rank;
    },
    { reverse: !fromBelow },
  );
  const isCustom = hasCustomBuckets(h);
  if (isCustom) {
    if (place.lower === Number.NEGATIVE_INFINITY) {
      if (place.upper <= 0) return plain(place.upper);
      place.lower = 0;
    } else if (place.upper === Number.POSITIVE_INFINITY) return plain(place.lower);
  } else place = oneSided(h, place);
  if (passed > h.count) passed = h.count;
  if (passed < rank) return plain(place.upper);
  const part = (fromBelow ? rank - (passed - place.count) : passed - rank) / place.count;
  return plain(valueAt(place, part, isCustom));
}

/** The part of all observations between two values. */
export function histogramFraction(lower: number, upper: number, h: FloatHistogram): FractionEstimate {
  if (h.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: Number.NaN, hasNaN: false };
  if (lower >= upper) return { value: 0, hasNaN: false };
  const isCustom = hasCustomBuckets(h);
  const borders = [
    { value: lower, rank: Number.NaN },
    { value: upper, rank: Number.NaN },
  ];
  let passed = 0;
  forEachBucket(h, (bucketLower, bucketUpper, _lowerInclusive, _upperInclusive, count) => {
    const place = oneSided(h, { lower: bucketLower, upper: bucketUpper, count });
    for (const border of borders) {
      if (!Number.isNaN(border.rank) || border.value >= place.upper) continue;
      border.rank = border.value <= place.lower ? passed : passed + count * partBelow(place, border.value, isCustom);
    }
    passed += count;
  });
  const total = Number.isNaN(h.sum) ? passed : h.count;
  const [below, above] = borders.map(({ rank }) => (Number.isNaN(rank) || rank > total ? total : rank)) as [number, number];
  return { value: (above - below) / h.count, hasNaN: Number.isNaN(h.sum) && passed < h.count };
}

/** The estimated variance: all observations of a bucket at its geometric mean, or the arithmetic one of custom buckets, or at zero. */
export function histogramStdvar(h: FloatHistogram): number {
  const mean = h.sum / h.count;
  const isCustom = hasCustomBuckets(h);
  let sum = 0;
  let lost = 0;
  forEachBucket(h, (lower, upper, _lowerInclusive, _upperInclusive, count) => {
    const delta = (isCustom ? (upper + lower) / 2 : exponentialMiddle(lower, upper)) - mean;
    const value = count * delta * delta;
    const next = sum + value;
    if (next === Number.POSITIVE_INFINITY) lost = 0;
    else lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  });
  return (sum + lost) / h.count;
}

/** The square root of `histogramStdvar`. */
export function histogramStddev(h: FloatHistogram): number {
  return Math.sqrt(histogramStdvar(h));
}

function exponentialMiddle(lower: number, upper: number): number {
  if (lower <= 0 && upper >= 0) return 0;
  const middle = Math.sqrt(upper * lower);
  return upper < 0 ? -middle : middle;
}

/** Where all other buckets are on one side of zero, what the zero bucket counts is taken to be there too. */
function oneSided(h: FloatHistogram, place: Place): Place {
  if (hasCustomBuckets(h) || place.lower > 0 || place.upper < 0) return place;
  const hasPositive = h.positiveBuckets.length > 0;
  const hasNegative = h.negativeBuckets.length > 0;
  if (hasPositive === hasNegative) return place;
  return hasPositive ? { ...place, lower: 0 } : { ...place, upper: 0 };
}

function isLinear({ lower, upper }: Place, isCustom: boolean): boolean {
  return isCustom || (lower <= 0 && upper >= 0);
}

function valueAt(place: Place, part: number, isCustom: boolean): number {
  const { lower, upper } = place;
  if (isLinear(place, isCustom)) return lower + (upper - lower) * part;
  const [logLower, logUpper] = [Math.log2(Math.abs(lower)), Math.log2(Math.abs(upper))];
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * part);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - part)));
}

function partBelow(place: Place, value: number, isCustom: boolean): number {
  const { lower, upper } = place;
  if (isLinear(place, isCustom)) return (value - lower) / (upper - lower);
  const [logLower, logUpper, logValue] = [Math.log2(Math.abs(lower)), Math.log2(Math.abs(upper)), Math.log2(Math.abs(value))];
  return value > 0 ? (logValue - logLower) / (logUpper - logLower) : 1 - (logValue - logUpper) / (logLower - logUpper);
}
