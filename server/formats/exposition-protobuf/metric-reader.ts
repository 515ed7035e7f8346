import { WireReader } from '../protobuf/wire-reader.ts';

// Seven groups of seven bits: what a double holds exactly whatever the bits are.
const EXACT_VARINT_BYTES = 7;

/** Reads the numbers of metrics. */
export class MetricReader extends WireReader {
  readonly #bytes: Uint8Array;

  constructor(body: Uint8Array) {
    super(body);
    this.#bytes = body;
  }

  /** A `uint64` as the nearest double. */
  count(): number {
    const short = this.#shortVarint();
    return short >= 0 ? short : Number(this.uint64());
  }

  /** A `sint64`: a bigint only where a double would not be exact. */
  difference(): number | bigint {
    const short = this.#shortVarint();
    if (short >= 0) return short % 2 === 1 ? -(short + 1) / 2 : short / 2;
    const long = BigInt(this.sint64());
    return Number.isSafeInteger(Number(long)) ? Number(long) : long;
  }

  /** An `int64` of milliseconds or seconds, as the nearest double. */
  time(): number {
    const short = this.#shortVarint();
    return short >= 0 ? short : Number(this.int64());
  }

  /** The varint here when it is short; otherwise -1, and nothing moves. */
  #shortVarint(): number {
    const { pos } = this;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < EXACT_VARINT_BYTES; i++) {
      const byte = this.#bytes[pos + i];
      if (byte === undefined) return -1;
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) {
        this.pos = pos + i + 1;
        return value;
      }
    }
    return -1;
  }
}
