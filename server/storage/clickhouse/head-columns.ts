// Samples of one series in memory that it shares with others: pieces of rising size, of which each has its times and then its values. There
// are hundreds of thousands of series with a few samples each, so a piece is one object and nothing is copied when a series grows.
import { bitsOf } from '../../model/stale.ts';
import { copyValue, emptyRun, type Run } from './run.ts';

/** Samples in the first piece, and in each further one at least; later ones hold about half as many as all before them. */
const FIRST_CAPACITY = 8;
const LEAST_CAPACITY = 16;
/** Up to so many numbers are copied one by one: a view of them would take longer. */
const SHORT_COPY = 64;
/** Small pieces share memory of so many doubles (128 KiB). */
const SHARED_DOUBLES = 16_384;
const LARGEST_SHARED = SHARED_DOUBLES / 16;

/** The newest piece of a series, and all before it; how many samples there are is known to the owner. */
export class HeadColumns {
  static readonly NONE = new HeadColumns(undefined, { doubles: new Float64Array(0), words: new Uint32Array(0), start: 0, capacity: 0 });
  readonly #before: HeadColumns | undefined;
  readonly #doubles: Float64Array;
  /** The same memory. */
  readonly #words: Uint32Array;
  readonly #start: number;
  /** Samples in the pieces before, all of which are full. */
  readonly #base: number;
  /** Samples for which there is room. */
  readonly capacity: number;
  /** Encoded histograms by the number of their sample. */
  bodies: Map<number, Uint8Array> | undefined;

  constructor(before: HeadColumns | undefined, { doubles, words, start, capacity }: Piece) {
    this.#before = before;
    this.#doubles = doubles;
    this.#words = words;
    this.#start = start;
    this.#base = before?.capacity ?? 0;
    this.capacity = this.#base + capacity;
    this.bodies = before?.bodies;
  }

  /** Full columns of ordinary numbers. */
  static of(times: Float64Array, values: Float64Array): HeadColumns {
    const doubles = new Float64Array(2 * times.length);
    doubles.set(times);
    doubles.set(values, times.length);
    return new HeadColumns(undefined, { doubles, words: bitsOf(doubles), start: 0, capacity: times.length });
  }

  /** Writes sample `i`, which belongs to the newest piece, with value number `from` of `bits`. */
  write(i: number, timestampMs: number, bits: Uint32Array, from: number): void {
    this.#doubles[this.#start + i - this.#base] = timestampMs;
    copyValue(bits, from, this.#words, this.#start + this.capacity + i - 2 * this.#base);
  }

  timeAt(i: number): number {
    if (i < this.#base) return (this.#before as HeadColumns).timeAt(i);
    return this.#doubles[this.#start + i - this.#base] as number;
  }

  /** The first of `count` samples whose time is not before `timestampMs`. */
  lowerBound(count: number, timestampMs: number): number {
    if (count <= this.#base || (this.#before && (this.#doubles[this.#start] as number) >= timestampMs))
      return this.#before?.lowerBound(Math.min(count, this.#base), timestampMs) ?? 0;
    let low = 0;
    let high = count - this.#base;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#doubles[this.#start + middle] as number) < timestampMs) low = middle + 1;
      else high = middle;
    }
    return this.#base + low;
  }

  /** Copies samples from … to-1 to two places, given in numbers. */
  copyTo(times: Uint32Array, timesAt: number, values: Uint32Array, valuesAt: number, from: number, to: number): void {
    const base = this.#base;
    if (from < base) this.#before?.copyTo(times, timesAt, values, valuesAt, from, Math.min(to, base));
    const first = Math.max(from, base);
    if (first >= to) return;
    const start = this.#start + first - base;
    copyNumbers(this.#words, start, to - first, times, timesAt + first - from);
    copyNumbers(this.#words, start + this.capacity - base, to - first, values, valuesAt + first - from);
  }

  /** Samples from … to-1 with their histograms. */
  run(from: number, to: number): Run {
    const run = emptyRun(to - from);
    this.copyTo(bitsOf(run.times), 0, run.bits, 0, from, to);
    return { ...run, count: to - from, bodies: this.bodiesWithin(from, to) };
  }

  /** The histograms of samples from … to-1, by their number from there. */
  bodiesWithin(from: number, to: number): Map<number, Uint8Array> | undefined {
    let found: Map<number, Uint8Array> | undefined;
    for (const [i, body] of this.bodies ?? [])
      if (i >= from && i < to) {
        found ??= new Map();
        found.set(i - from, body);
      }
    return found;
  }
}

/** Room for `capacity` samples from `start` on: as many times, then as many values. */
interface Piece {
  readonly doubles: Float64Array;
  readonly words: Uint32Array;
  readonly start: number;
  readonly capacity: number;
}

/**
 * Where columns get their memory from. Small pieces share arrays: for eight samples an array of its own costs several times its contents,
 * and more work for the collector than all else. What a series lets go of stays until its neighbours go as well, at the latest with a flush.
 */
export class HeadMemory {
  #doubles = new Float64Array(0);
  #words = bitsOf(this.#doubles);
  #used = 0;

  /** Columns that are full, with room for more. */
  grown(columns: HeadColumns): HeadColumns {
    if (columns === HeadColumns.NONE) return new HeadColumns(undefined, this.#piece(FIRST_CAPACITY));
    return new HeadColumns(columns, this.#piece(Math.max(LEAST_CAPACITY, (columns.capacity >>> 4) << 3)));
  }

  /** Samples from … to-1 of columns, copied without anything in between: a flush asks this of each series that grew meanwhile. */
  copy(columns: HeadColumns, from: number, to: number): HeadColumns {
    if (from === to) return HeadColumns.NONE;
    const piece = this.#piece(Math.max(FIRST_CAPACITY, to - from));
    columns.copyTo(piece.words, piece.start, piece.words, piece.start + piece.capacity, from, to);
    const copy = new HeadColumns(undefined, piece);
    copy.bodies = columns.bodiesWithin(from, to);
    return copy;
  }

  /** Columns with the samples of a run, and no room for more. */
  of(run: Run): HeadColumns {
    const columns = new HeadColumns(undefined, this.#piece(run.count));
    for (let i = 0; i < run.count; i++) columns.write(i, run.times[i] as number, run.bits, i);
    if (run.bodies) columns.bodies = new Map(run.bodies);
    return columns;
  }

  #piece(capacity: number): Piece {
    const size = 2 * capacity;
    if (size > LARGEST_SHARED) {
      const own = new Float64Array(size);
      return { doubles: own, words: bitsOf(own), start: 0, capacity };
    }
    if (this.#used + size > this.#doubles.length) {
      this.#doubles = new Float64Array(SHARED_DOUBLES);
      this.#words = bitsOf(this.#doubles);
      this.#used = 0;
    }
    this.#used += size;
    return { doubles: this.#doubles, words: this.#words, start: this.#used - size, capacity };
  }
}

/** Copies `count` numbers of eight bytes as they are, from number `start` to number `at`. */
function copyNumbers(from: Uint32Array, start: number, count: number, to: Uint32Array, at: number): void {
  if (count > SHORT_COPY) to.set(from.subarray(2 * start, 2 * (start + count)), 2 * at);
  else for (let i = 0; i < 2 * count; i++) to[2 * at + i] = from[2 * start + i] as number;
}
