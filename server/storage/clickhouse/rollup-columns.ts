// Rollups are rows of the table `rollups`, one for each block, in the same order: reading over long time costs by the row and by the column
// more than by the byte, so a rollup is one text of bytes (outline-codec.ts), and these rows lie closer together than blocks do.
//   tiers  which tiers have an outline (TIER_BITS), and FALLS_LEFT_OUT where values fall too often for it to show where
// A block with histograms, one of few samples for its time and one that an older version stored have no outline.
import { ROLLUP_GRIDS, ROLLUP_TIERS, type RollupTier } from '../rollup-tiers.ts';
import { BytesColumn, Column, push, pushBig } from './column.ts';
import { fixedColumn, type NativeBlock, type NativeColumn, type RawTexts } from './native.ts';
import { countFalls, Outline } from './outline.ts';
import { isWholeOutline, type OutlineDecoder, OutlineEncoder, type OutlineTarget, outlineCount } from './outline-codec.ts';
import type { Run } from './run.ts';

export const TIER_BITS: Readonly<Record<RollupTier, number>> = { coarse: 1, fine: 2, ends: 8 };
export const FALLS_LEFT_OUT = 4;
/** Where more than one sample in so many is a fall, this is no counter. */
const RARE = 32;
const NOTHING: readonly Uint8Array[] = [];

/** A block, as far as its rollup knows it. */
export interface BlockOutlines {
  readonly metric: number;
  readonly series: number;
  readonly isWhole: boolean;
  readonly hasBodies: boolean;
}

/** Collects the rollups of blocks, one row for each. */
export class RollupEncoder {
  rows = 0;
  readonly #outline: Outline;
  readonly #encoder: OutlineEncoder;
  readonly #metric = new Column((n) => new Uint32Array(n));
  readonly #series = new Column((n) => new Uint32Array(n));
  readonly #minT = new Column((n) => new BigInt64Array(n));
  readonly #maxT = new Column((n) => new BigInt64Array(n));
  readonly #count = new Column((n) => new Uint16Array(n));
  readonly #tierBits = new Column((n) => new Uint8Array(n));
  readonly #tiers = ROLLUP_TIERS.map((tier) => ({ tier, outlines: new BytesColumn() }));

  constructor(maxSamples: number) {
    this.#outline = new Outline(maxSamples);
    this.#encoder = new OutlineEncoder(maxSamples);
  }

