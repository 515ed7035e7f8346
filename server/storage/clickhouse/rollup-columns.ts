// The rollups of a block, in columns of its row: for each tier the samples that outline.ts keeps.
//   <tier>_at      how many samples of the block, stale markers left aside, come before it
//   <tier>_t       milliseconds since the one kept before; of the first, which is the block's first, 0
//   <tier>_deltas  whole numbers: value less that of the one kept before; of the first, 0 (its value is `first`)
//   <tier>_floats  or anything else: the value by its bits
//   falls_left_out 1 where values fall so often that their outline does not show where
// A block with histograms, one of few samples for its time and one that an older version stored have none.
import { isStaleAt } from '../../model/stale.ts';
import { ROLLUP_GRIDS, ROLLUP_TIERS, type RollupTier } from '../rollup-tiers.ts';
import { Column, EndColumn, push } from './column.ts';
import type { NativeBlock, NativeColumn } from './native.ts';
import { countFalls, Outline } from './outline.ts';
import type { Run } from './run.ts';

const MAX_INT32 = 2_147_483_647;
/** Where more than one sample in so many is a fall, this is no counter. */
const RARE = 32;

/** Collects the rollups of blocks, one row for each. */
export class RollupEncoder {
  readonly #outline: Outline;
  readonly #fallsLeftOut = new Column((n) => new Uint8Array(n));
  readonly #tiers = ROLLUP_TIERS.map((tier) => ({ tier, columns: new TierColumns() }));

  constructor(maxSamples: number) {
    this.#outline = new Outline(maxSamples);
  }

