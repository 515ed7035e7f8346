// A histogram for tests: what is not given is empty.
import type { BucketSpan, FloatHistogram } from '../histogram.ts';
import { spansOf } from '../histogram-spans.ts';

type Counts = Readonly<Record<number, number>>;

interface Given extends Partial<Omit<FloatHistogram, 'customValues'>> {
  /** Counts by index. */
  readonly positive?: Counts;
  readonly negative?: Counts;
  readonly customValues?: readonly number[];
}

/** A histogram of schema 0, or with custom buckets when borders are given, whose count is that of its buckets unless given. */
export function makeHistogram({ positive = {}, negative = {}, customValues, ...given }: Given = {}): FloatHistogram {
  const [positiveSide, negativeSide] = [sideOf(positive), sideOf(negative)];
  const counts = [...positiveSide.counts, ...negativeSide.counts, given.zeroCount ?? 0];
  return {
    hint: 'gauge',
    schema: customValues ? -53 : 0,
    zeroThreshold: customValues ? 0 : 0.001,
    zeroCount: 0,
    count: counts.reduce((sum, count) => sum + count),
    sum: 0,
    positiveSpans: positiveSide.spans,
    negativeSpans: negativeSide.spans,
    positiveBuckets: positiveSide.counts,
    negativeBuckets: negativeSide.counts,
    ...(customValues && { customValues: Float64Array.from(customValues) }),
    ...given,
  };
}

function sideOf(counts: Counts): { readonly spans: readonly BucketSpan[]; readonly counts: Float64Array } {
  const indexes = Int32Array.from(Object.keys(counts), Number).sort();
  return { spans: spansOf(indexes), counts: Float64Array.from(indexes, (index) => counts[index] as number) };
}
