// What a rollup keeps of one block, in bytes: small, and read without a look at each byte.
//   0  bytes of a value: 1, 2, 4 (a whole number's difference) or 8 (the value by its bits)
//   1  bytes of a time: 2 (seconds) or 4 (milliseconds)    2  bytes of an ordinal: 1 or 2    3  1 when the last one is a stale marker
//   4  u16: how many                                        8  of whole numbers the first, as a double
// then three columns, each from a multiple of 4 on: values, times and ordinals, each the difference from the one kept before. An ordinal is
// how many samples of the block, stale markers left aside, come before. All little-endian.
import { isStaleAt } from '../../model/stale.ts';
import type { Outline } from './outline.ts';
import type { Run } from './run.ts';

const HEADER_BYTES = 8;
const MAX_UINT8 = 255;
const MAX_UINT16 = 65_535;
const MAX_INT32 = 2_147_483_647;
/** Of a value, a time and an ordinal at their widest. */
const WIDEST = 8 + 4 + 2;

/** One piece of memory, seen as numbers of every width. */
class Scratch {
  readonly bytes: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i8: Int8Array;
  readonly i16: Int16Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;

  constructor(maxSamples: number) {
    const memory = new ArrayBuffer(2 * HEADER_BYTES + maxSamples * WIDEST + 16);
    this.bytes = new Uint8Array(memory);
    this.u16 = new Uint16Array(memory);
    this.u32 = new Uint32Array(memory);
    this.i8 = new Int8Array(memory);
    this.i16 = new Int16Array(memory);
    this.i32 = new Int32Array(memory);
    this.f64 = new Float64Array(memory);
  }

  ofValues(width: number): Int8Array | Int16Array | Int32Array {
    return width === 1 ? this.i8 : width === 2 ? this.i16 : this.i32;
  }
}

/** Encodes outlines. Reused from block to block. */
export class OutlineEncoder {
  readonly #scratch: Scratch;
  readonly #valueDeltas: Float64Array;
  readonly #timeDeltas: Float64Array;
  readonly #ordinalDeltas: Float64Array;

  constructor(maxSamples: number) {
    this.#scratch = new Scratch(maxSamples);
    this.#valueDeltas = new Float64Array(maxSamples);
    this.#timeDeltas = new Float64Array(maxSamples);
    this.#ordinalDeltas = new Float64Array(maxSamples);
  }

