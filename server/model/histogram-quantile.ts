// Estimates from the buckets of one histogram: exponential interpolation within exponential buckets, linear within zero and custom ones.

import type { FloatHistogram } from './histogram.ts';
import { forEachBucket, hasCustomBuckets } from './histogram-buckets.ts';
import { countBelow, oneSided, oneSidedZero, type Place, valueAt } from './histogram-interpolation.ts';

interface Passed extends Place {
  /** How many observations are in this bucket and those before. */
  readonly passed: number;
  /** Its number in the walk. */
  readonly ordinal: number;
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
  if (phi < 0) return plain(Number.NEGATIVE_INFINITY);
  if (phi > 1) return plain(Number.POSITIVE_INFINITY);
  if (h.count === 0 || Number.isNaN(phi)) return plain(Number.NaN);
  // Observations of NaN are counted but in no bucket, so ranks from above would be wrong.
  const mayHaveNaN = Number.isNaN(h.sum);
  const fromBelow = mayHaveNaN || phi < 0.5;
  const rank = (fromBelow ? phi : 1 - phi) * h.count;
  const found = placeOfRank(h, rank, fromBelow);
  const isCustom = hasCustomBuckets(h);
  if (isCustom && found.lower === Number.NEGATIVE_INFINITY && found.upper <= 0) return plain(found.upper);
  if (isCustom && found.lower !== Number.NEGATIVE_INFINITY && found.upper === Number.POSITIVE_INFINITY) return plain(found.lower);
  const place = isCustom && found.lower === Number.NEGATIVE_INFINITY ? { ...found, lower: 0 } : oneSidedZero(h, found);
  const passed = Math.min(found.passed, h.count);
  if (passed < rank) return mayHaveNaN ? { value: Number.NaN, isSkewedByNaN: false, isNaNByNaN: true } : plain(place.upper);
  const rankInPlace = fromBelow ? rank - (passed - place.count) : passed - rank;
  if (!mayHaveNaN) return plain(valueAt(place, rankInPlace / place.count, isCustom));
  // Prometheus, 3.5 and later alike, looks on for what NaN adds to the count, and then interpolates in the bucket it has come to.
  const highest = placeOfRank(h, Number.POSITIVE_INFINITY, true);
  const last = highest.ordinal === found.ordinal ? { ...place, passed: highest.passed } : highest;
  return { value: valueAt(last, rankInPlace / last.count, isCustom), isSkewedByNaN: last.passed < h.count, isNaNByNaN: false };
}

function plain(value: number): QuantileEstimate {
  return { value, isSkewedByNaN: false, isNaNByNaN: false };
}

/** The bucket at which `rank` observations are passed, or the last one, and how many are passed there. */
function placeOfRank(h: FloatHistogram, rank: number, fromBelow: boolean): Passed {
  let place: Passed = { lower: 0, upper: 0, count: 0, passed: 0, ordinal: 0 };
  forEachBucket(
    h,
    (lower, upper, _lowerInclusive, _upperInclusive, count) => {
      const passed = place.passed + count;
      place = { lower, upper, count, passed, ordinal: place.ordinal + 1 };
      return count === 0 || !(passed >= rank);
    },
    { withEmpty: true, reverse: !fromBelow },
  );
  return place;
}

/** The part of all observations between two values. */
export function histogramFraction(lower: number, upper: number, h: FloatHistogram): FractionEstimate {
  if (h.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: Number.NaN, hasNaN: false };
  if (lower >= upper) return { value: 0, hasNaN: false };
  const isCustom = hasCustomBuckets(h);
  const ranks: [number | undefined, number | undefined] = [undefined, undefined];
  let passed = 0;
  forEachBucket(
    h,
    (bucketLower, bucketUpper, _lowerInclusive, _upperInclusive, count) => {
      const place = oneSided(h, { lower: bucketLower, upper: bucketUpper, count });
      for (const [i, border] of [lower, upper].entries()) {
        if (place.lower >= border) ranks[i] ??= passed;
        else if (place.upper > border) ranks[i] ??= passed + countBelow(place, border, isCustom);
      }
      passed += count;
    },
    { withEmpty: true },
  );
  const mayHaveNaN = Number.isNaN(h.sum);
  const total = mayHaveNaN ? passed : h.count;
  const [below, above] = ranks.map((rank) => (rank === undefined || rank > total ? total : rank)) as [number, number];
  return { value: (above - below) / h.count, hasNaN: mayHaveNaN && passed < h.count };
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
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) lost = 0;
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
