// The message io.prometheus.client.Histogram. One object is read into again and again; its arrays keep their room.
import type { BucketSpan, FloatHistogram } from '../../model/histogram.ts';
import { compactHistogram } from '../../model/histogram-arithmetic.ts';
import { spanSize } from '../../model/histogram-spans.ts';
import type { RawHistogram } from '../exposition/metric-parser.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import type { MetricReader } from './metric-reader.ts';

const SAMPLE_COUNT = tagOf(1, VARINT);
const SAMPLE_SUM = tagOf(2, FIXED64);
const BUCKET = tagOf(3, BYTES);
const SAMPLE_COUNT_FLOAT = tagOf(4, FIXED64);
const SCHEMA = tagOf(5, VARINT);
const ZERO_THRESHOLD = tagOf(6, FIXED64);
const ZERO_COUNT = tagOf(7, VARINT);
const ZERO_COUNT_FLOAT = tagOf(8, FIXED64);
const NEGATIVE_SPAN = tagOf(9, BYTES);
const NEGATIVE_DELTA = 10;
const NEGATIVE_COUNT = 11;
const POSITIVE_SPAN = tagOf(12, BYTES);
const POSITIVE_DELTA = 13;
const POSITIVE_COUNT = 14;
const CREATED = tagOf(15, BYTES);
const EXEMPLAR = tagOf(16, BYTES);

const CUMULATIVE_COUNT = tagOf(1, VARINT);
const UPPER_BOUND = tagOf(2, FIXED64);
const BUCKET_EXEMPLAR = tagOf(3, BYTES);
const CUMULATIVE_COUNT_FLOAT = tagOf(4, FIXED64);

const SPAN_OFFSET = tagOf(1, VARINT);
const SPAN_LENGTH = tagOf(2, VARINT);

/** Where an exemplar of a message stands; both 0 when there is none. */
export interface MessageRange {
  readonly start: number;
  readonly end: number;
}

const NOWHERE: MessageRange = Object.freeze({ start: 0, end: 0 });

/** A histogram as it was sent: classic buckets, native ones, or both. */
export class HistogramMessage {
  /** Upper bounds of the classic buckets, their cumulative counts and exemplars. */
  readonly bounds: number[] = [];
  readonly cumulative: number[] = [];
  readonly bucketExemplars: MessageRange[] = [];
  /** Exemplars of the native histogram. */
  readonly exemplars: MessageRange[] = [];
  /** Where the time of creation stands. */
  created: MessageRange = NOWHERE;
  sum = 0;
  #count = 0;
  #countFloat = 0;
  #schema = 0;
  #zeroThreshold = 0;
  #zeroCount = 0;
  #zeroCountFloat = 0;
  readonly #positive = new BucketSide();
  readonly #negative = new BucketSide();

  /** Of all observations. */
  get count(): number {
    return this.#countFloat || this.#count;
  }

  /**
   * Whether there is a native histogram. One with a zero threshold of 0, no buckets and no observations looks like none, which is why
   * clients add an empty span to it.
   */
  get isNative(): boolean {
    return this.#positive.spans.length > 0 || this.#negative.spans.length > 0 || this.#zeroThreshold > 0 || this.#zeroCount > 0;
  }

