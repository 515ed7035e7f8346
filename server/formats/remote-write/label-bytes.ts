import type { ByteRange } from './write-request.ts';

const FIRST_CAPACITY = 4_096;
const LABEL = 0x0a;
const NAME = 0x0a;
const VALUE = 0x12;

/** A growing buffer in which labels are put together as fields of a TimeSeries 1.0. */
export class LabelBytes {
  bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** What was put in; valid until `clear`. */
  range(): ByteRange {
    return { bytes: this.bytes, start: 0, end: this.length };
  }

  /** Adds bytes that are such fields already. */
  copy(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    const { bytes } = this;
    let at = this.length;
    // Most are short: a loop is faster than a call.
    for (let i = start; i < end; i++) bytes[at++] = from[i] as number;
    this.length = at;
  }

  /** Adds a label whose name and value lie somewhere in `from`. */
  addLabel(from: Uint8Array, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const nameLength = nameEnd - nameStart;
    const valueLength = valueEnd - valueStart;
    this.#reserve(12);
    this.bytes[this.length++] = LABEL;
    this.#varint(1 + varintSize(nameLength) + nameLength + 1 + varintSize(valueLength) + valueLength);
    this.bytes[this.length++] = NAME;
    this.#varint(nameLength);
    this.copy(from, nameStart, nameEnd);
    this.#reserve(6);
    this.bytes[this.length++] = VALUE;
    this.#varint(valueLength);
    this.copy(from, valueStart, valueEnd);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest >>>= 7) this.bytes[this.length++] = (rest & 127) | 128;
    this.bytes[this.length++] = rest;
  }

  #reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest >>>= 7) size++;
  return size;
}
