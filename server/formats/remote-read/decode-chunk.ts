// Samples out of the chunks of Prometheus, which xor-chunk.ts, histogram-chunk.ts and float-histogram-chunk.ts describe.
import type { BucketSpan, FloatHistogram } from '../../model/histogram.ts';
import { CUSTOM_BUCKETS_SCHEMA } from '../../model/histogram.ts';
import { bitsOf } from '../../model/stale.ts';
import { BitReader } from './bit-reader.ts';
import { FLOAT_HISTOGRAM_ENCODING, HISTOGRAM_ENCODING, XOR_ENCODING } from './chunk.ts';
import { remoteReadError } from './errors.ts';
import { XorReader } from './xor-reader.ts';

/** Samples of one series; a histogram stands beside its number, and is a stale marker where it marks the end of its series. */
export interface DecodedSamples {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  readonly histograms?: ReadonlyMap<number, FloatHistogram> | undefined;
}

const HEADER_BYTES = 2;
const FLAGS_BYTES = 1;
const GAUGE = 0b11;
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 2;
const OTHER_THRESHOLD = 255;
/** Bits of a difference of differences of times in an XOR chunk, by the ones of its prefix. */
const TIME_BITS = [0, 14, 17, 20, 64];

/** The samples of a chunk. Throws AppError `remote_read.bad_chunk`. */
export function decodeChunk(encoding: number, data: Uint8Array): DecodedSamples {
  try {
    if (encoding === XOR_ENCODING) return decodeXor(data);
    if (encoding === HISTOGRAM_ENCODING) return new HistogramDecoder(data).whole();
    if (encoding === FLOAT_HISTOGRAM_ENCODING) return new HistogramDecoder(data).fractions();
  } catch (error) {
    throw remoteReadError('remote_read.bad_chunk', `a chunk of ${data.length} bytes is damaged`, error);
  }
  throw remoteReadError('remote_read.bad_chunk', `a chunk has the encoding ${encoding}, which is not known`);
}

function samplesIn(data: Uint8Array): number {
  if (data.length < HEADER_BYTES) throw new RangeError('the chunk has no header');
  return ((data[0] as number) << 8) | (data[1] as number);
}

function decodeXor(data: Uint8Array): DecodedSamples {
  const count = samplesIn(data);
  const bits = new BitReader(data, HEADER_BYTES);
  const timestampsMs = new Float64Array(count);
  const values = new Float64Array(count);
  const valueBits = bitsOf(values);
  const value = new XorReader();
  let [time, delta] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      time = bits.varint();
      value.first(bits);
    } else {
      if (i === 1) delta = bits.uvarint();
      else {
        const form = bits.ones(4);
        if (form > 0) delta += bits.signed(TIME_BITS[form] as number);
      }
      time += delta;
      value.next(bits);
    }
    timestampsMs[i] = time;
    valueBits[2 * i] = value.low;
    valueBits[2 * i + 1] = value.high;
  }
  return { timestampsMs, values };
}

/** What all histograms of a chunk have alike. */
interface Layout {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly customValues: Float64Array | undefined;
}

class HistogramDecoder {
  readonly #bits: BitReader;
  readonly #layout: Layout;
  readonly #isGauge: boolean;
  readonly #positives: number;
  readonly #buckets: number;
  readonly #timestampsMs: Float64Array;
  readonly #values: Float64Array;
  readonly #histograms = new Map<number, FloatHistogram>();

  constructor(data: Uint8Array) {
    const count = samplesIn(data);
    this.#isGauge = (data[HEADER_BYTES] as number) >>> 6 === GAUGE;
    this.#bits = new BitReader(data, HEADER_BYTES + FLAGS_BYTES);
    this.#layout = readLayout(this.#bits);
    this.#positives = bucketsIn(this.#layout.positiveSpans);
    this.#buckets = this.#positives + bucketsIn(this.#layout.negativeSpans);
    this.#timestampsMs = new Float64Array(count);
    this.#values = new Float64Array(count);
  }

