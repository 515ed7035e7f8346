import type { PackedSeries, PackMemory } from '../../storage/packed/packed-series.ts';
import { tooManySamples } from '../errors.ts';

/** Less is not worth being kept. */
const SMALL = 1 << 16;
/** Parts hold no more samples than this, however small. */
const PART_SAMPLES = 1_000_000;

/** Keeps the memory of up to `limit` parts for reuse: fresh memory costs more than what is written to it. Shared with workers. */
export class PartMemory {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #partBytes: number;
  readonly #limit: number;

  constructor(partBytes: number, limit: number) {
    this.#partBytes = partBytes;
    this.#limit = limit;
  }

  /** For one reader, which gets `promql.too_many_samples` when it asks for room for more than `maxSamples` at once. */
  bounded(maxSamples: number): PackMemory {
    const take = (bytes: number, samples: number) => {
      if (samples > maxSamples) throw tooManySamples();
      return this.#take(bytes);
    };
    return { partBytes: this.#partBytes, partSamples: Math.min(PART_SAMPLES, maxSamples), take };
  }

  /** Takes memory back that nobody looks at any more; other than its own is ignored. */
  giveBack({ memory }: PackedSeries): void {
    if (memory instanceof SharedArrayBuffer && memory.byteLength === this.#partBytes && this.#free.length < this.#limit)
      this.#free.push(memory);
  }

  #take(bytes: number): ArrayBuffer | SharedArrayBuffer {
    if (bytes < SMALL || bytes > this.#partBytes) return new ArrayBuffer(bytes);
    return this.#free.pop() ?? new SharedArrayBuffer(this.#partBytes);
  }
}
