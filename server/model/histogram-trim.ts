// The operators `</` and `>/` of Prometheus 3.11 and later: a histogram without the observations beyond a limit. Buckets that the limit
// cuts are interpolated; sum and count are then estimated from what is left.
import type { FloatHistogram } from './histogram.ts';
import { type BucketSide, forEachBucket, hasCustomBuckets } from './histogram-buckets.ts';
import { countBelow, oneSidedZero, type Place } from './histogram-interpolation.ts';
import { spansOf } from './histogram-spans.ts';

type Kept = 'below' | 'above';

/** `h </ limit`: without the observations above the limit. Unchanged when there are none. */
export function trimUpper(h: FloatHistogram, limit: number): FloatHistogram {
  return trim(h, limit, 'below');
}

/** `h >/ limit`: without the observations below the limit. Unchanged when there are none. */
export function trimLower(h: FloatHistogram, limit: number): FloatHistogram {
  return trim(h, limit, 'above');
}

function trim(h: FloatHistogram, limit: number, kept: Kept): FloatHistogram {
  const isCustom = hasCustomBuckets(h);
  const sides: Record<BucketSide, { index: number; count: number }[]> = { negative: [], zero: [], positive: [] };
  let isChanged = false;
  let [count, sum] = [0, 0];
  forEachBucket(h, (lower, upper, _lowerInclusive, _upperInclusive, before, index, side) => {
    const place = oneSidedZero(h, { lower, upper, count: before });
    const rest = restOf(place, limit, kept, isCustom);
    if (rest.count !== before) isChanged = true;
    if (rest.count === 0) return;
    sides[side].push({ index, count: rest.count });
    count += rest.count;
    sum += rest.count * middleOf(rest, isCustom);
  });
  if (!isChanged) return h;
  const [positive, negative] = [sides.positive, sides.negative.reverse()];
  return {
    ...h,
    count,
    sum,
    zeroCount: sides.zero[0]?.count ?? 0,
    positiveSpans: spansOf(Int32Array.from(positive, ({ index }) => index)),
    negativeSpans: spansOf(Int32Array.from(negative, ({ index }) => index)),
    positiveBuckets: Float64Array.from(positive, (bucket) => bucket.count),
    negativeBuckets: Float64Array.from(negative, (bucket) => bucket.count),
  };
}

/** What is left of a bucket. One that reaches to infinity counts observations that are taken to be infinite, or 0 when both ends do. */
function restOf(place: Place, limit: number, kept: Kept, isCustom: boolean): Place {
  const { lower, upper } = place;
  if (lower === Number.NEGATIVE_INFINITY || upper === Number.POSITIVE_INFINITY) {
    const value = Number.isFinite(lower) ? upper : Number.isFinite(upper) ? lower : 0;
    return (kept === 'below' ? value > limit : value < limit) ? { ...place, count: 0 } : place;
  }
  if (kept === 'below' ? upper <= limit : lower >= limit) return place;
  if (kept === 'below' ? lower >= limit : upper <= limit) return { ...place, count: 0 };
  if (Number.isNaN(limit)) return place;
  const below = countBelow(place, limit, isCustom);
  return kept === 'below' ? { lower, upper: limit, count: below } : { lower: limit, upper, count: place.count - below };
}

/** The value that every observation of a bucket is taken to have. */
function middleOf({ lower, upper }: Place, isCustom: boolean): number {
  if (lower === Number.NEGATIVE_INFINITY && upper === Number.POSITIVE_INFINITY) return 0;
  if (isCustom) {
    if (lower === Number.NEGATIVE_INFINITY) return upper <= 0 ? upper : upper / 2;
    return upper === Number.POSITIVE_INFINITY ? lower : (lower + upper) / 2;
  }
  if (lower <= 0 && upper >= 0) return (lower + upper) / 2;
  const middle = Math.sqrt(Math.abs(lower)) * Math.sqrt(Math.abs(upper));
  return upper < 0 ? -middle : middle;
}
