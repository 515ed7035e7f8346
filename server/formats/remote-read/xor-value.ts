import type { BitWriter } from './bit-writer.ts';

/** Bits of leading zeros are written in five bits. */
const MAX_LEADING = 31;
/** Larger than any count of zeros: no value has been written with a border of its own. */
const NONE = 0xff;

/** Doubles of one place in samples after another, each as what differs from the one before (Gorilla). */
export class XorValue {
  #high = 0;
  #low = 0;
  #leading = NONE;
  #trailing = 0;

  /** Writes the first value whole. */
  first(out: BitWriter, high: number, low: number): void {
    out.longBits(high, low, 64);
    this.#high = high;
    this.#low = low;
  }

  next(out: BitWriter, high: number, low: number): void {
    const deltaHigh = (high ^ this.#high) >>> 0;
    const deltaLow = (low ^ this.#low) >>> 0;
    this.#high = high;
    this.#low = low;
    if (deltaHigh === 0 && deltaLow === 0) {
      out.bit(0);
      return;
    }
    out.bit(1);
    const leading = Math.min(deltaHigh === 0 ? 32 + Math.clz32(deltaLow) : Math.clz32(deltaHigh), MAX_LEADING);
    const trailing = deltaLow === 0 ? 32 + trailingZeros(deltaHigh) : trailingZeros(deltaLow);
    if (this.#leading !== NONE && leading >= this.#leading && trailing >= this.#trailing) {
      out.bit(0);
    } else {
      out.bit(1);
      this.#leading = leading;
      this.#trailing = trailing;
      out.bits(leading, 5);
      // 64 does not fit and is never needed as 0.
      out.bits((64 - leading - trailing) & 63, 6);
    }
    this.#writeShifted(out, deltaHigh, deltaLow);
  }

  #writeShifted(out: BitWriter, high: number, low: number): void {
    const shift = this.#trailing;
    const bits = 64 - this.#leading - shift;
    if (shift === 0) out.longBits(high, low, bits);
    else if (shift >= 32) out.longBits(0, high >>> (shift - 32), bits);
    else out.longBits(high >>> shift, ((low >>> shift) | (high << (32 - shift))) >>> 0, bits);
  }
}

function trailingZeros(value: number): number {
  return 31 - Math.clz32(value & -value);
}
