// Classic histograms, whose buckets are cumulative and have an upper bound `le` each, as histograms with custom buckets.
import { type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './histogram.ts';
import { filterRun, spansOf } from './histogram-spans.ts';

/** What is known of one classic histogram at one time. */
export interface ClassicHistogram {
  /** Cumulative counts by upper bound, in any order. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sum?: number | undefined;
  readonly count?: number | undefined;
}

export type CustomConversion = { readonly histogram: FloatHistogram; readonly problem?: undefined } | { readonly problem: string };

/** The same with custom buckets; a problem when counts fall as bounds rise, or do not fit together. */
export function toCustomBuckets(classic: ClassicHistogram, hint: CounterResetHint = 'unknown'): CustomConversion {
  const buckets = [...classic.buckets].sort((a, b) => a.le - b.le);
  const last = buckets.at(-1);
  const count = classic.count ?? last?.count;
  if (count === undefined) return { problem: 'no buckets and no count' };
  if (last?.le !== Number.POSITIVE_INFINITY) buckets.push({ le: Number.POSITIVE_INFINITY, count });
  let below = 0;
  const counts = new Float64Array(buckets.length);
  for (const [i, bucket] of buckets.entries()) {
    if (Number.isNaN(bucket.le) || Number.isNaN(bucket.count)) return { problem: 'a bound or count is NaN' };
    if (bucket.le === buckets[i - 1]?.le) return { problem: `two buckets end at ${bucket.le}` };
    if (bucket.count < below) return { problem: `the count falls to ${bucket.count} at le="${bucket.le}"` };
    counts[i] = bucket.count - below;
    below = bucket.count;
  }
  if (below !== count) return { problem: `the buckets count ${below} observations, the histogram ${count}` };
  const populated = filterRun({ indexes: Int32Array.from(counts.keys()), counts }, (value) => value !== 0);
  return {
    histogram: {
      hint,
      schema: CUSTOM_BUCKETS_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      count,
      sum: classic.sum ?? 0,
      positiveSpans: spansOf(populated.indexes),
      negativeSpans: [],
      positiveBuckets: populated.counts,
      negativeBuckets: new Float64Array(),
      customValues: Float64Array.from(buckets.slice(0, -1), ({ le }) => le),
    },
  };
}