  /** Times, counts and buckets are whole numbers; from the third sample on as differences of differences. */
  whole(): DecodedSamples {
    const bits = this.#bits;
    const sum = new XorReader();
    // Time, count, zero count, and buckets as differences to the bucket before.
    const numbers = new Float64Array(3 + this.#buckets);
    const deltas = new Float64Array(numbers.length);
    for (let k = 0; k < this.#timestampsMs.length; k++) {
      for (let i = 0; i < numbers.length; i++) {
        if (k === 0) numbers[i] = i === 1 || i === 2 ? bits.varbitUint() : bits.varbitInt();
        else {
          const read = k === 1 && i === 0 ? bits.varbitUint() : bits.varbitInt();
          deltas[i] = k === 1 ? read : (deltas[i] as number) + read;
          numbers[i] = (numbers[i] as number) + (deltas[i] as number);
        }
        if (i !== 2) continue;
        if (k === 0) sum.first(bits);
        else sum.next(bits);
        // A stale marker has no buckets, and is the last of its chunk.
        if (k > 0 && isStale(sum)) break;
      }
      let bucket = 0;
      const counts = numbers.subarray(3).map((delta, i) => {
        bucket = i === this.#positives ? delta : bucket + delta;
        return bucket;
      });
      this.#add(k, [numbers[0] as number, numbers[1] as number, numbers[2] as number], sum, counts);
    }
    return this.#done();
  }

  /** Counts and buckets are doubles, each as what differs from the sample before. */
  fractions(): DecodedSamples {
    const bits = this.#bits;
    const readers = Array.from({ length: 3 + this.#buckets }, () => new XorReader());
    let [time, delta] = [0, 0];
    for (let k = 0; k < this.#timestampsMs.length; k++) {
      if (k === 0) time = bits.varbitInt();
      else {
        delta += bits.varbitInt();
        time += delta;
      }
      for (const [i, reader] of readers.entries()) {
        if (k === 0) reader.first(bits);
        else reader.next(bits);
        if (i === 2 && k > 0 && isStale(reader)) break;
      }
      const [count, zeroCount, sum, ...buckets] = readers as [XorReader, XorReader, XorReader, ...XorReader[]];
      this.#add(
        k,
        [time, count.value, zeroCount.value],
        sum,
        Float64Array.from(buckets, ({ value }) => value),
      );
    }
    return this.#done();
  }

  #add(k: number, [timeMs, count, zeroCount]: readonly [number, number, number], sum: XorReader, buckets: Float64Array): void {
    this.#timestampsMs[k] = timeMs;
    if (isStale(sum)) {
      const valueBits = bitsOf(this.#values);
      valueBits[2 * k] = STALE_LOW;
      valueBits[2 * k + 1] = STALE_HIGH;
      return;
    }
    const { customValues, ...layout } = this.#layout;
    this.#histograms.set(k, {
      ...layout,
      hint: this.#isGauge ? 'gauge' : 'unknown',
      count,
      zeroCount,
      sum: sum.value,
      positiveBuckets: buckets.slice(0, this.#positives),
      negativeBuckets: buckets.slice(this.#positives),
      ...(customValues && { customValues }),
    });
  }

  #done(): DecodedSamples {
    return { timestampsMs: this.#timestampsMs, values: this.#values, histograms: this.#histograms };
  }
}

function isStale({ high, low }: XorReader): boolean {
  return high === STALE_HIGH && low === STALE_LOW;
}

function readLayout(bits: BitReader): Layout {
  const zeroThreshold = readThreshold(bits);
  const schema = bits.varbitInt();
  const [positiveSpans, negativeSpans] = [readSpans(bits), readSpans(bits)];
  const isCustom = schema === CUSTOM_BUCKETS_SCHEMA;
  const customValues = isCustom ? Float64Array.from({ length: bits.varbitUint() }, () => readBorder(bits)) : undefined;
  return { schema, zeroThreshold, positiveSpans, negativeSpans, customValues };
}

function readSpans(bits: BitReader): BucketSpan[] {
  return Array.from({ length: bits.varbitUint() }, () => {
    const length = bits.varbitUint();
    return { offset: bits.varbitInt(), length };
  });
}

function readThreshold(bits: BitReader): number {
  const byte = bits.bits(8);
  if (byte === 0) return 0;
  return byte === OTHER_THRESHOLD ? readDouble(bits) : 2 ** (byte - 244);
}

/** Thousandths as whole numbers, or the border itself. */
function readBorder(bits: BitReader): number {
  const number = bits.varbitUint();
  return number === 0 ? readDouble(bits) : (number - 1) / 1000;
}

function readDouble(bits: BitReader): number {
  const double = new XorReader();
  double.first(bits);
  return double.value;
}

function bucketsIn(spans: readonly BucketSpan[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}
