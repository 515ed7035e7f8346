// A growing string of bits, the highest of a byte first, with the numbers of Prometheus' chunks (tsdb/chunkenc). Numbers of 64 bits come
// as halves, because bits of a double are no double.

const FIRST_CAPACITY = 128;
const TWO_32 = 2 ** 32;

/** Prefix and size of the forms in which a varying number of bits is written, the shortest first. */
const VARBIT_FORMS = [
  { prefix: 0b10, prefixBits: 2, bits: 3 },
  { prefix: 0b110, prefixBits: 3, bits: 6 },
  { prefix: 0b1110, prefixBits: 4, bits: 9 },
  { prefix: 0b11110, prefixBits: 5, bits: 12 },
  { prefix: 0b111110, prefixBits: 6, bits: 18 },
  { prefix: 0b1111110, prefixBits: 7, bits: 25 },
  { prefix: 0b11111110, prefixBits: 8, bits: 56 },
  { prefix: 0b11111111, prefixBits: 8, bits: 64 },
] as const;

/** Collects bits. */
export class BitWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  /** Bits written. */
  #length = 0;

  /** The bytes so far, the last filled up with zeros; `bytes` of them may be overwritten before with `patch`. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, (this.#length + 7) >>> 3);
  }

  /** Writes over a byte that is there. */
  patch(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  bit(bit: 0 | 1): void {
    this.bits(bit, 1);
  }

  byte(byte: number): void {
    this.bits(byte, 8);
  }

  /** The lowest `count` bits of a whole number, at most 32. */
  bits(value: number, count: number): void {
    this.#reserve(count);
    const bytes = this.#bytes;
    let left = count;
    let at = this.#length;
    while (left > 0) {
      const free = 8 - (at & 7);
      const taken = Math.min(free, left);
      const part = (value >>> (left - taken)) & ((1 << taken) - 1);
      const index = at >>> 3;
      bytes[index] = (bytes[index] as number) | (part << (free - taken));
      at += taken;
      left -= taken;
    }
    this.#length = at;
  }

  /** The lowest `count` bits of a number in halves. */
  longBits(high: number, low: number, count: number): void {
    if (count > 32) this.bits(high, count - 32);
    this.bits(low, Math.min(count, 32));
  }

  /** A whole number in two's complement of `count` bits. */
  signed(value: number, count: number): void {
    this.longBits(Math.floor(value / TWO_32) | 0, value >>> 0, count);
  }

  /** Go's binary.PutUvarint. */
  uvarint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 128);
    this.byte(rest);
  }

  /** Go's binary.PutVarint: zigzag. */
  varint(value: number): void {
    this.uvarint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** A whole number in as few bits as its size wants. */
  varbitInt(value: number): void {
    if (value === 0) this.bit(0);
    else this.#varbit(value, (bits) => value > -(2 ** (bits - 1)) && value <= 2 ** (bits - 1));
  }

  /** The same for one that is never negative. */
  varbitUint(value: number): void {
    if (value === 0) this.bit(0);
    else this.#varbit(value, (bits) => value < 2 ** bits);
  }

  #varbit(value: number, fits: (bits: number) => boolean): void {
    const form = VARBIT_FORMS.find(({ bits }) => bits === 64 || fits(bits)) ?? VARBIT_FORMS[7];
    this.bits(form.prefix, form.prefixBits);
    this.signed(value, form.bits);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length * 8) return;
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
