// prometheus.Histogram and io.prometheus.write.v2.Histogram, which are alike:
//   1: count (integer), 2: count (float), 3: sum, 4: schema, 5: zero threshold, 6: zero count (integer), 7: zero count (float),
//   8: negative spans, 9: negative deltas, 10: negative counts, 11: positive spans, 12: positive deltas, 13: positive counts,
//   14: reset hint, 15: timestamp, 16: custom values            BucketSpan 1: offset, 2: length
import type { BucketSpan, CounterResetHint, FloatHistogram } from '../../model/histogram.ts';
import { CUSTOM_BUCKETS_SCHEMA, MAX_EXPONENTIAL_SCHEMA } from '../../model/histogram.ts';
import { reduceResolution } from '../../model/histogram-arithmetic.ts';
import { histogramFault, schemaFault } from '../../model/histogram-check.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { MessageCursor } from '../protobuf/message-cursor.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';

/** A histogram of a request. */
export interface WrittenHistogram {
  readonly timestampMs: number;
  /** With absolute counts, and in a schema that can be stored. */
  readonly histogram: FloatHistogram;
  /** Its sum is the stale marker: it marks the end of its series. */
  readonly isStale: boolean;
  /** Prometheus' text of what is wrong with it. */
  readonly fault: string | undefined;
}

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** Reads the message from where the cursor stands to `end`. */
export function readHistogram(cursor: MessageCursor, end: number): WrittenHistogram {
  const sum = new Float64Array(1);
  const sumBits = bitsOf(sum);
  const positive = new Side();
  const negative = new Side();
  const customValues: number[] = [];
  let [count, zeroCount, zeroThreshold, schema, hint, timestampMs] = [0, 0, 0, 0, 0, 0];
  let isInteger = true;
  while (cursor.pos < end) {
    const tag = cursor.tag('Histogram');
    if (tag === tagOf(1, VARINT)) {
      count = cursor.uint64();
      isInteger = true;
    } else if (tag === tagOf(2, FIXED64)) {
      count = cursor.double(end);
      isInteger = false;
    } else if (tag === tagOf(3, FIXED64)) cursor.doubleBits(end, sumBits, 0);
    else if (tag === tagOf(4, VARINT)) schema = cursor.sint32();
    else if (tag === tagOf(5, FIXED64)) zeroThreshold = cursor.double(end);
    else if (tag === tagOf(6, VARINT)) zeroCount = cursor.uint64();
    else if (tag === tagOf(7, FIXED64)) zeroCount = cursor.double(end);
    else if (tag === tagOf(8, BYTES)) negative.readSpan(cursor, cursor.enter(end));
    else if (tag >>> 3 === 9) readRepeated(cursor, tag, VARINT, end, negative.addDelta);
    else if (tag >>> 3 === 10) readRepeated(cursor, tag, FIXED64, end, negative.addCount);
    else if (tag === tagOf(11, BYTES)) positive.readSpan(cursor, cursor.enter(end));
    else if (tag >>> 3 === 12) readRepeated(cursor, tag, VARINT, end, positive.addDelta);
    else if (tag >>> 3 === 13) readRepeated(cursor, tag, FIXED64, end, positive.addCount);
    else if (tag === tagOf(14, VARINT)) hint = cursor.uint32();
    else if (tag === tagOf(15, VARINT)) timestampMs = cursor.int64();
    else if (tag >>> 3 === 16) readRepeated(cursor, tag, FIXED64, end, (value) => customValues.push(value));
    else {
      if (tag >>> 3 < 16) throw new Error(`proto: wrong wireType = ${tag & 7} for field ${tag >>> 3} of Histogram`);
      cursor.skip(tag, end);
    }
  }
  if (cursor.pos !== end) throw new Error('unexpected EOF');
  const isCustom = schema === CUSTOM_BUCKETS_SCHEMA || customValues.length > 0;
  const histogram: FloatHistogram = {
    hint: HINTS[hint] ?? 'unknown',
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum: sum[0] as number,
    positiveSpans: positive.spans,
    negativeSpans: negative.spans,
    positiveBuckets: positive.counts(isInteger),
    negativeBuckets: negative.counts(isInteger),
    ...(isCustom ? { customValues: Float64Array.from(customValues) } : {}),
  };
  const fault = schemaFault(schema) ?? histogramFault(histogram, isInteger);
  const isTooFine = fault === undefined && schema > MAX_EXPONENTIAL_SCHEMA;
  return {
    timestampMs,
    histogram: isTooFine ? reduceResolution(histogram, MAX_EXPONENTIAL_SCHEMA) : histogram,
    isStale: isStaleAt(sumBits, 0),
    fault,
  };
}

/** Numbers packed, or one of them. */
function readRepeated(cursor: MessageCursor, tag: number, wireType: number, end: number, add: (value: number) => void): void {
  const read = (to: number) => (wireType === VARINT ? cursor.sint64() : cursor.double(to));
  if ((tag & 7) === wireType) {
    add(read(end));
    return;
  }
  if ((tag & 7) !== BYTES) throw new Error(`proto: wrong wireType = ${tag & 7} for field ${tag >>> 3} of Histogram`);
  const to = cursor.enter(end);
  while (cursor.pos < to) add(read(to));
  if (cursor.pos !== to) throw new Error('unexpected EOF');
}

/** The buckets above zero, or those below. */
class Side {
  readonly spans: BucketSpan[] = [];
  readonly #deltas: number[] = [];
  readonly #counts: number[] = [];

  readonly addDelta = (value: number): void => {
    this.#deltas.push(value);
  };

  readonly addCount = (value: number): void => {
    this.#counts.push(value);
  };

  readSpan(cursor: MessageCursor, end: number): void {
    let offset = 0;
    let length = 0;
    while (cursor.pos < end) {
      const tag = cursor.tag('BucketSpan');
      if (tag === tagOf(1, VARINT)) offset = cursor.sint32();
      else if (tag === tagOf(2, VARINT)) length = cursor.uint32();
      else cursor.skip(tag, end);
    }
    if (cursor.pos !== end) throw new Error('unexpected EOF');
    this.spans.push({ offset, length });
  }

  counts(isInteger: boolean): Float64Array {
    if (!isInteger) return Float64Array.from(this.#counts);
    let count = 0;
    return Float64Array.from(this.#deltas, (delta) => {
      count += delta;
      return count;
    });
  }
}