  /** Reads the message up to `end`. */
  read(reader: MetricReader, end: number): void {
    this.#reset();
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === SAMPLE_COUNT) this.#count = reader.count();
      else if (tag === SAMPLE_SUM) this.sum = reader.double();
      else if (tag === BUCKET) this.#readBucket(reader, reader.enter(end));
      else if (tag === SAMPLE_COUNT_FLOAT) this.#countFloat = reader.double();
      else if (tag === SCHEMA) this.#schema = reader.sint32();
      else if (tag === ZERO_THRESHOLD) this.#zeroThreshold = reader.double();
      else if (tag === ZERO_COUNT) this.#zeroCount = reader.count();
      else if (tag === ZERO_COUNT_FLOAT) this.#zeroCountFloat = reader.double();
      else if (tag === NEGATIVE_SPAN) this.#negative.readSpan(reader, reader.enter(end));
      else if (tag === POSITIVE_SPAN) this.#positive.readSpan(reader, reader.enter(end));
      else if (tag === CREATED) this.created = skipMessage(reader, end);
      else if (tag === EXEMPLAR) this.exemplars.push(skipMessage(reader, end));
      else if (!this.#readCounts(reader, tag, end)) reader.skipField(tag, end);
    }
    reader.leave(end);
  }

  /** The native histogram as it was sent: whether its parts fit together is for others to check. */
  toNative(isGauge: boolean): RawHistogram {
    const isInteger = !(this.#countFloat > 0 || this.#zeroCountFloat > 0);
    const histogram: FloatHistogram = {
      hint: isGauge ? 'gauge' : 'unknown',
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: isInteger ? this.#zeroCount : this.#zeroCountFloat,
      count: isInteger ? this.#count : this.#countFloat,
      sum: this.sum,
      positiveSpans: [...this.#positive.spans],
      negativeSpans: [...this.#negative.spans],
      positiveBuckets: isInteger ? this.#positive.fromDeltas() : this.#positive.fromCounts(),
      negativeBuckets: isInteger ? this.#negative.fromDeltas() : this.#negative.fromCounts(),
    };
    return { histogram: hasAllBuckets(histogram) ? compactHistogram(histogram, 0) : histogram, isInteger };
  }

  #reset(): void {
    this.bounds.length = this.cumulative.length = this.bucketExemplars.length = this.exemplars.length = 0;
    this.created = NOWHERE;
    this.sum = this.#count = this.#countFloat = 0;
    this.#schema = this.#zeroThreshold = this.#zeroCount = this.#zeroCountFloat = 0;
    this.#positive.reset();
    this.#negative.reset();
  }

  #readBucket(reader: MetricReader, end: number): void {
    let whole = 0;
    let float = 0;
    let bound = 0;
    let exemplar = NOWHERE;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === CUMULATIVE_COUNT) whole = reader.count();
      else if (tag === CUMULATIVE_COUNT_FLOAT) float = reader.double();
      else if (tag === UPPER_BOUND) bound = reader.double();
      else if (tag === BUCKET_EXEMPLAR) exemplar = skipMessage(reader, end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    this.bounds.push(bound);
    this.cumulative.push(float || whole);
    this.bucketExemplars.push(exemplar);
  }

  /** Deltas and counts, packed or one by one. */
  #readCounts(reader: MetricReader, tag: number, end: number): boolean {
    const field = tag >>> 3;
    const side = field === POSITIVE_DELTA || field === POSITIVE_COUNT ? this.#positive : this.#negative;
    const isDelta = field === POSITIVE_DELTA || field === NEGATIVE_DELTA;
    if (!isDelta && field !== POSITIVE_COUNT && field !== NEGATIVE_COUNT) return false;
    const wireType = tag & 7;
    if (wireType === (isDelta ? VARINT : FIXED64)) side.readOne(reader, isDelta);
    else if (wireType === BYTES) {
      const to = reader.enter(end);
      while (reader.pos < to) side.readOne(reader, isDelta);
      reader.leave(to);
    } else return false;
    return true;
  }
}

/** The buckets above zero, or those below. */
class BucketSide {
  readonly spans: BucketSpan[] = [];
  readonly #deltas: (number | bigint)[] = [];
  readonly #counts: number[] = [];

  reset(): void {
    this.spans.length = this.#deltas.length = this.#counts.length = 0;
  }

  readSpan(reader: MetricReader, end: number): void {
    let offset = 0;
    let length = 0;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === SPAN_OFFSET) offset = reader.sint32();
      else if (tag === SPAN_LENGTH) length = reader.uint32();
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    this.spans.push({ offset, length });
  }

  readOne(reader: MetricReader, isDelta: boolean): void {
    if (isDelta) this.#deltas.push(reader.difference());
    else this.#counts.push(reader.double());
  }

  fromDeltas(): Float64Array {
    const counts = new Float64Array(this.#deltas.length);
    let count: number | bigint = 0;
    for (let i = 0; i < counts.length; i++) {
      const next: number = Number(count) + Number(this.#deltas[i]);
      const isExact: boolean = typeof count === 'number' && typeof this.#deltas[i] === 'number' && Number.isSafeInteger(next);
      count = isExact ? next : BigInt(count) + BigInt(this.#deltas[i] as number | bigint);
      counts[i] = Number(count);
    }
    return counts;
  }

  fromCounts(): Float64Array {
    return Float64Array.from(this.#counts);
  }
}

/** Whether the spans are in order and describe as many buckets as there are. */
function hasAllBuckets({ positiveSpans, negativeSpans, positiveBuckets, negativeBuckets }: FloatHistogram): boolean {
  const isRising = (spans: readonly BucketSpan[]) => spans.every(({ offset }, i) => i === 0 || offset >= 0);
  return (
    spanSize(positiveSpans) === positiveBuckets.length &&
    spanSize(negativeSpans) === negativeBuckets.length &&
    isRising(positiveSpans) &&
    isRising(negativeSpans)
  );
}

/** Passes over the message here; where it stood. */
export function skipMessage(reader: MetricReader, end: number): MessageRange {
  const to = reader.enter(end);
  const start = reader.pos;
  reader.pos = to;
  return { start, end: to };
}
