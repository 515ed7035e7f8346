// Where within a bucket observations are taken to be: spread evenly over zero and custom buckets, and over the logarithms of others.
import { exp2, log2 } from './go-math.ts';
import type { FloatHistogram } from './histogram.ts';
import { hasCustomBuckets } from './histogram-buckets.ts';

/** A bucket as far as observations may be in it. */
export interface Place {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** Where all other buckets are on one side of zero, what the zero bucket counts is taken to be there too. */
export function oneSidedZero(h: FloatHistogram, place: Place): Place {
  return !hasCustomBuckets(h) && place.lower < 0 && place.upper > 0 ? oneSided(h, place) : place;
}

/** As `oneSidedZero`, but, as upstream does for fractions, with buckets that end at zero and custom ones. */
export function oneSided(h: FloatHistogram, place: Place): Place {
  if (place.lower > 0 || place.upper < 0) return place;
  const hasPositive = h.positiveBuckets.length > 0;
  const hasNegative = h.negativeBuckets.length > 0;
  if (hasPositive === hasNegative) return place;
  return hasPositive ? { ...place, lower: 0 } : { ...place, upper: 0 };
}

function isLinear({ lower, upper }: Place, isCustom: boolean): boolean {
  return isCustom || (lower <= 0 && upper >= 0);
}

/** The value below which `part` of the bucket's observations are taken to be. */
export function valueAt(place: Place, part: number, isCustom: boolean): number {
  const { lower, upper } = place;
  if (isLinear(place, isCustom)) return lower + (upper - lower) * part;
  const [logLower, logUpper] = [log2(Math.abs(lower)), log2(Math.abs(upper))];
  if (lower > 0) return exp2(logLower + (logUpper - logLower) * part);
  return -exp2(logUpper + (logLower - logUpper) * (1 - part));
}

/** How many of the bucket's observations are taken to be below a value inside it. */
export function countBelow(place: Place, value: number, isCustom: boolean): number {
  const { lower, upper, count } = place;
  if (isLinear(place, isCustom)) return (count * (value - lower)) / (upper - lower);
  const [logLower, logUpper, logValue] = [log2(Math.abs(lower)), log2(Math.abs(upper)), log2(Math.abs(value))];
  return count * (value > 0 ? (logValue - logLower) / (logUpper - logLower) : 1 - (logValue - logUpper) / (logLower - logUpper));
}
