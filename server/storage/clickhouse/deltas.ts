// The differences between the values of a block's samples: of each row from its second sample on. They lie as the engine answers them, four
// bytes each, not aligned to anything; or, for what is kept, in as few bytes as a row needs, mostly one or two: less to keep, and to copy to
// the threads that decode it.

/** Bytes of a difference, and the largest that fits. */
const WIDTHS = [
  { width: 1, most: 127 },
  { width: 2, most: 32_767 },
] as const;
const STORED = 4;

export class Deltas {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** In bytes, by row. */
  readonly #starts: Uint32Array;
  readonly #widths: Uint8Array;

  private constructor(bytes: Uint8Array, starts: Uint32Array, widths: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#starts = starts;
    this.#widths = widths;
  }

  /** As the engine answers them: i32 in `bytes`, row i ending before number ends[i]. */
  static stored(bytes: Uint8Array, ends: Uint32Array): Deltas {
    const starts = new Uint32Array(ends.length);
    for (let row = 1; row < ends.length; row++) starts[row] = STORED * (ends[row - 1] as number);
    return new Deltas(bytes, starts, new Uint8Array(ends.length).fill(STORED));
  }

  /** The same in memory of its own. */
  static narrowed(bytes: Uint8Array, ends: Uint32Array): Deltas {
    const wide = new Int32Array(new Uint8Array(bytes).buffer);
    const startOf = (row: number) => (row === 0 ? 0 : (ends[row - 1] as number));
    const rows = Array.from(ends, (end, row) => wide.subarray(startOf(row), end));
    const widths = Uint8Array.from(rows, widthOf);
    const starts = new Uint32Array(ends.length);
    let size = 0;
    for (const [row, { length }] of rows.entries()) {
      starts[row] = size;
      // Each row begins where numbers of any width may.
      size += Math.ceil(((widths[row] as number) * length) / STORED) * STORED;
    }
    const memory = new ArrayBuffer(size);
    for (const [row, deltas] of rows.entries()) arrayOf(memory, widths[row] as number, starts[row] as number, deltas.length).set(deltas);
    return new Deltas(new Uint8Array(memory), starts, widths);
  }

  get sizeBytes(): number {
    return this.#bytes.byteLength + this.#starts.byteLength + this.#widths.byteLength;
  }

  /** Bytes of each difference of a row. */
  width(row: number): number {
    return this.#widths[row] as number;
  }

  /** The first differences of a row, without a copy. */
  bytes(row: number, count: number): Uint8Array {
    const start = this.#starts[row] as number;
    return this.#bytes.subarray(start, start + this.width(row) * count);
  }

  /** Writes the values of a row's samples from … to-1 to `out` from `at` on; `first` is that of its first sample. */
  decode(row: number, first: number, out: Float64Array, at: number, from: number, to: number): void {
    const start = this.#starts[row] as number;
    const value = sum(this.#view, this.width(row), start, from, first);
    out[at] = value;
    decode(this.#view, this.width(row), start, from, to - 1, value, out, at + 1);
  }
}

function widthOf(deltas: Int32Array): number {
  let most = 0;
  for (let i = 0; i < deltas.length; i++) most = Math.max(most, Math.abs(deltas[i] as number));
  return WIDTHS.find((one) => most <= one.most)?.width ?? STORED;
}

function arrayOf(memory: ArrayBuffer, width: number, start: number, length: number): Int8Array | Int16Array | Int32Array {
  if (width === 1) return new Int8Array(memory, start, length);
  return width === 2 ? new Int16Array(memory, start, length) : new Int32Array(memory, start, length);
}

/** The first value and so many differences. */
function sum(view: DataView, width: number, start: number, count: number, first: number): number {
  let value = first;
  if (width === 1) for (let i = 0; i < count; i++) value += view.getInt8(start + i);
  else if (width === 2) for (let i = 0; i < count; i++) value += view.getInt16(start + 2 * i, true);
  else for (let i = 0; i < count; i++) value += view.getInt32(start + 4 * i, true);
  return value;
}

/** Values that differences from … to-1 lead to. */
function decode(
  view: DataView,
  width: number,
  start: number,
  from: number,
  to: number,
  first: number,
  out: Float64Array,
  at: number,
): void {
  let value = first;
  const shift = at - from;
  if (width === 1) for (let i = from; i < to; i++) out[shift + i] = value += view.getInt8(start + i);
  else if (width === 2) for (let i = from; i < to; i++) out[shift + i] = value += view.getInt16(start + 2 * i, true);
  else for (let i = from; i < to; i++) out[shift + i] = value += view.getInt32(start + 4 * i, true);
}
