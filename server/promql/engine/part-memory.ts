// Memory that parts of reads are packed into, and rows are written to: fresh memory costs more than what is written to it. It is shared with
// workers, so that nothing is copied or collected on the way.
import type { PackMemory } from '../../storage/packed/packed-series.ts';
import { tooManySamples } from '../errors.ts';
import { bytesOfRows } from './reduce.ts';

/** Less is not worth being kept. */
const SMALL = 1 << 16;
/** Parts hold no more samples than this, however small. */
const PART_SAMPLES = 1_000_000;

/**
 * Up to `limit` pieces of memory of one size. Whoever finds none free takes ordinary memory, which moves from thread to thread: of what is shared
 * V8 does not know how much there is, and would not hurry to collect it.
 */
export class PartMemory {
  readonly partBytes: number;
  readonly #free: SharedArrayBuffer[] = [];
  readonly #limit: number;
  #made = 0;

  constructor(partBytes: number, limit: number) {
    this.partBytes = partBytes;
    this.#limit = limit;
  }

  /** How many pieces are in use. */
  get used(): number {
    return this.#made - this.#free.length;
  }

  /** Undefined when so much is better off with ordinary memory. */
  take(bytes: number): SharedArrayBuffer | undefined {
    if (bytes < SMALL || bytes > this.partBytes) return undefined;
    const free = this.#free.pop();
    if (free || this.#made >= this.#limit) return free;
    this.#made++;
    return new SharedArrayBuffer(this.partBytes);
  }

  /** Takes memory back: to be used again when it `isFree`, as nobody looks at it any more, else others are made in its place. */
  giveBack(memory: SharedArrayBuffer, isFree: boolean): void {
    if (isFree) this.#free.push(memory);
    else this.#made--;
  }
}

/** What one read takes of it, for its parts and for the rows of these. */
export class ReadMemory implements PackMemory {
  readonly partBytes: number;
  readonly partSamples: number;
  readonly partSeries: number;
  /** Where the rows lie, and parts that stay with them. */
  readonly rows: SharedArrayBuffer[] = [];
  readonly #all: PartMemory;
  readonly #maxSamples: number;
  readonly #parts = new Set<SharedArrayBuffer>();

  /** `promql.too_many_samples` is thrown for more than `maxSamples` at once; of each series there will be `reductions` rows of `steps` steps. */
  constructor(all: PartMemory, maxSamples: number, steps: number, reductions: number) {
    this.#all = all;
    this.#maxSamples = maxSamples;
    this.partBytes = all.partBytes;
    this.partSamples = Math.min(PART_SAMPLES, maxSamples);
    this.partSeries = Math.max(1, Math.floor(all.partBytes / bytesOfRows(1, steps, reductions)));
  }

  take(bytes: number, samples: number): ArrayBuffer | SharedArrayBuffer {
    if (samples > this.#maxSamples) throw tooManySamples();
    // The little of a last part belongs to the others.
    const memory = this.#all.take(this.#parts.size > 0 ? Math.max(bytes, SMALL) : bytes);
    if (memory) this.#parts.add(memory);
    return memory ?? new ArrayBuffer(bytes);
  }

  /** To be called for a part that is to stay as long as the rows. */
  keep(memory: SharedArrayBuffer): void {
    if (this.#parts.delete(memory)) this.rows.push(memory);
  }

  /** For rows of so many bytes; undefined when they are to have memory of their own. Once some are there, the few of a last part belong to them. */
  forRows(bytes: number): SharedArrayBuffer | undefined {
    const memory = this.#all.take(this.rows.length > 0 ? Math.max(bytes, SMALL) : bytes);
    if (memory) this.rows.push(memory);
    return memory;
  }

  /** To be called for each part that was evaluated; one that failed is not free, as it may be looked at for a while. */
  giveBack(memory: ArrayBufferLike, isFree: boolean): void {
    if (memory instanceof SharedArrayBuffer && this.#parts.delete(memory)) this.#all.giveBack(memory, isFree);
  }

  /** To be called for rows that nobody looks at any more. */
  giveBackRows(memory: readonly ArrayBufferLike[]): void {
    const done = new Set(memory);
    for (let i = this.rows.length - 1; i >= 0; i--)
      if (done.has(this.rows[i] as SharedArrayBuffer)) for (const free of this.rows.splice(i, 1)) this.#all.giveBack(free, true);
  }

  /** To be called at the end; `isFree` when nothing is under way any more. Rows belong to the caller from then on, if it `keepsRows`. */
  end(isFree: boolean, keepsRows: boolean): void {
    for (const memory of [...this.#parts, ...(keepsRows ? [] : this.rows)]) this.#all.giveBack(memory, isFree);
    this.#parts.clear();
  }
}
