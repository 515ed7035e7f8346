// Classic histograms, whose buckets are cumulative and have an upper bound `le` each, as histograms with custom buckets.
import { formatShort } from './go-number.ts';
import { type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './histogram.ts';
import { populatedRun, spansOf } from './histogram-spans.ts';

/** What is known of one classic histogram at one time. */
export interface ClassicHistogram {
  /** Cumulative counts by upper bound, in any order; of two with one bound the first counts. */
  readonly buckets: readonly ClassicBucket[];
  /** Default 0. */
  readonly sum?: number | undefined;
  /** Default: that of the highest bucket. */
  readonly count?: number | undefined;
}

export interface ClassicBucket {
  readonly le: number;
  readonly count: number;
}

/** The converted histogram, or why there is none. */
export type CustomConversion = { readonly histogram: FloatHistogram; readonly problem?: undefined } | { readonly problem: string };

/** The same histogram with custom buckets. Counts that fall as bounds rise, are negative or do not fit together are a problem. */
export function toCustomBuckets(classic: ClassicHistogram, hint: CounterResetHint = 'unknown'): CustomConversion {
  const buckets = sortedBuckets(classic);
  if (!buckets) return { problem: 'there are neither buckets nor a count' };
  const counts = new Float64Array(buckets.length);
  let below = 0;
  for (const [i, { le, count }] of buckets.entries()) {
    if (Number.isNaN(le)) return { problem: 'a bucket has the bound NaN' };
    if (!(count >= 0)) return { problem: `bucket le="${formatShort(le)}" has the count ${formatShort(count)}` };
    if (count < below)
      return {
        problem: `bucket le="${formatShort(le)}" counts ${formatShort(count)}, fewer than the ${formatShort(below)} of a lower one`,
      };
    counts[i] = count - below;
    below = count;
  }
  const count = classic.count ?? below;
  if (count !== below) return { problem: `the buckets count ${formatShort(below)} observations, the histogram ${formatShort(count)}` };
  const { indexes, counts: positiveBuckets } = populatedRun({ indexes: Int32Array.from(counts.keys()), counts });
  return {
    histogram: {
      hint,
      schema: CUSTOM_BUCKETS_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      count,
      sum: classic.sum ?? 0,
      positiveSpans: spansOf(indexes),
      negativeSpans: [],
      positiveBuckets,
      negativeBuckets: new Float64Array(),
      customValues: Float64Array.from(buckets.slice(0, -1), ({ le }) => le),
    },
  };
}

/** One bucket for each bound, rising, the last one to +Inf; undefined when there is nothing to tell its count from. */
function sortedBuckets({ buckets, count }: ClassicHistogram): ClassicBucket[] | undefined {
  const sorted = buckets.toSorted((a, b) => (a.le === b.le ? 0 : a.le - b.le)).filter(({ le }, i, all) => le !== all[i - 1]?.le);
  const last = sorted.at(-1);
  if (last?.le === Number.POSITIVE_INFINITY) return sorted;
  const total = count ?? last?.count;
  return total === undefined ? undefined : [...sorted, { le: Number.POSITIVE_INFINITY, count: total }];
}
