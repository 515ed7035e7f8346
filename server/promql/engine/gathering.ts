// What the series of a selection are reduced to, part by part: kept for what is above it, or, once it is much, taken into aggregations.
import { isAppError } from '../../model/app-error.ts';
import type { ReadMemory } from './part-memory.ts';
import type { QueryStream } from './query-stream.ts';
import type { SharedRows } from './shared-reductions.ts';

/** Rows are kept up to so many cells (nine bytes each) and series, if there is an aggregation that can take them. */
const MUCH_CELLS = 1_500_000;
const MUCH_SERIES = 20_000;
/** Their labels are packed for another thread in one go. */
const MUCH_AT_ONCE = 8_000;

export class Gathering {
  /** The rows of each of the reductions that are kept. */
  readonly rows: SharedRows[][];
  /** How many cells these have. */
  cells = 0;
  /** Whether rows are taken by aggregations. */
  isStreaming = false;
  readonly #numbers: readonly number[];
  readonly #memory: ReadMemory;
  readonly #stream: QueryStream;
  readonly #onStream: () => void;
  #canStream: boolean;
  #series = 0;

  /** For the reductions with these `numbers`. `onStream` is called before the first rows are taken by aggregations. */
  constructor(numbers: readonly number[], memory: ReadMemory, stream: QueryStream, onStream: () => void) {
    this.#onStream = onStream;
    this.rows = numbers.map(() => []);
    this.#numbers = numbers;
    this.#memory = memory;
    this.#stream = stream;
    this.#canStream = numbers.every((number) => stream.takes(number));
  }

  take(reduction: number, rows: SharedRows): void {
    this.rows[this.#numbers.indexOf(reduction)]?.push(rows);
    this.cells += rows.values.length;
    this.#series += rows.values.length / rows.steps;
    if (!hasHistograms(rows)) return;
    this.#canStream = false;
    if (this.isStreaming) this.#stream.isSpoilt = true;
  }

  /** To be called now and then, and with `all` at the end. */
  async relieve(all = false): Promise<void> {
    const isMuch = this.cells > MUCH_CELLS || this.#series > (this.isStreaming ? MUCH_AT_ONCE : MUCH_SERIES);
    if (!this.#canStream || this.#stream.isSpoilt || !(isMuch || (all && this.isStreaming))) return;
    if (!this.isStreaming) this.#onStream();
    this.isStreaming = true;
    const pieces = this.rows.flatMap((rows, i) => rows.map((each) => ({ reduction: this.#numbers[i] as number, rows: each })));
    for (const rows of this.rows) rows.length = 0;
    [this.cells, this.#series] = [0, 0];
    try {
      await this.#stream.add(pieces);
    } catch (error) {
      if (!isAppError(error, 'vector.too_many_groups')) throw error;
      this.#stream.isSpoilt = true;
    }
    this.#memory.giveBackRows(pieces.map(({ rows }) => rows.values.buffer));
  }
}

function hasHistograms(rows: SharedRows): boolean {
  return ('histograms' in rows && rows.histograms !== undefined) || ('packedHistograms' in rows && rows.packedHistograms !== undefined);
}
