import type { BitReader } from './bit-reader.ts';

/** Doubles of one place in samples after another, as XorValue writes them. */
export class XorReader {
  high = 0;
  low = 0;
  #leading = 0;
  #trailing = 0;

  first(bits: BitReader): void {
    this.high = bits.bits(32);
    this.low = bits.bits(32);
  }

  next(bits: BitReader): void {
    if (bits.bit() === 0) return;
    if (bits.bit() === 1) {
      this.#leading = bits.bits(5);
      const count = bits.bits(6) || 64;
      this.#trailing = 64 - this.#leading - count;
    }
    const count = 64 - this.#leading - this.#trailing;
    const high = count > 32 ? bits.bits(count - 32) : 0;
    const low = bits.bits(Math.min(count, 32));
    const shift = this.#trailing;
    if (shift >= 32) this.high = (this.high ^ (low << (shift - 32))) >>> 0;
    else {
      const carried = shift === 0 ? 0 : low >>> (32 - shift);
      this.high = (this.high ^ ((high << shift) | carried)) >>> 0;
      this.low = (this.low ^ (low << shift)) >>> 0;
    }
  }

  /** The double itself, where its payload does not matter. */
  get value(): number {
    const bits = Uint32Array.of(this.low, this.high);
    return new Float64Array(bits.buffer)[0] as number;
  }
}
