// Memory that parts of reads are packed into, and rows are written to: fresh memory costs more than what is written to it. It is shared with
// workers, so that nothing is copied or collected on the way.
import type { PackMemory } from '../../storage/packed/packed-series.ts';
import { tooManySamples } from '../errors.ts';
import { bytesOfRows } from './reduce.ts';

/** Less is not worth being kept. */
const SMALL = 1 << 16;
/** Parts hold no more samples than this, however small. */
const PART_SAMPLES = 1_000_000;

/** Pieces of memory of one size, of which up to `limit` are kept for reuse. */
export class PartMemory {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #partBytes: number;
  readonly #limit: number;

  constructor(partBytes: number, limit: number) {
    this.#partBytes = partBytes;
    this.#limit = limit;
  }

  /**
   * For one reader, which gets `promql.too_many_samples` when it asks for room for more than `maxSamples` at once, and makes `rows` rows of
   * `steps` steps of each series.
   */
  bounded(maxSamples: number, steps: number, rows: number): PackMemory {
    const take = (bytes: number, samples: number) => {
      if (samples > maxSamples) throw tooManySamples();
      return bytes < SMALL || bytes > this.#partBytes ? new ArrayBuffer(bytes) : this.#take();
    };
    const partSeries = Math.max(1, Math.floor(this.#partBytes / bytesOfRows(1, steps, rows)));
    return { partBytes: this.#partBytes, partSamples: Math.min(PART_SAMPLES, maxSamples), partSeries, take };
  }

  /** For rows of so many bytes; undefined when they are better off with memory of their own. */
  forRows(bytes: number): SharedArrayBuffer | undefined {
    return bytes < SMALL || bytes > this.#partBytes ? undefined : this.#take();
  }

  /** Takes memory back that nobody looks at any more; other than its own is ignored. */
  giveBack(memory: ArrayBufferLike | undefined): void {
    if (memory instanceof SharedArrayBuffer && memory.byteLength === this.#partBytes && this.#free.length < this.#limit)
      this.#free.push(memory);
  }

  #take(): SharedArrayBuffer {
    return this.#free.pop() ?? new SharedArrayBuffer(this.#partBytes);
  }
}
