// The arithmetic of classic histograms (Prometheus, histogram_quantile). Counts are cumulative, bounds rise.

/** How many observations were at most `upperBound`. */
export interface Bucket {
  readonly upperBound: number;
  count: number;
}

/** Differences below this part of the sum are rounding errors. */
const SMALL_DELTA_TOLERANCE = 1e-12;
const MIN_NORMAL = 2.2250738585072014e-308;

/** Adds the counts of buckets with equal bounds. `buckets` is sorted. */
export function mergeEqualBounds(buckets: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = [];
  for (const { upperBound, count } of buckets) {
    const last = merged.at(-1);
    if (last && last.upperBound === upperBound) last.count += count;
    else merged.push({ upperBound, count });
  }
  return merged;
}

/** The φ-quantile, linear within its bucket. `isForced` tells that counts fell where they must rise and were corrected. */
export function bucketQuantile(phi: number, buckets: Bucket[]): { readonly value: number; readonly isForced: boolean } {
  if (Number.isNaN(phi)) return { value: Number.NaN, isForced: false };
  if (phi < 0) return { value: Number.NEGATIVE_INFINITY, isForced: false };
  if (phi > 1) return { value: Number.POSITIVE_INFINITY, isForced: false };
  if (buckets.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return { value: Number.NaN, isForced: false };
  const isForced = makeMonotonic(buckets);
  return { value: quantileOfMonotonic(phi, buckets), isForced };
}

function quantileOfMonotonic(phi: number, buckets: readonly Bucket[]): number {
  const total = buckets.at(-1)?.count ?? 0;
  if (buckets.length < 2 || total === 0) return Number.NaN;
  const rank = phi * total;
  const b = firstReaching(rank, buckets);
  const bucket = buckets[b] as Bucket;
  const below = buckets[b - 1];
  if (b === buckets.length - 1) return below?.upperBound ?? Number.NaN;
  if (!below) return bucket.upperBound <= 0 ? bucket.upperBound : bucket.upperBound * (rank / bucket.count);
  return below.upperBound + (bucket.upperBound - below.upperBound) * ((rank - below.count) / (bucket.count - below.count));
}

/** A binary search, as upstream's: where counts are NaN it shows which buckets were looked at. */
function firstReaching(rank: number, buckets: readonly Bucket[]): number {
  let [from, to] = [0, buckets.length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((buckets[middle] as Bucket).count >= rank) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** The part of all observations between two bounds, linear within buckets. */
export function bucketFraction(lower: number, upper: number, buckets: Bucket[]): number {
  if (buckets.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return Number.NaN;
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const rank = (bound: number) => Math.min(rankOf(bound, buckets), total);
  return (rank(upper) - rank(lower)) / total;
}

/** How many observations are at most `bound`. */
function rankOf(bound: number, buckets: readonly Bucket[]): number {
  let belowBound = 0;
  let belowCount = 0;
  for (const [i, { upperBound, count }] of buckets.entries()) {
    // The first bucket starts at 0; when it ends below, all that it counts lies at its begin.
    const lowerBound = i === 0 ? (upperBound > 0 ? 0 : Number.NEGATIVE_INFINITY) : belowBound;
    if (bound <= lowerBound) return belowCount;
    if (bound < upperBound) {
      if (lowerBound === Number.NEGATIVE_INFINITY) return count;
      return belowCount + ((count - belowCount) * (bound - lowerBound)) / (upperBound - lowerBound);
    }
    belowBound = upperBound;
    belowCount = count;
  }
  return belowCount;
}

/** Counts never fall: lifts those that do. Answers whether any fell by more than rounding. */
function makeMonotonic(buckets: Bucket[]): boolean {
  let isForced = false;
  let before = buckets[0]?.count ?? 0;
  for (const bucket of buckets.slice(1)) {
    if (bucket.count === before) continue;
    if (isAlmostEqual(before, bucket.count)) bucket.count = before;
    else if (bucket.count < before) {
      bucket.count = before;
      isForced = true;
    } else before = bucket.count;
  }
  return isForced;
}

function isAlmostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return difference < SMALL_DELTA_TOLERANCE * MIN_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < SMALL_DELTA_TOLERANCE;
}
