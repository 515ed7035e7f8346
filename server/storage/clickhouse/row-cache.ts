// What queries read of a metric again and again, kept in memory as the engine gave it. Rows of a flush never change, so what is kept stays
// right, and after a flush only its own rows need be read. What rewrites or drops rows clears everything.
import { LRUCache } from 'lru-cache';
import { throwIfAborted } from '../errors.ts';
import type { ReadLimits } from '../store.ts';
import type { Seen } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';

/** What one metric may take of the memory … */
const LARGEST_PART = 1 / 2;
/** … and what one may take of which less than one in so many series is asked for, as metrics are kept whole. */
const MOST = 4;
const LARGEST_PART_OF_FEW = 1 / 8;

export interface KeptRows {
  /** The newest flush whose rows are among them. */
  readonly generation: number;
  readonly sizeBytes: number;
}

/** Bounded memory for rows; those not used for longest go first. */
export class RowCache<V extends KeptRows> {
  readonly #catalog: SeriesCatalog;
  readonly #maxBytes: number;
  readonly #kept: LRUCache<string, V>;
  readonly #loading = new Map<string, Promise<unknown>>();
  /** Grows when what was read before may not be kept any more. */
  #epoch = 0;
  #rewriting = 0;

  constructor(catalog: SeriesCatalog, maxBytes: number) {
    this.#catalog = catalog;
    this.#maxBytes = maxBytes;
    this.#kept = new LRUCache({ maxSize: Math.max(1, maxBytes), sizeCalculation: ({ sizeBytes }) => sizeBytes });
  }

  get(key: string): V | undefined {
    return this.#kept.get(key);
  }

  delete(key: string): void {
    this.#kept.delete(key);
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
    return bytesOfViews * seriesPerView <= this.#maxBytes * (seriesPerView <= MOST ? LARGEST_PART : LARGEST_PART_OF_FEW);
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
      if (epoch === this.#epoch && this.#rewriting === 0) this.#kept.set(key, rows);
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
    this.#kept.clear();
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