  /** Adds the row of a block that may have no rollup. */
  add(run: Run, start: number, end: number, { isWhole, hasBodies }: { readonly isWhole: boolean; readonly hasBodies: boolean }): void {
    const keepsFalls = countFalls(run, start, end) * RARE <= end - start;
    push(this.#fallsLeftOut, keepsFalls ? 0 : 1);
    for (const { tier, columns } of this.#tiers) {
      if (!hasBodies) this.#outline.draw(run, start, end, ROLLUP_GRIDS[tier], keepsFalls);
      if (!hasBodies && this.#outline.count > 0) columns.add(run, start, end, this.#outline, isWhole);
      columns.endRow();
    }
  }

  columns(): NativeColumn[] {
    return [this.#fallsLeftOut.native('falls_left_out', 'UInt8'), ...this.#tiers.flatMap(({ tier, columns }) => columns.native(tier))];
  }
}

class TierColumns {
  readonly #at = new Column((n) => new Uint16Array(n));
  readonly #t = new Column((n) => new Uint32Array(n));
  readonly #ends = new EndColumn();
  readonly #deltas = new Column((n) => new Int32Array(n));
  readonly #deltaEnds = new EndColumn();
  readonly #floats = new Column((n) => new Float64Array(n));
  readonly #floatEnds = new EndColumn();

  add({ times, values, bits }: Run, start: number, end: number, { isKept, count }: Outline, isWhole: boolean): void {
    let at = this.#at.grow(count);
    this.#t.grow(count);
    let ordinal = 0;
    let beforeMs = times[start] as number;
    for (let i = start; i < end; i++) {
      if (isKept[i - start] === 1) {
        this.#at.data[at] = ordinal;
        this.#t.data[at++] = (times[i] as number) - beforeMs;
        beforeMs = times[i] as number;
      }
      if (isWhole || !isStaleAt(bits, i)) ordinal++;
    }
    if (!isWhole || !this.#addDeltas(values, start, end, isKept, count)) this.#addFloats(values, start, end, isKept, count);
  }

  endRow(): void {
    this.#ends.push(this.#at.length);
    this.#deltaEnds.push(this.#deltas.length);
    this.#floatEnds.push(this.#floats.length);
  }

  native(tier: RollupTier): NativeColumn[] {
    return [
      this.#ends.numbers(`${tier}_at`, 'UInt16', this.#at),
      this.#ends.numbers(`${tier}_t`, 'UInt32', this.#t),
      this.#deltaEnds.numbers(`${tier}_deltas`, 'Int32', this.#deltas),
      this.#floatEnds.numbers(`${tier}_floats`, 'Float64', this.#floats),
    ];
  }

  /** Adds nothing when a difference does not fit. */
  #addDeltas(values: Float64Array, start: number, end: number, isKept: Uint8Array, count: number): boolean {
    const first = this.#deltas.grow(count);
    const { data } = this.#deltas;
    let at = first;
    let before = values[start] as number;
    for (let i = start; i < end; i++) {
      if (isKept[i - start] === 0) continue;
      const delta = (values[i] as number) - before;
      if (delta > MAX_INT32 || delta < -MAX_INT32) {
        this.#deltas.length = first;
        return false;
      }
      data[at++] = delta;
      before = values[i] as number;
    }
    return true;
  }

  /** By memory, not by number: a NaN keeps its payload. */
  #addFloats(values: Float64Array, start: number, end: number, isKept: Uint8Array, count: number): void {
    let at = this.#floats.grow(count);
    for (let i = start; i < end; i++) if (isKept[i - start] === 1) this.#floats.data.set(values.subarray(i, i + 1), at++);
  }
}

/** Reads one tier of the rollups in a result block. */
export class RollupReader {
  readonly rows: number;
  readonly series: Uint32Array;
  /** Samples of the block, all of them. */
  readonly counts: Uint32Array;
  readonly #generation: Uint32Array;
  readonly #minT: BigInt64Array;
  readonly #maxT: BigInt64Array;
  readonly #first: Float64Array;
  readonly #fallsLeftOut: Uint8Array;
  readonly #at: Uint16Array;
  readonly #t: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #deltas: Int32Array;
  readonly #deltaEnds: Uint32Array;
  readonly #floats: Float64Array;
  readonly #floatEnds: Uint32Array;

  /** The columns that a query must select. */
  static columns(tier: RollupTier): string {
    return `generation, series, min_t, max_t, count, first, falls_left_out, ${tier}_at, ${tier}_t, ${tier}_deltas, ${tier}_floats`;
  }

  constructor(block: NativeBlock, tier: RollupTier) {
    this.rows = block.rows;
    this.series = block.fixed('series', 'UInt32');
    this.counts = block.fixed('count', 'UInt32');
    this.#generation = block.fixed('generation', 'UInt32');
    this.#minT = block.fixed('min_t', 'Int64');
    this.#maxT = block.fixed('max_t', 'Int64');
    this.#first = block.fixed('first', 'Float64');
    this.#fallsLeftOut = block.fixed('falls_left_out', 'UInt8');
    const at = block.array(`${tier}_at`, 'UInt16');
    this.#at = at.elements;
    this.#ends = at.ends;
    this.#t = block.array(`${tier}_t`, 'UInt32').elements;
    const deltas = block.array(`${tier}_deltas`, 'Int32');
    this.#deltas = deltas.elements;
    this.#deltaEnds = deltas.ends;
    const floats = block.array(`${tier}_floats`, 'Float64');
    this.#floats = floats.elements;
    this.#floatEnds = floats.ends;
  }

  minMs(row: number): number {
    return Number(this.#minT[row]);
  }

  maxMs(row: number): number {
    return Number(this.#maxT[row]);
  }

  generation(row: number): number {
    return this.#generation[row] as number;
  }

  fallsLeftOut(row: number): boolean {
    return this.#fallsLeftOut[row] !== 0;
  }

  /** Samples kept of a row; 0 when it has no rollup. */
  kept(row: number): number {
    return (this.#ends[row] as number) - start(this.#ends, row);
  }

  /** Whether the values kept are whole numbers, so that none is a stale marker. */
  isWhole(row: number): boolean {
    return this.#floatEnds[row] === start(this.#floatEnds, row);
  }

  /** Writes what is kept of a row to the columns from `at` on; `ordinal` is that of its first sample. Returns that of the next block's. */
  decode(row: number, { timestampsMs, values, ordinals }: RollupTarget, at: number, ordinal: number): number {
    const from = start(this.#ends, row);
    const count = this.kept(row);
    const ats = this.#at;
    const steps = this.#t;
    let time = Number(this.#minT[row]);
    for (let k = 0; k < count; k++) {
      time += steps[from + k] as number;
      timestampsMs[at + k] = time;
      ordinals[at + k] = ordinal + (ats[from + k] as number);
    }
    const next = ordinal + (ats[from + count - 1] as number) + 1;
    if (!this.isWhole(row)) {
      const floatFrom = start(this.#floatEnds, row);
      const floats = this.#floats.subarray(floatFrom, floatFrom + count);
      values.set(floats, at);
      return isStaleAt(new Uint32Array(values.buffer, values.byteOffset + 8 * (at + count - 1), 2), 0) ? next - 1 : next;
    }
    const deltas = this.#deltas;
    const deltaFrom = start(this.#deltaEnds, row);
    let value = this.#first[row] as number;
    for (let k = 0; k < count; k++) {
      value += deltas[deltaFrom + k] as number;
      values[at + k] = value;
    }
    return next;
  }
}

export interface RollupTarget {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  readonly ordinals: Uint32Array;
}

function start(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : (ends[row - 1] as number);
}
