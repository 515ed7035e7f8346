// One tier of some rows of the table `rollups`, in columns; their outlines as pieces (storage/packed/), so that those of a series are copied
// at once.
import { outlineCount } from '../packed/outline-codec.ts';
import { alignedTo8, HEAD_BYTES } from '../packed/packed-series.ts';
import { PieceWriter } from '../packed/piece-writer.ts';
import type { RollupTier } from '../rollup-tiers.ts';
import type { NativeBlock } from './native.ts';
import { FALLS_LEFT_OUT } from './rollup-columns.ts';

interface Columns {
  readonly series: Uint32Array;
  /** Samples of each block, all of them. */
  readonly counts: Uint16Array;
  readonly generation: Uint32Array;
  readonly minMs: Float64Array;
  readonly maxMs: Float64Array;
  readonly tiers: Uint8Array;
  /** Samples kept of each block; 0 when it has no outline. */
  readonly kept: Uint16Array;
  /** The piece of row i is bytes starts[i] … starts[i+1]-1, none when it has no outline. */
  readonly starts: Uint32Array;
  readonly pieces: Uint8Array;
}

export class RollupRows {
  readonly rows: number;
  readonly series: Uint32Array;
  readonly counts: Uint16Array;
  readonly minMs: Float64Array;
  readonly maxMs: Float64Array;
  readonly #columns: Columns;

  private constructor(columns: Columns) {
    this.#columns = columns;
    this.rows = columns.series.length;
    this.series = columns.series;
    this.counts = columns.counts;
    this.minMs = columns.minMs;
    this.maxMs = columns.maxMs;
  }

  /** The columns that a query must select. */
  static columns(tier: RollupTier): string {
    return `series, min_t, max_t, count, generation, tiers, ${tier}`;
  }

  /** Copies of a result's rows. */
  static fromBlock(block: NativeBlock, tier: RollupTier): RollupRows {
    const { bytes, starts: from, sizes } = block.rawTexts(tier);
    const minMs = block.wholes('min_t');
    const kept = new Uint16Array(block.rows);
    const starts = new Uint32Array(block.rows + 1);
    for (let row = 0; row < block.rows; row++) {
      const size = sizes[row] as number;
      if (size > 0) kept[row] = outlineCount(bytes, from[row] as number);
      starts[row + 1] = (starts[row] as number) + (kept[row] !== 0 ? alignedTo8(HEAD_BYTES + size) : 0);
    }
    const memory = new ArrayBuffer(starts[block.rows] as number);
    const writer = new PieceWriter(memory);
    for (let row = 0; row < block.rows; row++) {
      const start = from[row] as number;
      if (kept[row] !== 0) writer.outline(bytes, start, start + (sizes[row] as number), minMs[row] as number, kept[row] as number);
    }
    return new RollupRows({
      series: block.fixed('series', 'UInt32').slice(),
      counts: block.fixed('count', 'UInt16').slice(),
      generation: block.fixed('generation', 'UInt32').slice(),
      minMs,
      maxMs: block.wholes('max_t'),
      tiers: block.fixed('tiers', 'UInt8').slice(),
      kept,
      starts,
      pieces: new Uint8Array(memory),
    });
  }

  /** Copies of rows, by series and time, so that those of a series follow each other. */
  static joined(places: readonly RollupPlace[]): RollupRows {
    const wanted = [...places].sort((a, b) => seriesOf(a) - seriesOf(b) || minMsOf(a) - minMsOf(b));
    const starts = new Uint32Array(wanted.length + 1);
    wanted.forEach(({ rows, row }, i) => {
      starts[i + 1] = (starts[i] as number) + rows.bytesOf(row, row + 1);
    });
    const pieces = new Uint8Array(starts[wanted.length] as number);
    wanted.forEach(({ rows, row }, i) => {
      pieces.set(rows.pieces(row, row + 1), starts[i] as number);
    });
    const column = <T>(pick: (columns: Columns) => ArrayLike<T>) => wanted.map(({ rows, row }) => pick(rows.#columns)[row] as T);
    return new RollupRows({
      series: Uint32Array.from(column(({ series }) => series)),
      counts: Uint16Array.from(column(({ counts }) => counts)),
      generation: Uint32Array.from(column(({ generation }) => generation)),
      minMs: Float64Array.from(column(({ minMs }) => minMs)),
      maxMs: Float64Array.from(column(({ maxMs }) => maxMs)),
      tiers: Uint8Array.from(column(({ tiers }) => tiers)),
      kept: Uint16Array.from(column(({ kept }) => kept)),
      starts,
      pieces,
    });
  }

  /** All of them. */
  places(): RollupPlace[] {
    return Array.from(this.series, (_, row) => ({ rows: this, row }));
  }

  /** About how much memory the rows take. */
  get sizeBytes(): number {
    return this.#columns.pieces.length + 33 * this.rows;
  }

  generation(row: number): number {
    return this.#columns.generation[row] as number;
  }

  fallsLeftOut(row: number): boolean {
    return ((this.#columns.tiers[row] as number) & FALLS_LEFT_OUT) !== 0;
  }

  /** Samples kept of a row; 0 when it has no outline. */
  kept(row: number): number {
    return this.#columns.kept[row] as number;
  }

  /** How many samples of rows row … endRow-1 are not kept. */
  samplesLeftOut(row: number, endRow: number): number {
    let count = 0;
    for (let one = row; one < endRow; one++) count += (this.counts[one] as number) - this.kept(one);
    return count;
  }

  /** How long the pieces of rows row … endRow-1 are. */
  bytesOf(row: number, endRow: number): number {
    return (this.#columns.starts[endRow] as number) - (this.#columns.starts[row] as number);
  }

  /** The pieces of rows row … endRow-1, in place. */
  pieces(row: number, endRow: number): Uint8Array {
    const { starts, pieces } = this.#columns;
    return pieces.subarray(starts[row], starts[endRow]);
  }
}

/** One of some rows. */
export interface RollupPlace {
  readonly rows: RollupRows;
  readonly row: number;
}

function seriesOf({ rows, row }: RollupPlace): number {
  return rows.series[row] as number;
}

function minMsOf({ rows, row }: RollupPlace): number {
  return rows.minMs[row] as number;
}
