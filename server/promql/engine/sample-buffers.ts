import type { SampleArrays, SampleBuffers } from '../../storage/store.ts';
import { tooManySamples } from '../errors.ts';

/** Fewer samples are not worth a buffer. */
const SMALL = 1 << 16;

/** Keeps the memory of up to `limit` arrays for reuse: fresh memory costs more than what is written to it. Shared with workers. */
export class BufferPool {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #samples: number;
  readonly #limit: number;

  constructor(samples: number, limit: number) {
    this.#samples = samples;
    this.#limit = limit;
  }

  /** Buffers for one reader. Throws `promql.too_many_samples` when more than `maxSamples` are asked for at once. */
  bounded(maxSamples: number): SampleBuffers {
    return {
      take: (count) => {
        if (count > maxSamples) throw tooManySamples();
        return { timestampsMs: this.#array(count), values: this.#array(count) };
      },
    };
  }

  /** Takes arrays back that nobody looks at any more; others than its own are ignored. */
  giveBack({ timestampsMs, values }: SampleArrays): void {
    for (const { buffer } of [timestampsMs, values])
      if (buffer instanceof SharedArrayBuffer && buffer.byteLength === this.#samples * 8 && this.#free.length < this.#limit)
        this.#free.push(buffer);
  }

  #array(count: number): Float64Array {
    if (count < SMALL || count > this.#samples) return new Float64Array(count);
    return new Float64Array(this.#free.pop() ?? new SharedArrayBuffer(this.#samples * 8), 0, count);
  }
}
