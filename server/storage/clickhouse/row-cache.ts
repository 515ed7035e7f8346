// What queries read of a metric again and again, kept in memory as the engine gave it. Rows of a flush never change, so what is kept stays
// right, and after a flush only its own rows need be read. What rewrites or drops rows clears everything.
import { throwIfAborted } from '../errors.ts';
import type { ReadLimits } from '../store.ts';
import type { Kept, KeptMemory } from './kept-memory.ts';
import type { Seen } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';

/** What one metric may take of the memory … */
const LARGEST_PART = 1 / 3;
/** … and what one may take of which less than one in so many series is asked for, as metrics are kept whole. */
const MOST = 4;
const LARGEST_PART_OF_FEW = 1 / 12;

export interface KeptRows extends Kept {
  /** The newest flush whose rows are among them. */
  readonly generation: number;
}

/** Rows of one kind in bounded memory. */
export class RowCache<V extends KeptRows> {
  readonly #catalog: SeriesCatalog;
  readonly #memory: KeptMemory;
  readonly #loading = new Map<string, Promise<unknown>>();
  /** Grows when what was read before may not be kept any more. */
  #epoch = 0;
  #rewriting = 0;

  constructor(catalog: SeriesCatalog, memory: KeptMemory) {
    this.#catalog = catalog;
    this.#memory = memory;
  }

  get(key: string): V | undefined {
    return this.#memory.get(key) as V | undefined;
  }

  delete(key: string): void {
    this.#memory.delete(key);
  }

  /** The metric that all views belong to, and how many series it has for each of them. */
  metricOf(views: readonly Seen[]): { readonly metric: number; readonly seriesPerView: number } | undefined {
    const [first] = views;
    if (!first || views.some(({ series, hasHistograms }) => hasHistograms || series.metric !== first.series.metric)) return undefined;
    const seriesPerView = this.#catalog.countOf(first.series.labels.metricName) / views.length;
    return { metric: first.series.metric, seriesPerView };
  }

  /** Whether a metric is kept of which so much is asked for. */
  isWorthKeeping(bytesOfViews: number, seriesPerView: number): boolean {
    return bytesOfViews * seriesPerView <= this.#memory.maxBytes * (seriesPerView <= MOST ? LARGEST_PART : LARGEST_PART_OF_FEW);
  }

  /** To be called once for each read of a metric, so that what is read most is kept. */
  use(name: string): void {
    this.#memory.use(name);
  }

  /** Whether so much would be kept: what would not be is better read by those who want it, and no more than they want. */
  mayKeep(name: string, sizeBytes: number): boolean {
    return this.#memory.hasRoom(name, sizeBytes);
  }

  /** What `find` finds, or else `read` reads; two that want the same at once read it once. `read` may keep what it has read. */
  async load<T>(
    name: string,
    find: () => T | undefined,
    read: (keep: (key: string, rows: V) => void) => Promise<T>,
    limits: ReadLimits,
  ): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const running = this.#loading.get(name);
      if (!running) break;
      await running.catch(ignoreHere);
      throwIfAborted(limits);
    }
    const epoch = this.#epoch;
    const reading = read((key, rows) => {
      if (epoch === this.#epoch && this.#rewriting === 0) this.#memory.set(key, name, rows);
    });
    this.#loading.set(name, reading);
    try {
      return await reading;
    } finally {
      this.#loading.delete(name);
    }
  }

  /** Forgets everything, and keeps nothing until `work`, which rewrites or drops rows, has ended. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#rewriting++;
    this.#epoch++;
    this.#memory.clear();
    try {
      return await work();
    } finally {
      // What began to be read meanwhile may hold rows as they were.
      this.#epoch++;
      this.#rewriting--;
    }
  }
}

function ignoreHere(): void {
  // Whoever reads sees why that failed; who waits tries again.
}
