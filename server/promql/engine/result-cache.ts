// Results of range queries, kept so that a question asked again a little later is answered by evaluating what is new (cached-run.ts).
import { LRUCache } from 'lru-cache';
import type { Matrix } from '../query.ts';
import type { Grid } from './grid.ts';

/** A kept result: floats only, found without annotations. */
export interface KeptResult {
  readonly matrix: Matrix;
  /** The version of the store, read before anything else was; the kept steps before `oldestSince(version)` hold. */
  readonly version: number;
  /** The question that was answered last, the whole of which is in `matrix`. */
  readonly asked: Grid;
  /** Most steps that were asked for at once. */
  readonly mostSteps: number;
  /** Which series there were, where the steps depend on that (SeriesRecorder). */
  readonly series: string | undefined;
  /** The order of series has decided ties, and it matters that it may be another one for other steps. */
  readonly isTied: boolean;
}

export interface ResultCacheOptions {
  readonly maxBytes: number;
  /** Results are kept of queries that read so many samples or answered so many cells. Default 20,000, 10,000. */
  readonly minSamples?: number | undefined;
  readonly minCells?: number | undefined;
}

/** Measured: to extend a result of that size takes as long as to find it anew, some 3 ms; half of that at twice the size. */
const DEFAULT_MIN_SAMPLES = 20_000;
const DEFAULT_MIN_CELLS = 10_000;
/** A single result may take this part of the memory. */
const LARGEST_PART = 1 / 4;
const LABELS_BYTES = 100;

/** Bounded memory for the results of one engine; those not used for longest go first. */
export class ResultCache {
  readonly #kept: LRUCache<string, KeptResult>;
  readonly #minSamples: number;
  readonly #minCells: number;
  /** Answered without any evaluation. */
  hits = 0;
  /** Answered by evaluating some of the steps. */
  partialHits = 0;
  /** Answered by evaluating all steps of a query whose result could have been kept. */
  misses = 0;

  constructor({ maxBytes, minSamples = DEFAULT_MIN_SAMPLES, minCells = DEFAULT_MIN_CELLS }: ResultCacheOptions) {
    this.#minSamples = minSamples;
    this.#minCells = minCells;
    const maxSize = Math.max(1, Math.floor(maxBytes));
    const maxEntrySize = Math.max(1, Math.floor(maxSize * LARGEST_PART));
    this.#kept = new LRUCache({ maxSize, maxEntrySize, sizeCalculation: (result, key) => 2 * key.length + bytesOf(result) });
  }

  /** Estimated memory in use. */
  get bytes(): number {
    return this.#kept.calculatedSize;
  }

  /** Whether it is worth it to keep the result of a query that has cost so much. */
  isWorthKeeping(samples: number, cells: number): boolean {
    return samples >= this.#minSamples || cells >= this.#minCells;
  }

  get(key: string): KeptResult | undefined {
    return this.#kept.get(key);
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }

  /** Takes the matrix over: nobody else may hold its arrays. */
  set(key: string, result: KeptResult): void {
    this.#kept.set(key, result);
  }
}

function bytesOf({ matrix }: KeptResult): number {
  const { values, present, labels } = matrix;
  let bytes = LABELS_BYTES + values.byteLength + present.byteLength;
  for (const { flat } of labels) bytes += LABELS_BYTES + flat.reduce((sum, text) => sum + 2 * text.length, 0);
  return bytes;
}
