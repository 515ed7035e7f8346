// Data points of OpenTelemetry as native histograms, by Prometheus' rules.
import type { DataPoint, ExponentialBuckets } from '../../formats/otlp/data-point.ts';
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram, MAX_EXPONENTIAL_SCHEMA, MIN_EXPONENTIAL_SCHEMA } from '../../model/histogram.ts';
import { reduceResolution } from '../../model/histogram-arithmetic.ts';
import { histogramFault } from '../../model/histogram-check.ts';
import { type Run, spansOf } from '../../model/histogram-spans.ts';

/** A histogram, or why the point is none. */
export type HistogramOrFault = { readonly histogram: FloatHistogram } | { readonly fault: string };

/** Prometheus does not take over the threshold of the point. */
const ZERO_THRESHOLD = 1e-128;
const MIN_INDEX = -(2 ** 31);
const MAX_INDEX = 2 ** 31 - 1;

/** An exponential histogram; one that is finer than schema 8 is brought to it. */
export function exponentialHistogram(point: DataPoint): HistogramOrFault {
  const { scale } = point;
  if (scale < MIN_EXPONENTIAL_SCHEMA)
    return { fault: `cannot convert exponential to native histogram. Scale must be >= ${MIN_EXPONENTIAL_SCHEMA}, was ${scale}` };
  const positive = runOf(point.positive);
  const negative = runOf(point.negative);
  if (!positive || !negative) return { fault: 'an offset of its buckets is out of range' };
  const fine: FloatHistogram = {
    hint: 'unknown',
    schema: scale,
    zeroThreshold: ZERO_THRESHOLD,
    zeroCount: point.zeroCount,
    count: point.count,
    sum: point.sum,
    positiveSpans: spansOf(positive.indexes),
    negativeSpans: spansOf(negative.indexes),
    positiveBuckets: positive.counts,
    negativeBuckets: negative.counts,
  };
  return checked(scale > MAX_EXPONENTIAL_SCHEMA ? reduceResolution(fine, MAX_EXPONENTIAL_SCHEMA) : fine);
}

/** A histogram with explicit bounds as one with custom buckets (NHCB). */
export function customHistogram(point: DataPoint): HistogramOrFault {
  const { indexes, counts } = populated(point.bucketCounts, 0);
  return checked({
    hint: 'unknown',
    schema: CUSTOM_BUCKETS_SCHEMA,
    zeroThreshold: 0,
    zeroCount: 0,
    count: point.count,
    sum: point.sum,
    positiveSpans: spansOf(indexes),
    negativeSpans: [],
    positiveBuckets: counts,
    negativeBuckets: new Float64Array(),
    customValues: Float64Array.from(point.bounds),
  });
}

function checked(histogram: FloatHistogram): HistogramOrFault {
  const fault = histogramFault(histogram, true);
  return fault === undefined ? { histogram } : { fault };
}

/** Bucket `offset` of OpenTelemetry is bucket `offset + 1` of a native histogram. Undefined when an index does not fit. */
function runOf({ offset, counts }: ExponentialBuckets): Run | undefined {
  if (offset < MIN_INDEX || offset + counts.length + 1 > MAX_INDEX) return undefined;
  return populated(counts, offset + 1);
}

function populated(counts: readonly number[], first: number): Run {
  const indexes: number[] = [];
  for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) indexes.push(first + i);
  return { indexes: Int32Array.from(indexes), counts: Float64Array.from(indexes, (index) => counts[index - first] as number) };
}
