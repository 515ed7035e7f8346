// Rollups are rows of the table `rollups`, one for each block, in the same order: reading over long time costs by the row and by the column
// more than by the byte, so a rollup is one text of bytes (outline-codec.ts), and these rows lie closer together than blocks do.
//   tiers  which tiers have an outline (TIER_BITS), and FALLS_LEFT_OUT where values fall too often for it to show where
// A block with histograms, one of few samples for its time and one that an older version stored have no outline.
import { ROLLUP_GRIDS, ROLLUP_TIERS, type RollupTier } from '../rollup-tiers.ts';
import { BytesColumn, Column, push, pushBig } from './column.ts';
import { fixedColumn, type NativeColumn } from './native.ts';
import { countFalls, Outline } from './outline.ts';
import { OutlineEncoder } from './outline-encoder.ts';
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

  /** Begins anew in the same memory. */
  clear(): void {
    this.rows = 0;
    for (const column of [this.#metric, this.#series, this.#minT, this.#maxT, this.#count, this.#tierBits]) column.clear();
    for (const { outlines } of this.#tiers) outlines.clear();
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
