// The arithmetic of classic histograms (Prometheus, histogram_quantile). Counts are cumulative, bounds rise.

/** Differences below this part of the sum are rounding errors. */
const SMALL_DELTA_TOLERANCE = 1e-12;
const MIN_NORMAL = 2.2250738585072014e-308;

/** The buckets of one histogram at one step, by rising bound. Reused from step to step. */
export class Buckets {
  readonly upperBounds: Float64Array;
  /** How many observations were at most the bound. */
  readonly counts: Float64Array;
  length = 0;

  constructor(capacity: number) {
    this.upperBounds = new Float64Array(capacity);
    this.counts = new Float64Array(capacity);
  }

  /** Adds a bucket whose bound is no lesser than those before; counts of equal bounds are added. */
  add(upperBound: number, count: number): void {
    const last = this.length - 1;
    if (last >= 0 && this.upperBounds[last] === upperBound) {
      (this.counts[last] as number) += count;
      return;
    }
    this.upperBounds[this.length] = upperBound;
    this.counts[this.length++] = count;
  }

  /** Whether the last bucket holds everything. */
  get isComplete(): boolean {
    return this.length > 0 && this.upperBounds[this.length - 1] === Number.POSITIVE_INFINITY;
  }

  /** The count of the last bucket. */
  get total(): number {
    return this.length > 0 ? (this.counts[this.length - 1] as number) : 0;
  }
}

/** The φ-quantile, linear within its bucket. `onForced` is called when counts fell where they must rise and were corrected. */
export function bucketQuantile(phi: number, buckets: Buckets, onForced: () => void): number {
  if (Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  if (!buckets.isComplete) return Number.NaN;
  if (makeMonotonic(buckets)) onForced();
  return quantileOfMonotonic(phi, buckets);
}

function quantileOfMonotonic(phi: number, { upperBounds, counts, length, total }: Buckets): number {
  if (length < 2 || total === 0) return Number.NaN;
  const rank = phi * total;
  const b = firstReaching(rank, counts, length);
  const upperBound = upperBounds[b] as number;
  const count = counts[b] as number;
  if (b === length - 1) return upperBounds[b - 1] as number;
  if (b === 0) return upperBound <= 0 ? upperBound : upperBound * (rank / count);
  const belowBound = upperBounds[b - 1] as number;
  const belowCount = counts[b - 1] as number;
  return belowBound + (upperBound - belowBound) * ((rank - belowCount) / (count - belowCount));
}

/** A binary search, as upstream's: where counts are NaN it shows which buckets were looked at. */
function firstReaching(rank: number, counts: Float64Array, length: number): number {
  let [from, to] = [0, length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((counts[middle] as number) >= rank) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** The part of all observations between two bounds, linear within buckets. */
export function bucketFraction(lower: number, upper: number, buckets: Buckets): number {
  if (!buckets.isComplete) return Number.NaN;
  const { total } = buckets;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const rank = (bound: number) => Math.min(rankOf(bound, buckets), total);
  return (rank(upper) - rank(lower)) / total;
}

/** How many observations are at most `bound`. */
function rankOf(bound: number, { upperBounds, counts, length }: Buckets): number {
  let belowBound = 0;
  let belowCount = 0;
  for (let i = 0; i < length; i++) {
    const upperBound = upperBounds[i] as number;
    const count = counts[i] as number;
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
function makeMonotonic({ counts, length }: Buckets): boolean {
  let isForced = false;
  let before = counts[0] as number;
  for (let i = 1; i < length; i++) {
    const count = counts[i] as number;
    if (count === before) continue;
    if (isAlmostEqual(before, count)) counts[i] = before;
    else if (count < before) {
      counts[i] = before;
      isForced = true;
    } else before = count;
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
