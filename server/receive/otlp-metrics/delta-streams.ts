// From deltas to totals: the sums of all that each stream has sent, as the OpenTelemetry Collector's deltatocumulative processor keeps them.
// In memory: after a restart streams begin at zero again, which reads as the reset of a counter.
import type { DataPoint } from '../../formats/otlp/data-point.ts';
import type { BucketSpan, FloatHistogram } from '../../model/histogram.ts';
import { MIN_EXPONENTIAL_SCHEMA } from '../../model/histogram.ts';
import { addHistograms, reduceResolution } from '../../model/histogram-arithmetic.ts';
import { bucketIndexes } from '../../model/histogram-spans.ts';

/** Why a delta was not added. */
export type DeltaRefusal = 'delta_out_of_order' | 'delta_older_start' | 'delta_stream_limit';

interface Stream {
  startMs: number;
  startNs: number;
  timeMs: number;
  timeNs: number;
  /** By the clock. */
  seenMs: number;
  value: number;
  count: number;
  sum: number;
  hasSum: boolean;
  bounds: readonly number[];
  bucketCounts: number[];
  histogram: FloatHistogram | undefined;
}

/** A stream that was quiet for so long has ended. */
const MAX_STALE_MS = 5 * 60_000;
const SWEEP_EVERY_MS = 60_000;
/** As the Collector: resolution falls rather than that a side has more buckets. */
const MAX_BUCKETS = 160;

/** The totals of a bounded number of streams. */
export class DeltaStreams {
  readonly #maxStreams: number;
  readonly #streams = new Map<string, Stream>();
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(maxStreams: number) {
    this.#maxStreams = maxStreams;
  }

  get size(): number {
    return this.#streams.size;
  }

  /**
   * Adds a point to its stream and makes the point the total. `histogram`: that of an exponential one; the total is in the result. Refuses points
   * that are not newer than the last one: they were sent twice, or came too late.
   */
  add(key: string, point: DataPoint, nowMs: number, histogram?: FloatHistogram): FloatHistogram | DeltaRefusal | undefined {
    const stream = this.#streams.get(key);
    if (!stream || nowMs - stream.seenMs > MAX_STALE_MS) return this.#begin(key, point, nowMs, histogram);
    if (isBefore(point.startMs, point.startNs, stream.startMs, stream.startNs)) return 'delta_older_start';
    if (!isBefore(stream.timeMs, stream.timeNs, point.timeMs, point.timeNs)) return 'delta_out_of_order';
    stream.timeMs = point.timeMs;
    stream.timeNs = point.timeNs;
    stream.seenMs = nowMs;
    point.startMs = stream.startMs;
    point.startNs = stream.startNs;
    point.value = stream.value += point.value;
    if (hasOtherBounds(stream.bounds, point.bounds)) {
      // There is no telling into which of the old buckets the observations belong.
      stream.bounds = [...point.bounds];
      stream.bucketCounts = [...point.bucketCounts];
      [stream.count, stream.sum, stream.hasSum] = [point.count, point.sum, point.hasSum];
      return undefined;
    }
    point.count = stream.count += point.count;
    if (point.hasSum) stream.sum += point.sum;
    stream.hasSum ||= point.hasSum;
    [point.sum, point.hasSum] = [stream.sum, stream.hasSum];
    for (let i = 0; i < point.bucketCounts.length; i++)
      stream.bucketCounts[i] = (stream.bucketCounts[i] ?? 0) + (point.bucketCounts[i] as number);
    point.bucketCounts = [...stream.bucketCounts];
    if (histogram && stream.histogram) stream.histogram = sumOf(stream.histogram, histogram);
    return stream.histogram;
  }

  /** The stream says that it has no value any more. */
  end(key: string): void {
    this.#streams.delete(key);
  }

  #begin(key: string, point: DataPoint, nowMs: number, histogram: FloatHistogram | undefined): FloatHistogram | DeltaRefusal | undefined {
    this.#sweep(nowMs);
    if (this.#streams.size >= this.#maxStreams && !this.#streams.has(key)) return 'delta_stream_limit';
    const { startMs, startNs, timeMs, timeNs, value, count, sum, hasSum } = point;
    // The arrays of a point are filled again for the next.
    const [bounds, bucketCounts] = [[...point.bounds], [...point.bucketCounts]];
    this.#streams.set(key, { startMs, startNs, timeMs, timeNs, seenMs: nowMs, value, count, sum, hasSum, bounds, bucketCounts, histogram });
    return histogram;
  }

  /** Forgets streams that have ended. */
  #sweep(nowMs: number): void {
    if (Math.abs(nowMs - this.#sweptMs) < SWEEP_EVERY_MS) return;
    this.#sweptMs = nowMs;
    for (const [key, { seenMs }] of this.#streams) if (nowMs - seenMs > MAX_STALE_MS) this.#streams.delete(key);
  }
}

function isBefore(aMs: number, aNs: number, bMs: number, bNs: number): boolean {
  return aMs < bMs || (aMs === bMs && aNs < bNs);
}

function hasOtherBounds(a: readonly number[], b: readonly number[]): boolean {
  return a.length !== b.length || a.some((bound, i) => bound !== b[i]);
}

function sumOf(a: FloatHistogram, b: FloatHistogram): FloatHistogram {
  const result = addHistograms(a, b);
  let total = result.problem === undefined ? result.histogram : b;
  while (total.schema > MIN_EXPONENTIAL_SCHEMA && (width(total.positiveSpans) > MAX_BUCKETS || width(total.negativeSpans) > MAX_BUCKETS))
    total = reduceResolution(total, total.schema - 1);
  return total;
}

function width(spans: readonly BucketSpan[]): number {
  const indexes = bucketIndexes(spans);
  return indexes.length === 0 ? 0 : (indexes.at(-1) as number) - (indexes[0] as number) + 1;
}
