// What a rollup keeps of one block, in bytes: small, and read without a look at each byte.
//   0  bytes of a value: 1, 2, 4 (a whole number's difference) or 8 (the value by its bits)
//   1  bytes of a time: 2 (seconds) or 4 (milliseconds)    2  bytes of an ordinal: 1 or 2    3  1 when the last one is a stale marker
//   4  u16: how many                                        8  of whole numbers the first, as a double
// then three columns, each from a multiple of 4 on: values, times and ordinals, each the difference from the one kept before. An ordinal is
// how many samples of the block, stale markers left aside, come before. All little-endian.
import { decodeValues, type Views } from './differences.ts';

export const OUTLINE_HEAD_BYTES = 8;

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

/**
 * Writes the samples of the outline that begins at byte `start`, a multiple of 8, to the columns from `at` on. `firstMs` is the time of the
 * block's first sample and `ordinal` its ordinal. Returns that of the first of the next block.
 */
export function decodeOutline(views: Views, start: number, firstMs: number, target: OutlineTarget, at: number, ordinal: number): number {
  const { u8, u16, f64 } = views;
  const valueBytes = u8[start] as number;
  const timeBytes = u8[start + 1] as number;
  const ordinalBytes = u8[start + 2] as number;
  const isLastStale = u8[start + 3] === 1;
  const count = u16[start / 2 + 2] as number;
  let from = start + OUTLINE_HEAD_BYTES;
  if (valueBytes === 8) copyValues(f64, from / 8, count, target.values, at);
  else {
    decodeValues(views, valueBytes, from + 8, count, f64[from / 8] as number, target.values, at);
    from += 8;
  }
  from = alignedTo4(from + count * valueBytes);
  decodeTimes(views, timeBytes, from / timeBytes, count, firstMs, target.timestampsMs, at);
  from = alignedTo4(from + count * timeBytes);
  decodeOrdinals(views, ordinalBytes, from / ordinalBytes, count, ordinal, target.ordinals, at);
  return (target.ordinals[at + count - 1] as number) + (isLastStale ? 0 : 1);
}

/** Where the next column begins: at a multiple of 4. */
export function alignedTo4(at: number): number {
  return (at + 3) & ~3;
}

/** By their bits, which is what copying between such arrays does. */
function copyValues(values: Float64Array, from: number, count: number, out: Float64Array, at: number): void {
  out.set(values.subarray(from, from + count), at);
}

// A loop for each width: one for all would look at the kind of array at each number.

function decodeTimes(views: Views, width: number, from: number, count: number, firstMs: number, out: Float64Array, at: number): void {
  const { u16, u32 } = views;
  let sum = firstMs;
  if (width === 2) for (let k = 0; k < count; k++) out[at + k] = sum += 1000 * (u16[from + k] as number);
  else for (let k = 0; k < count; k++) out[at + k] = sum += u32[from + k] as number;
}

function decodeOrdinals(views: Views, width: number, from: number, count: number, ordinal: number, out: Uint32Array, at: number): void {
  const { u8, u16 } = views;
  let sum = ordinal;
  if (width === 1) for (let k = 0; k < count; k++) out[at + k] = sum += u8[from + k] as number;
  else for (let k = 0; k < count; k++) out[at + k] = sum += u16[from + k] as number;
}
