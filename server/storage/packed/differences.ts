// Whole numbers, each as its difference from the one before: signed, in one, two or four bytes, little-endian.

/** One piece of memory, seen as numbers of every width. */
export class Views {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;

  /** Of a size that is a multiple of 8. */
  constructor(memory: ArrayBuffer | SharedArrayBuffer) {
    this.u8 = new Uint8Array(memory);
    this.i8 = new Int8Array(memory);
    this.u16 = new Uint16Array(memory);
    this.i16 = new Int16Array(memory);
    this.u32 = new Uint32Array(memory);
    this.i32 = new Int32Array(memory);
    this.f64 = new Float64Array(memory);
  }
}

// A loop for each width: one for all would look at the kind of array at each number.

/** Writes `count` numbers to `out` from `at` on, of which `first` is the one before; the differences begin at byte `start`. */
export function decodeValues(
  { i8, i16, i32 }: Views,
  width: number,
  start: number,
  count: number,
  first: number,
  out: Float64Array,
  at: number,
): void {
  const from = start / width;
  let sum = first;
  if (width === 1) for (let k = 0; k < count; k++) out[at + k] = sum += i8[from + k] as number;
  else if (width === 2) for (let k = 0; k < count; k++) out[at + k] = sum += i16[from + k] as number;
  else for (let k = 0; k < count; k++) out[at + k] = sum += i32[from + k] as number;
}

/** The last of `count` numbers, or `first` for none. */
export function lastValue({ i8, i16, i32 }: Views, width: number, start: number, count: number, first: number): number {
  const from = start / width;
  let sum = first;
  if (width === 1) for (let k = 0; k < count; k++) sum += i8[from + k] as number;
  else if (width === 2) for (let k = 0; k < count; k++) sum += i16[from + k] as number;
  else for (let k = 0; k < count; k++) sum += i32[from + k] as number;
  return sum;
}
