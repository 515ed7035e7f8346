// A histogram in bytes, as it is stored and sent between threads. Little-endian:
//   u8 version, u8 hint, i8 schema, u8 flags (1: all counts are whole numbers below 2^53),
//   f64 sum, f64 zeroThreshold, f64 count, f64 zeroCount,
//   varint spans, then (zigzag offset, varint length) each, for positive, then for negative buckets,
//   varint custom values, then f64 each,
//   counts of the positive, then of the negative buckets: zigzag differences when whole, else f64.
import type { BucketSpan, CounterResetHint, FloatHistogram } from './histogram.ts';

const VERSION = 1;
const WHOLE = 1;
const FIXED_BYTES = 36;
const MAX_VARINT_BYTES = 8;
const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** The histogram in bytes; equal histograms have equal bytes. */
export function encodeHistogram(histogram: FloatHistogram): Uint8Array {
  const { positiveSpans, negativeSpans, positiveBuckets, negativeBuckets, customValues } = histogram;
  const numbers = 3 + 2 * (positiveSpans.length + negativeSpans.length) + positiveBuckets.length + negativeBuckets.length;
  const writer = new Writer(FIXED_BYTES + numbers * MAX_VARINT_BYTES + 8 * (customValues?.length ?? 0));
  const isWhole = positiveBuckets.every(isCount) && negativeBuckets.every(isCount);
  writer.bytes([VERSION, HINTS.indexOf(histogram.hint), histogram.schema & 0xff, isWhole ? WHOLE : 0]);
  for (const value of [histogram.sum, histogram.zeroThreshold, histogram.count, histogram.zeroCount]) writer.float(value);
  for (const spans of [positiveSpans, negativeSpans]) {
    writer.varint(spans.length);
    for (const { offset, length } of spans) {
      writer.zigzag(offset);
      writer.varint(length);
    }
  }
  writer.varint(customValues?.length ?? 0);
  for (const value of customValues ?? []) writer.float(value);
  for (const buckets of [positiveBuckets, negativeBuckets]) {
    let last = 0;
    for (const count of buckets) {
      if (isWhole) writer.zigzag(count - last);
      else writer.float(count);
      last = count;
    }
  }
  return writer.done();
}

/** The schema of a histogram in bytes. */
export function encodedSchema(bytes: Uint8Array): number {
  return ((bytes[2] as number) << 24) >> 24;
}

/** Whether the counts in the buckets of a histogram in bytes are whole. */
export function isEncodedWhole(bytes: Uint8Array): boolean {
  return ((bytes[3] as number) & WHOLE) !== 0;
}

/** What `encodeHistogram` encoded; bytes from elsewhere throw RangeError. */
export function decodeHistogram(bytes: Uint8Array): FloatHistogram {
  const reader = new Reader(bytes);
  const version = reader.byte();
  if (version !== VERSION) throw new RangeError(`a histogram of unknown version ${version}`);
  const hint = HINTS[reader.byte()] ?? 'unknown';
  const schema = (reader.byte() << 24) >> 24;
  const isWhole = (reader.byte() & WHOLE) !== 0;
  const [sum, zeroThreshold, count, zeroCount] = [reader.float(), reader.float(), reader.float(), reader.float()];
  const [positiveSpans, negativeSpans] = [reader.spans(), reader.spans()];
  const customCount = reader.varint();
  const customValues = customCount > 0 ? Float64Array.from({ length: customCount }, () => reader.float()) : undefined;
  const positiveBuckets = reader.buckets(bucketsIn(positiveSpans), isWhole);
  const negativeBuckets = reader.buckets(bucketsIn(negativeSpans), isWhole);
  const fields = { hint, schema, zeroThreshold, zeroCount, count, sum, positiveSpans, negativeSpans, positiveBuckets, negativeBuckets };
  return customValues ? { ...fields, customValues } : fields;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0) && Math.abs(value) < 2 ** 51;
}

function bucketsIn(spans: readonly BucketSpan[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}

class Writer {
  readonly #view: DataView;
  #at = 0;

  constructor(capacity: number) {
    this.#view = new DataView(new ArrayBuffer(capacity));
  }

  bytes(values: readonly number[]): void {
    for (const value of values) this.#view.setUint8(this.#at++, value);
  }

  float(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#view.setUint8(this.#at++, (rest % 128) | 128);
    this.#view.setUint8(this.#at++, rest);
  }

  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  done(): Uint8Array {
    return new Uint8Array(this.#view.buffer.slice(0, this.#at));
  }
}

class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  float(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  spans(): BucketSpan[] {
    return Array.from({ length: this.varint() }, () => ({ offset: this.zigzag(), length: this.varint() }));
  }

  buckets(length: number, isWhole: boolean): Float64Array {
    let last = 0;
    return Float64Array.from({ length }, () => {
      if (!isWhole) return this.float();
      last += this.zigzag();
      return last;
    });
  }
}
