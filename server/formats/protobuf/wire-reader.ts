import { isUtf8 } from 'node:buffer';
import { BinaryReader } from '@bufbuild/protobuf/wire';

/** The wire types that tags carry in their lower three bits. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const TWO_32 = 2 ** 32;
const NS_PER_MS = 1_000_000;

/** The first byte or number of a tag. */
export function tagOf(field: number, wireType: number): number {
  return field * 8 + wireType;
}

/**
 * A protobuf reader that never leaves the message that it is in. Throws Error or RangeError at what is no protobuf; a field
 * whose wire type is not the expected one has another tag, and is skipped like an unknown field.
 */
export class WireReader extends BinaryReader {
  readonly #buffer: Buffer;
  /** Nanoseconds beyond the milliseconds that `fixed64Ms` read. */
  lastNs = 0;
  /** Where the last text began. */
  #lastText = 0;

  constructor(body: Uint8Array) {
    super(body);
    this.#buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }

  /** Reads the length of an embedded message; where it ends. `end` is the end of the message around it. */
  enter(end: number): number {
    const length = this.uint32();
    const inner = this.pos + length;
    if (inner > end) throw new RangeError(`a field of ${length} bytes reaches beyond the end of its message`);
    return inner;
  }

  /** Passes over the field whose tag was just read. */
  skipField(tag: number, end: number): void {
    if (tag >>> 3 === 0) throw new Error('a field has the number 0');
    this.skip((tag & 7) as Parameters<BinaryReader['skip']>[0], tag >>> 3);
    if (this.pos > end) throw new RangeError('a field reaches beyond the end of its message');
  }

  /** Checks that the message ended where its length said. */
  leave(end: number): void {
    if (this.pos !== end) throw new RangeError('a field reaches beyond the end of its message');
  }

  /** Text, in which whatever is not UTF-8 is replaced. */
  text(end: number): string {
    const to = this.enter(end);
    const from = this.pos;
    this.pos = to;
    this.#lastText = from;
    return this.#buffer.toString('utf8', from, to);
  }

  /** Whether the text that was just read is UTF-8 as it came. */
  get isTextValid(): boolean {
    return isUtf8(this.#buffer.subarray(this.#lastText, this.pos));
  }

  /** The bytes as base64 text. */
  base64(end: number): string {
    const to = this.enter(end);
    const from = this.pos;
    this.pos = to;
    return this.#buffer.toString('base64', from, to);
  }

  /** The bytes up to `to` in lower-case hex. */
  hex(to: number): string {
    const from = this.pos;
    this.pos = to;
    return this.#buffer.toString('hex', from, to);
  }

  bigUint64(): bigint {
    const at = this.pos;
    this.pos += 8;
    return this.#buffer.readBigUInt64LE(at);
  }

  /** A fixed64 as the nearest double. */
  fixed64Number(): number {
    const at = this.#take8();
    return this.#buffer.readUInt32LE(at + 4) * TWO_32 + this.#buffer.readUInt32LE(at);
  }

  /** An sfixed64 as the nearest double. */
  sfixed64Number(): number {
    const at = this.#take8();
    return this.#buffer.readInt32LE(at + 4) * TWO_32 + this.#buffer.readUInt32LE(at);
  }

  /** A fixed64 of nanoseconds as whole milliseconds, rounded down; `lastNs` is the rest. */
  fixed64Ms(): number {
    const at = this.#take8();
    const high = this.#buffer.readUInt32LE(at + 4);
    // In two steps, because nanoseconds since the epoch are more than a double holds exactly.
    const rest = (high % NS_PER_MS) * TWO_32 + this.#buffer.readUInt32LE(at);
    this.lastNs = rest % NS_PER_MS;
    return Math.floor(high / NS_PER_MS) * TWO_32 + Math.floor(rest / NS_PER_MS);
  }

  /** Bytes from … to-1 as text of one character each: equal bytes, equal text. */
  latin1(from: number, to: number): string {
    return this.#buffer.toString('latin1', from, to);
  }

  #take8(): number {
    const at = this.pos;
    if (at + 8 > this.len) throw new RangeError('a field reaches beyond the end of its message');
    this.pos = at + 8;
    return at;
  }

  bigInt64(): bigint {
    return BigInt(this.int64());
  }
}
