// A growing buffer in which messages are put together. What is inside another message is measured before it is written, so that nothing
// has to be moved.

const FIRST_CAPACITY = 64 * 1024;

/** Collects the bytes of messages. */
export class MessageBytes {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = FIRST_CAPACITY) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written; valid until the next write. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(byte: number): void {
    this.reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  uvarint(value: number): void {
    this.reserve(10);
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 128;
    this.#bytes[this.#length++] = rest;
  }

  /** An int64 field's value; negative ones take ten bytes. */
  int64(value: number): void {
    if (value >= 0) {
      this.uvarint(value);
      return;
    }
    this.reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 128n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
    this.#bytes[this.#length++] = Number(rest);
  }

  /** A double by its bits. */
  bits(high: number, low: number): void {
    this.reserve(8);
    this.#bytes.writeUInt32LE(low, this.#length);
    this.#bytes.writeUInt32LE(high, this.#length + 4);
    this.#length += 8;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A field of bytes with a tag below 128. */
  field(tag: number, bytes: Uint8Array): void {
    this.byte(tag);
    this.uvarint(bytes.length);
    this.raw(bytes);
  }

  reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** Bytes that `uvarint` takes. */
export function uvarintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Bytes that `int64` takes. */
export function int64Size(value: number): number {
  return value < 0 ? 10 : uvarintSize(value);
}

/** A whole number as a zigzag varint would have it. */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
