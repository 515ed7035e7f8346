// From deltas to totals: the sums of all that each stream has sent, as the OpenTelemetry Collector's deltatocumulative processor keeps them.
// In memory: after a restart streams begin at zero again, which reads as the reset of a counter.
import type { DataPoint } from '../../formats/otlp/data-point.ts';
import type { BucketSpan, FloatHistogram } from '../../model/histogram.ts';
import { MIN_EXPONENTIAL_SCHEMA } from '../../model/histogram.ts';
import { addHistograms, reduceResolution } from '../../model/histogram-arithmetic.ts';
import { bucketIndexes } from '../../model/histogram-spans.ts';

/** Why a delta was not added. */
export type DeltaRefusal = 'delta_out_of_order' | 'delta_older_start' | 'delta_stream_limit';

/** Never changed: each delta makes another. */
interface Stream {
  readonly startMs: number;
  readonly startNs: number;
  readonly timeMs: number;
  readonly timeNs: number;
  /** By the clock. */
  readonly seenMs: number;
  readonly value: number;
  readonly count: number;
  readonly sum: number;
  readonly hasSum: boolean;
  readonly bounds: readonly number[];
  readonly bucketCounts: readonly number[];
  readonly histogram: FloatHistogram | undefined;
}

/** What one request did to streams, by their keys: what each was before, undefined when there was none, and what the request left. */
export type DeltaChanges = Map<string, { readonly before: Stream | undefined; readonly after: Stream | undefined }>;

/** A stream that was quiet for so long has ended. */
const MAX_STALE_MS = 5 * 60_000;
const SWEEP_EVERY_MS = 60_000;
/** As the Collector: resolution falls rather than that a side has more buckets. */
const MAX_BUCKETS = 160;
/** A stream with more counts as several. */
const BUCKETS_OF_ONE = 16;

/** The totals of a bounded number of streams. Each sixteen buckets of one count as a stream. */
export class DeltaStreams {
  readonly #maxStreams: number;
  readonly #streams = new Map<string, Stream>();
  /** What `maxStreams` bounds. */
  #weight = 0;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(maxStreams: number) {
    this.#maxStreams = maxStreams;
  }

  get size(): number {
    return this.#streams.size;
  }

  /**
   * Adds a point to its stream and makes the point the total. `histogram`: that of an exponential one; the total is in the result. Refuses points
   * that are not newer than the last one: they were sent twice, or came too late. `changes` are those of the request.
   */
  add(
    changes: DeltaChanges,
    key: string,
    point: DataPoint,
    nowMs: number,
    histogram?: FloatHistogram,
  ): FloatHistogram | DeltaRefusal | undefined {
    this.#sweep(nowMs);
    const known = this.#streams.get(key);
    const stream = known && nowMs - known.seenMs <= MAX_STALE_MS ? known : undefined;
    if (stream && isBefore(point.startMs, point.startNs, stream.startMs, stream.startNs)) return 'delta_older_start';
    if (stream && !isBefore(stream.timeMs, stream.timeNs, point.timeMs, point.timeNs)) return 'delta_out_of_order';
    const next = stream ? sumOf(stream, point, nowMs, histogram) : streamOf(point, nowMs, histogram);
    const growth = weightOf(next) - weightOf(known);
    if (growth > 0 && this.#weight + growth > this.#maxStreams) return 'delta_stream_limit';
    this.#change(changes, key, next);
    const { startMs, startNs, value, count, sum, hasSum } = next;
    Object.assign(point, { startMs, startNs, value, count, sum, hasSum, bucketCounts: [...next.bucketCounts] });
    return next.histogram;
  }

  /** The stream says that it has no value any more, or nothing of it can be stored. */
  end(changes: DeltaChanges, key: string): void {
    this.#change(changes, key, undefined);
  }

  /** A request was not stored and will come again: its deltas are taken back, but for streams to which other requests have added meanwhile. */
  undo(changes: DeltaChanges): void {
    for (const [key, { before, after }] of changes) if (this.#streams.get(key) === after) this.#put(key, before);
    changes.clear();
  }

  #change(changes: DeltaChanges, key: string, after: Stream | undefined): void {
    const current = this.#streams.get(key);
    const earlier = changes.get(key);
    changes.set(key, { before: earlier && earlier.after === current ? earlier.before : current, after });
    this.#put(key, after);
  }

  #put(key: string, stream: Stream | undefined): void {
    this.#weight += weightOf(stream) - weightOf(this.#streams.get(key));
    if (stream) this.#streams.set(key, stream);
    else this.#streams.delete(key);
  }

  /** Forgets streams that have ended. */
  #sweep(nowMs: number): void {
    if (Math.abs(nowMs - this.#sweptMs) < SWEEP_EVERY_MS) return;
    this.#sweptMs = nowMs;
    for (const [key, { seenMs }] of this.#streams) if (nowMs - seenMs > MAX_STALE_MS) this.#put(key, undefined);
  }
}

function weightOf(stream: Stream | undefined): number {
  if (!stream) return 0;
  const { bounds, bucketCounts, histogram } = stream;
  const native = histogram ? histogram.positiveBuckets.length + histogram.negativeBuckets.length : 0;
  return Math.max(1, Math.ceil(Math.max(bounds.length, bucketCounts.length, native) / BUCKETS_OF_ONE));
}

function streamOf(point: DataPoint, seenMs: number, histogram: FloatHistogram | undefined): Stream {
  const { startMs, startNs, timeMs, timeNs, value, count, sum, hasSum } = point;
  // The arrays of a point are filled again for the next.
  const [bounds, bucketCounts] = [[...point.bounds], [...point.bucketCounts]];
  return { startMs, startNs, timeMs, timeNs, seenMs, value, count, sum, hasSum, bounds, bucketCounts, histogram };
}

function sumOf(stream: Stream, point: DataPoint, seenMs: number, histogram: FloatHistogram | undefined): Stream {
  const { timeMs, timeNs } = point;
  const value = stream.value + point.value;
  const begun = { ...stream, timeMs, timeNs, seenMs, value };
  if (hasOtherBounds(stream.bounds, point.bounds)) {
    // There is no telling into which of the old buckets the observations belong.
    const { count, sum, hasSum } = point;
    return { ...begun, count, sum, hasSum, bounds: [...point.bounds], bucketCounts: [...point.bucketCounts] };
  }
  const longer = point.bucketCounts.length > stream.bucketCounts.length ? point.bucketCounts : stream.bucketCounts;
  return {
    ...begun,
    count: stream.count + point.count,
    sum: point.hasSum ? stream.sum + point.sum : stream.sum,
    hasSum: stream.hasSum || point.hasSum,
    bucketCounts: longer.map((_, i) => (stream.bucketCounts[i] ?? 0) + (point.bucketCounts[i] ?? 0)),
    histogram: histogram && stream.histogram ? histogramSum(stream.histogram, histogram) : stream.histogram,
  };
}

function isBefore(aMs: number, aNs: number, bMs: number, bNs: number): boolean {
  return aMs < bMs || (aMs === bMs && aNs < bNs);
}

function hasOtherBounds(a: readonly number[], b: readonly number[]): boolean {
  return a.length !== b.length || a.some((bound, i) => bound !== b[i]);
}

function histogramSum(a: FloatHistogram, b: FloatHistogram): FloatHistogram {
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
