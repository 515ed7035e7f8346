// A growing buffer for messages in bulk. Samples are written by hand: a request has thousands, most of one time.

const FIRST_CAPACITY = 64 * 1024;
const SAMPLE_BYTES = 24;
const VALUE_TAG = 0x09;
const TIMESTAMP_TAG = 0x10;

/** Collects the bytes of one message after the other. */
export class RequestBytes {
  bytes: Buffer;
  length = 0;
  /** The varint of the time of the last sample. */
  #timeMs = Number.NaN;
  readonly #time = new Uint8Array(10);
  #timeBytes = 0;

  constructor(capacity = FIRST_CAPACITY) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /** What was written; valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = value;
  }

  uvarint(value: number): void {
    this.#reserve(10);
    this.length = putUvarint(this.bytes, this.length, value);
  }

  /** A field of bytes whose tag is below 128. */
  field(tag: number, content: Uint8Array): void {
    this.#reserve(content.length + 11);
    this.bytes[this.length++] = tag;
    this.length = putUvarint(this.bytes, this.length, content.length);
    this.bytes.set(content, this.length);
    this.length += content.length;
  }

  raw(content: Uint8Array): void {
    this.#reserve(content.length);
    this.bytes.set(content, this.length);
    this.length += content.length;
  }

  /** The fields of a sample or of the end of an exemplar, value and timestamp, with the numbers of these tags. */
  valueAndTime(valueTag: number, timeTag: number, timestampMs: number, low: number, high: number): void {
    if (timestampMs !== this.#timeMs) this.#setTime(timestampMs);
    this.#reserve(SAMPLE_BYTES);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = valueTag;
    at = putWord(bytes, at, low);
    at = putWord(bytes, at, high);
    bytes[at++] = timeTag;
    for (let i = 0; i < this.#timeBytes; i++) bytes[at++] = this.#time[i] as number;
    this.length = at;
  }

  /** A sample as a field with this tag. */
  sample(tag: number, timestampMs: number, low: number, high: number): void {
    if (timestampMs !== this.#timeMs) this.#setTime(timestampMs);
    this.#reserve(SAMPLE_BYTES);
    this.bytes[this.length++] = tag;
    this.bytes[this.length++] = 10 + this.#timeBytes;
    this.valueAndTime(VALUE_TAG, TIMESTAMP_TAG, timestampMs, low, high);
  }

  #setTime(timestampMs: number): void {
    this.#timeMs = timestampMs;
    if (timestampMs >= 0) {
      this.#timeBytes = putUvarint(this.#time, 0, timestampMs);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(timestampMs));
    this.#timeBytes = 0;
    for (; rest >= 128n; rest >>= 7n) this.#time[this.#timeBytes++] = Number(rest & 127n) | 128;
    this.#time[this.#timeBytes++] = Number(rest);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

function putUvarint(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  for (; rest >= 128; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
  bytes[at++] = rest;
  return at;
}

function putWord(bytes: Uint8Array, at: number, word: number): number {
  bytes[at] = word & 255;
  bytes[at + 1] = (word >>> 8) & 255;
  bytes[at + 2] = (word >>> 16) & 255;
  bytes[at + 3] = word >>> 24;
  return at + 4;
}
