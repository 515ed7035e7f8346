// A reader of messages for data in bulk: it walks fields by position, so that nothing is built for what is only passed over or copied.
// It accepts and refuses what the readers generated for Prometheus do, and says so in their words.

const SHORT_VARINT_BYTES = 7;
const LONG_VARINT_BYTES = 10;
const TWO_32 = 2 ** 32;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;

/** A position in a message. Throws Error at what is no protobuf. */
export class MessageCursor {
  readonly bytes: Uint8Array;
  pos = 0;
  readonly #view: DataView;
  /** Halves of the last 64-bit varint. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The tag of the next field of a `message`, for texts of errors. */
  tag(message: string): number {
    const tag = this.uint64();
    if ((tag & 7) === END_GROUP) throw new Error(`proto: ${message}: wiretype end group for non-group`);
    if (tag < 8 || tag >= TWO_32) throw new Error(`proto: ${message}: illegal tag ${Math.floor(tag / 8) | 0} (wire type ${tag & 7})`);
    return tag;
  }

  /** Reads a length; where what has it ends. `end` is the end of the message around it. */
  enter(end: number): number {
    const length = this.uint64();
    if (length >= 2 ** 63) throw new Error('proto: negative length found during unmarshaling');
    const inner = this.pos + length;
    if (inner > end) throw unexpectedEnd();
    return inner;
  }

  /** Passes over the field whose tag was just read. */
  skip(tag: number, end: number): void {
    const wireType = tag & 7;
    if (wireType === BYTES) this.pos = this.enter(end);
    else if (wireType === VARINT) this.uint64();
    else if (wireType === FIXED64) this.pos += 8;
    else if (wireType === FIXED32) this.pos += 4;
    else if (wireType === START_GROUP) this.#skipGroup(end);
    else throw new Error(`proto: illegal wireType ${wireType}`);
    if (this.pos > end) throw unexpectedEnd();
  }

  /** Checks that the field whose tag was just read has the wire type that its number wants. */
  expect(tag: number, wanted: number, field: string): void {
    if (tag !== wanted) throw new Error(`proto: wrong wireType = ${tag & 7} for field ${field}`);
  }

  /** An unsigned varint as the nearest double. */
  uint64(): number {
    const { bytes, pos } = this;
    const first = bytes[pos];
    if (first !== undefined && first < 128) {
      this.pos = pos + 1;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < SHORT_VARINT_BYTES; i++) {
      const byte = bytes[pos + i];
      if (byte === undefined) throw unexpectedEnd();
      value += (byte & 127) * scale;
      if (byte < 128) {
        this.pos = pos + i + 1;
        return value;
      }
      scale *= 128;
    }
    this.#readLong();
    return this.#high * TWO_32 + this.#low;
  }

  /** A signed varint (not zigzag) as the nearest double. */
  int64(): number {
    const value = this.uint64();
    return value < 2 ** 53 ? value : (this.#high | 0) * TWO_32 + this.#low;
  }

  /** The low 32 bits of a varint, unsigned. */
  uint32(): number {
    const value = this.uint64();
    return value < 2 ** 53 ? value % TWO_32 : this.#low;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A zigzag varint as the nearest double. */
  sint64(): number {
    const value = this.uint64();
    if (value < 2 ** 53) return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    const magnitude = ((this.#high >>> 1) * TWO_32 + ((this.#high & 1) * 2 ** 31 + (this.#low >>> 1))) as number;
    return this.#low & 1 ? -magnitude - 1 : magnitude;
  }

  double(end: number): number {
    const at = this.#take(8, end);
    return this.#view.getFloat64(at, true);
  }

  /** Copies a double into `bits` as number `i`, so that the payload of a NaN is kept (model/stale.ts). */
  doubleBits(end: number, bits: Uint32Array, i: number): void {
    const at = this.#take(8, end);
    bits[2 * i] = this.#view.getUint32(at, true);
    bits[2 * i + 1] = this.#view.getUint32(at + 4, true);
  }

  /**
   * If all that is left up to `end` are field 1, a double, and field 2, a varint of up to 53 bits, in this order, reads them as number `i`
   * of `bits` and `integers`: a sample as everybody sends it. Otherwise nothing moves.
   */
  timedDouble(end: number, bits: Uint32Array, integers: Float64Array, i: number): boolean {
    const { bytes, pos } = this;
    if (end - pos < 11 || end - pos > 10 + SHORT_VARINT_BYTES || bytes[pos] !== 0x09 || bytes[pos + 9] !== 0x10) return false;
    let value = 0;
    let at = end - 1;
    if ((bytes[at] as number) >= 128) return false;
    for (; at > pos + 9; at--) {
      const byte = bytes[at] as number;
      if (byte < 128 && at < end - 1) return false;
      value = value * 128 + (byte & 127);
    }
    integers[i] = value;
    bits[2 * i] = this.#view.getUint32(pos + 1, true);
    bits[2 * i + 1] = this.#view.getUint32(pos + 5, true);
    this.pos = end;
    return true;
  }

  /** Text of which anything invalid is replaced. */
  text(from: number, to: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength).toString('utf8', from, to);
  }

  #take(count: number, end: number): number {
    const at = this.pos;
    if (at + count > end) throw unexpectedEnd();
    this.pos = at + count;
    return at;
  }

  /** Reads a varint of more than 53 bits into its halves. */
  #readLong(): void {
    let low = 0;
    let high = 0;
    for (let i = 0; i < LONG_VARINT_BYTES; i++) {
      const byte = this.bytes[this.pos++];
      if (byte === undefined) throw unexpectedEnd();
      const part = byte & 127;
      const shift = 7 * i;
      if (shift < 28) low |= part << shift;
      else if (shift === 28) {
        low |= part << 28;
        high |= part >> 4;
      } else high |= part << (shift - 32);
      if (byte < 128) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw new Error('proto: integer overflow');
  }

  #skipGroup(end: number): void {
    for (let depth = 1; depth > 0; ) {
      const tag = this.uint64();
      const wireType = tag & 7;
      if (wireType === START_GROUP) depth++;
      else if (wireType === END_GROUP) depth--;
      else this.skip(tag, end);
    }
  }
}

/** Text of bytes, undefined when they are not UTF-8. */
export function validText(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function unexpectedEnd(): Error {
  return new Error('unexpected EOF');
}