  /** Samples of a block that begins at `start`. What comes back is only good until the next call. */
  encode(run: Run, start: number, end: number, { isKept, count }: Outline, isWhole: boolean): Uint8Array {
    const { bytes, u16, u32, f64 } = this.#scratch;
    const widths = this.#measure(run, start, end, isKept, isWhole);
    bytes.set([widths.value, widths.time, widths.ordinal, isStaleAt(run.bits, end - 1) ? 1 : 0]);
    u16[2] = count;
    let at = HEADER_BYTES;
    if (widths.value === 8) {
      // By memory, not by number: a NaN keeps its payload.
      let to = at / 8;
      for (let i = start; i < end; i++) if (isKept[i - start] === 1) f64.set(run.values.subarray(i, i + 1), to++);
    } else {
      f64[1] = run.values[start] as number;
      at += 8;
      write(this.#scratch.ofValues(widths.value), at / widths.value, this.#valueDeltas, count, 1);
    }
    at = aligned(at + count * widths.value);
    if (widths.time === 2) write(u16, at / 2, this.#timeDeltas, count, 1000);
    else write(u32, at / 4, this.#timeDeltas, count, 1);
    at = aligned(at + count * widths.time);
    write(widths.ordinal === 1 ? bytes : u16, at / widths.ordinal, this.#ordinalDeltas, count, 1);
    return bytes.subarray(0, at + count * widths.ordinal);
  }

  /** Fills the differences and says how wide each must be. */
  #measure({ times, values, bits }: Run, start: number, end: number, isKept: Uint8Array, isWhole: boolean): Widths {
    let [k, ordinal, beforeOrdinal, largest, longest, furthest, isSeconds] = [0, 0, 0, 0, 0, 0, true];
    let beforeMs = times[start] as number;
    let before = values[start] as number;
    for (let i = start; i < end; i++) {
      if (isKept[i - start] === 1) {
        const timeDelta = (times[i] as number) - beforeMs;
        const valueDelta = isWhole ? (values[i] as number) - before : 0;
        this.#timeDeltas[k] = timeDelta;
        this.#ordinalDeltas[k] = ordinal - beforeOrdinal;
        this.#valueDeltas[k++] = valueDelta;
        if (timeDelta % 1000 !== 0) isSeconds = false;
        longest = Math.max(longest, timeDelta);
        furthest = Math.max(furthest, ordinal - beforeOrdinal);
        largest = Math.max(largest, valueDelta < 0 ? -valueDelta - 1 : valueDelta);
        beforeMs = times[i] as number;
        beforeOrdinal = ordinal;
        before = values[i] as number;
      }
      if (isWhole || !isStaleAt(bits, i)) ordinal++;
    }
    return {
      value: !isWhole || largest > MAX_INT32 ? 8 : largest > 32_767 ? 4 : largest > 127 ? 2 : 1,
      time: isSeconds && longest <= 1000 * MAX_UINT16 ? 2 : 4,
      ordinal: furthest <= MAX_UINT8 ? 1 : 2,
    };
  }
}

interface Widths {
  readonly value: 1 | 2 | 4 | 8;
  readonly time: 2 | 4;
  readonly ordinal: 1 | 2;
}

type Whole = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

function write(to: Whole, start: number, numbers: Float64Array, count: number, unit: number): void {
  for (let k = 0; k < count; k++) to[start + k] = (numbers[k] as number) / unit;
}

function aligned(at: number): number {
  return (at + 3) & ~3;
}

/** Where decoded samples go. */
export interface OutlineTarget {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  readonly ordinals: Uint32Array;
}

/** How many samples the bytes from `at` on hold. */
export function outlineCount(bytes: Uint8Array, at: number): number {
  return (bytes[at + 4] as number) | ((bytes[at + 5] as number) << 8);
}

/** Whether they are whole numbers, so that none is a stale marker. */
export function isWholeOutline(bytes: Uint8Array, at: number): boolean {
  return bytes[at] !== 8;
}

/** Decodes outlines. Reused from block to block. */
export class OutlineDecoder {
  readonly #scratch: Scratch;

  constructor(maxSamples: number) {
    this.#scratch = new Scratch(maxSamples);
  }

  /**
   * Writes the samples of a block whose first is at `minMs` to the columns from `at` on; `ordinal` is that of its first. Returns that of
   * the first of the next block.
   */
  decode(encoded: Uint8Array, minMs: number, target: OutlineTarget, at: number, ordinal: number): number {
    const { bytes, u16, f64 } = this.#scratch;
    bytes.set(encoded);
    const valueBytes = bytes[0] as number;
    const timeBytes = bytes[1] as number;
    const ordinalBytes = bytes[2] as number;
    const isLastStale = bytes[3] === 1;
    const count = u16[2] as number;
    let from = HEADER_BYTES;
    if (valueBytes === 8) target.values.set(f64.subarray(1, 1 + count), at);
    else {
      from += 8;
      this.#decodeValues(valueBytes, from / valueBytes, count, target.values, at);
    }
    from = aligned(from + count * valueBytes);
    this.#decodeTimes(timeBytes, from / timeBytes, count, minMs, target.timestampsMs, at);
    from = aligned(from + count * timeBytes);
    this.#decodeOrdinals(ordinalBytes, from / ordinalBytes, count, ordinal, target.ordinals, at);
    return (target.ordinals[at + count - 1] as number) + (isLastStale ? 0 : 1);
  }

  // A loop for each width: one for all would look at the kind of array at each number.

  #decodeValues(width: number, from: number, count: number, out: Float64Array, at: number): void {
    const { f64, i8, i16, i32 } = this.#scratch;
    let sum = f64[1] as number;
    if (width === 1) for (let k = 0; k < count; k++) out[at + k] = sum += i8[from + k] as number;
    else if (width === 2) for (let k = 0; k < count; k++) out[at + k] = sum += i16[from + k] as number;
    else for (let k = 0; k < count; k++) out[at + k] = sum += i32[from + k] as number;
  }

  #decodeTimes(width: number, from: number, count: number, minMs: number, out: Float64Array, at: number): void {
    const { u16, u32 } = this.#scratch;
    let sum = minMs;
    if (width === 2) for (let k = 0; k < count; k++) out[at + k] = sum += 1000 * (u16[from + k] as number);
    else for (let k = 0; k < count; k++) out[at + k] = sum += u32[from + k] as number;
  }

  #decodeOrdinals(width: number, from: number, count: number, ordinal: number, out: Uint32Array, at: number): void {
    const { bytes, u16 } = this.#scratch;
    let sum = ordinal;
    if (width === 1) for (let k = 0; k < count; k++) out[at + k] = sum += bytes[from + k] as number;
    else for (let k = 0; k < count; k++) out[at + k] = sum += u16[from + k] as number;
  }
}