  /** Adds the row of the block of samples start … end-1. */
  add(run: Run, start: number, end: number, { metric, series, isWhole, hasBodies }: BlockOutlines): void {
    this.rows++;
    push(this.#metric, metric);
    push(this.#series, series);
    pushBig(this.#minT, BigInt(run.times[start] as number));
    pushBig(this.#maxT, BigInt(run.times[end - 1] as number));
    push(this.#count, end - start);
    const keepsFalls = countFalls(run, start, end) * RARE <= end - start;
    let bits = keepsFalls ? 0 : FALLS_LEFT_OUT;
    for (const { tier, outlines } of this.#tiers) {
      if (!hasBodies) this.#outline.draw(run, start, end, ROLLUP_GRIDS[tier], keepsFalls);
      const isWorthIt = !hasBodies && this.#outline.count > 0;
      if (isWorthIt) bits |= TIER_BITS[tier];
      outlines.push(isWorthIt ? [this.#encoder.encode(run, start, end, this.#outline, isWhole)] : NOTHING);
    }
    push(this.#tierBits, bits);
  }

  /** Of flush `generation`. */
  columns(generation: number): NativeColumn[] {
    return [
      this.#metric.native('metric', 'UInt32'),
      this.#series.native('series', 'UInt32'),
      this.#minT.native('min_t', 'Int64'),
      this.#maxT.native('max_t', 'Int64'),
      this.#count.native('count', 'UInt16'),
      fixedColumn('generation', 'UInt32', new Uint32Array(this.rows).fill(generation)),
      this.#tierBits.native('tiers', 'UInt8'),
      ...this.#tiers.map(({ tier, outlines }) => outlines.native(tier)),
    ];
  }
}

/** One tier of some rows, in columns. */
export class RollupRows {
  readonly count: number;
  readonly series: Uint32Array;
  /** Samples of each block, all of them. */
  readonly samples: Uint16Array;
  readonly generation: Uint32Array;
  readonly minMs: Float64Array;
  readonly maxMs: Float64Array;
  readonly tiers: Uint8Array;
  readonly outlines: RawTexts;

  private constructor(columns: Omit<RollupRows, 'copy' | 'after'>) {
    this.count = columns.count;
    this.series = columns.series;
    this.samples = columns.samples;
    this.generation = columns.generation;
    this.minMs = columns.minMs;
    this.maxMs = columns.maxMs;
    this.tiers = columns.tiers;
    this.outlines = columns.outlines;
  }

  /** Views of a result, which must hold RollupReader.columns. */
  static fromBlock(block: NativeBlock, tier: RollupTier): RollupRows {
    return new RollupRows({
      count: block.rows,
      series: block.fixed('series', 'UInt32'),
      samples: block.fixed('count', 'UInt16'),
      generation: block.fixed('generation', 'UInt32'),
      minMs: block.wholes('min_t'),
      maxMs: block.wholes('max_t'),
      tiers: block.fixed('tiers', 'UInt8'),
      outlines: block.rawTexts(tier),
    });
  }

  /** Rows from … to-1, with memory of their own. */
  copy(from: number, to: number): RollupRows {
    const { bytes, starts, sizes } = this.outlines;
    const firstByte = starts[from] as number;
    const lastByte = (starts[to - 1] as number) + (sizes[to - 1] as number);
    const outlines = {
      bytes: bytes.slice(firstByte, lastByte),
      starts: starts.slice(from, to).map((start) => start - firstByte),
      sizes: sizes.slice(from, to),
    };
    return new RollupRows({
      count: to - from,
      series: this.series.slice(from, to),
      samples: this.samples.slice(from, to),
      generation: this.generation.slice(from, to),
      minMs: this.minMs.slice(from, to),
      maxMs: this.maxMs.slice(from, to),
      tiers: this.tiers.slice(from, to),
      outlines,
    });
  }

  /** The rows of flushes after `generation`. */
  after(generation: number): RollupRows {
    const rows = [...this.generation.keys()].filter((row) => (this.generation[row] as number) > generation);
    if (rows.length === this.count) return this;
    const { bytes, starts, sizes } = this.outlines;
    return new RollupRows({
      count: rows.length,
      series: Uint32Array.from(rows, (row) => this.series[row] as number),
      samples: Uint16Array.from(rows, (row) => this.samples[row] as number),
      generation: Uint32Array.from(rows, (row) => this.generation[row] as number),
      minMs: Float64Array.from(rows, (row) => this.minMs[row] as number),
      maxMs: Float64Array.from(rows, (row) => this.maxMs[row] as number),
      tiers: Uint8Array.from(rows, (row) => this.tiers[row] as number),
      outlines: {
        bytes,
        starts: Uint32Array.from(rows, (row) => starts[row] as number),
        sizes: Uint32Array.from(rows, (row) => sizes[row] as number),
      },
    });
  }
}

/** Reads the outlines of some rows. */
export class RollupReader {
  readonly rows: number;
  readonly series: Uint32Array;
  /** Samples of the block, all of them. */
  readonly counts: Uint16Array;
  readonly minMs: Float64Array;
  readonly maxMs: Float64Array;
  readonly #generation: Uint32Array;
  readonly #tierBits: Uint8Array;
  readonly #outlines: RawTexts;
  readonly #decoder: OutlineDecoder;

  /** The columns that a query must select. */
  static columns(tier: RollupTier): string {
    return `series, min_t, max_t, count, generation, tiers, ${tier}`;
  }

  constructor(rows: RollupRows, decoder: OutlineDecoder) {
    this.rows = rows.count;
    this.series = rows.series;
    this.counts = rows.samples;
    this.minMs = rows.minMs;
    this.maxMs = rows.maxMs;
    this.#generation = rows.generation;
    this.#tierBits = rows.tiers;
    this.#outlines = rows.outlines;
    this.#decoder = decoder;
  }

  /** About how much memory the rows take. */
  get sizeBytes(): number {
    return this.#outlines.bytes.length + 35 * this.rows;
  }

  generation(row: number): number {
    return this.#generation[row] as number;
  }

  fallsLeftOut(row: number): boolean {
    return ((this.#tierBits[row] as number) & FALLS_LEFT_OUT) !== 0;
  }

  /** Samples kept of a row; 0 when it has no outline. */
  kept(row: number): number {
    const { bytes, starts, sizes } = this.#outlines;
    return sizes[row] === 0 ? 0 : outlineCount(bytes, starts[row] as number);
  }

  /** How many samples of rows row … endRow-1 are not kept. */
  samplesLeftOut(row: number, endRow: number): number {
    let count = 0;
    for (let one = row; one < endRow; one++) count += (this.counts[one] as number) - this.kept(one);
    return count;
  }

  /** Whether what is kept of rows row … endRow-1 are whole numbers, so that none is a stale marker. */
  isWhole(row: number, endRow: number): boolean {
    const { bytes, starts } = this.#outlines;
    for (let one = row; one < endRow; one++) if (!isWholeOutline(bytes, starts[one] as number)) return false;
    return true;
  }

  /**
   * Writes what is kept of rows row … endRow-1 to the columns from `at` on; `ordinal` is that of the first sample. Returns that of the next
   * block's.
   */
  decode(row: number, endRow: number, target: OutlineTarget, at: number, ordinal: number): number {
    const { bytes, starts, sizes } = this.#outlines;
    let to = at;
    let next = ordinal;
    for (let one = row; one < endRow; one++) {
      const start = starts[one] as number;
      const outline = bytes.subarray(start, start + (sizes[one] as number));
      next = this.#decoder.decode(outline, this.minMs[one] as number, target, to, next);
      to += outlineCount(outline, 0);
    }
    return next;
  }
}
