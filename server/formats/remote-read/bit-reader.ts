// What BitWriter writes, read again.

const TWO_32 = 2 ** 32;
/** Bits of each form of a varying number, by how many ones its prefix has. */
const VARBIT_BITS = [0, 3, 6, 9, 12, 18, 25, 56, 64];

/** Reads bits, the highest of a byte first. Throws RangeError behind the end. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** In bits. */
  #at: number;

  constructor(bytes: Uint8Array, atByte = 0) {
    this.#bytes = bytes;
    this.#at = atByte * 8;
  }

  bit(): number {
    return this.bits(1);
  }

  /** A whole number of at most 32 bits. */
  bits(count: number): number {
    if (this.#at + count > this.#bytes.length * 8) throw new RangeError('the chunk ends too early');
    let value = 0;
    for (let left = count; left > 0; ) {
      const free = 8 - (this.#at & 7);
      const taken = Math.min(free, left);
      const part = ((this.#bytes[this.#at >>> 3] as number) >>> (free - taken)) & ((1 << taken) - 1);
      value = value * (1 << taken) + part;
      this.#at += taken;
      left -= taken;
    }
    return value;
  }

  /** How many ones come before the next zero, at most `most`; a zero after fewer is read, too. */
  ones(most: number): number {
    let count = 0;
    while (count < most && this.bit() === 1) count++;
    return count;
  }

  /** A whole number in so many bits, of which half stand for numbers below zero; one more above than below. */
  signed(count: number): number {
    if (count <= 32) {
      const value = this.bits(count);
      return value > 2 ** (count - 1) ? value - 2 ** count : value;
    }
    const high = this.bits(count - 32);
    const low = this.bits(32);
    // Near zero no digit may be lost.
    return (high >= 2 ** (count - 33) ? high - 2 ** (count - 32) : high) * TWO_32 + low;
  }

  unsigned(count: number): number {
    return count <= 32 ? this.bits(count) : this.bits(count - 32) * TWO_32 + this.bits(32);
  }

  uvarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bits(8);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  varint(): number {
    const value = this.uvarint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  varbitInt(): number {
    const form = this.ones(8);
    return form === 0 ? 0 : this.signed(VARBIT_BITS[form] as number);
  }

  varbitUint(): number {
    const form = this.ones(8);
    return form === 0 ? 0 : this.unsigned(VARBIT_BITS[form] as number);
  }
}
