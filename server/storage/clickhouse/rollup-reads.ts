// A read of rollups: first those of all blocks, then the samples themselves where rollups will not do. That is where an edge lies inside a
// block and not on the grid, where a block has none, and all of a series whose blocks overlap, hide something or hold histograms.
import { throwIfAborted } from '../errors.ts';
import { ROLLUP_GRIDS, type RollupTier, type RollupWish } from '../rollup-tiers.ts';
import type { ReadLimits } from '../store.ts';
import { BlockReader, MAX_BLOCK_SAMPLES } from './blocks.ts';
import type { BoundValues, Driver } from './driver.ts';
import type { Visible } from './generations.ts';
import { OutlineDecoder } from './outline-codec.ts';
import { FALLS_LEFT_OUT, RollupReader, TIER_BITS } from './rollup-columns.ts';
import { bindSpan, cutBlock, IN_SPAN, inOrder, needsMerge, newScratch, type Seen, type Span, settle } from './seen.ts';
import type { Turns } from './turns.ts';

/** Rows of a rollup are a tenth of the size of others. */
const ROWS_PER_BLOCK = 4_096;
/** Series looked at before other work gets its turn. */
const SLICE = 2_000;
/** At each edge three samples are kept, and some elsewhere. */
const SAMPLES_PER_EDGE = 3.2;

/** About how many samples the rollups of a series have within the span. */
export function expectedSamples({ startMs, endMs }: Span, tier: RollupTier): number {
  const { gridMs, leadsMs } = ROLLUP_GRIDS[tier];
  return Math.ceil(((endMs - startMs) / gridMs) * leadsMs.length * SAMPLES_PER_EDGE);
}

export class RollupReads {
  readonly #driver: Driver;
  readonly #span: Span;
  readonly #wish: RollupWish;
  readonly #visible: Visible;
  readonly #decoder = new OutlineDecoder(MAX_BLOCK_SAMPLES);
  /** Series of which some blocks must be read. */
  readonly #rows = new Set<Seen>();
  /** Series of which everything must be read. */
  readonly #whole = new Set<Seen>();

  constructor(driver: Driver, span: Span, wish: RollupWish, visible: Visible) {
    this.#driver = driver;
    this.#span = span;
    this.#wish = wish;
    this.#visible = visible;
  }

  /** Fills `rolled` of the views; `samples` becomes how many there will be when the rest is read too. */
  async readRollups(seen: readonly Seen[], limits: ReadLimits, turns: Turns): Promise<void> {
    this.#rows.clear();
    this.#whole.clear();
    const { tier } = this.#wish;
    const byId = new Map(seen.filter(({ isOnDisk }) => isOnDisk).map((view) => [view.series.id, view]));
    if (byId.size > 0) {
      const sql = `SELECT ${RollupReader.columns(tier)} FROM rollups WHERE ${IN_SPAN}`;
      for await (const block of this.#driver.query(sql, this.#bind([...byId.values()]), limits, ROWS_PER_BLOCK))
        this.#refer(new RollupReader(block, tier, this.#decoder), byId);
    }
    for (const [i, view] of seen.entries()) {
      if (i % SLICE === SLICE - 1) {
        await turns.next();
        throwIfAborted(limits);
      }
      this.#sort(view);
    }
  }

  /** Reads what rollups do not tell of some of the series of `readRollups`, and puts everything in order. */
  async readRest(seen: readonly Seen[], limits: ReadLimits): Promise<void> {
    const wanting = seen.filter((view) => this.#rows.has(view) || this.#whole.has(view));
    if (wanting.length > 0) await this.#readRaw(wanting, limits);
    for (const view of seen)
      if (this.#whole.has(view)) settle(view);
      else view.blocks = inOrder(view.blocks);
  }

  /** Tells the views which rows are theirs; those that follow each other and are alike stay together. */
  #refer(reader: RollupReader, byId: ReadonlyMap<number, Seen>): void {
    let view: Seen | undefined;
    for (let row = 0; row < reader.rows; row++) {
      const id = reader.series[row] as number;
      if (view?.series.id !== id) view = byId.get(id);
      if (!view) continue;
      const [minMs, maxMs] = [reader.minMs[row] as number, reader.maxMs[row] as number];
      const suffices = this.#suffices(reader, row, minMs, maxMs);
      const samples = suffices ? reader.kept(row) : (reader.counts[row] as number);
      const last = view.rolled.at(-1);
      const goesOn = last?.reader === reader && last.endRow === row && last.suffices === suffices && minMs > last.maxMs;
      // What is hidden by a deletion depends on each block's flush.
      if (last && goesOn && view.tombstones.length === 0) {
        last.endRow = row + 1;
        last.maxMs = maxMs;
        last.samples += samples;
      } else view.rolled.push({ reader, row, endRow: row + 1, minMs, maxMs, suffices, samples });
    }
  }

  /** Which of the blocks of a series will do. */
  #sort(view: Seen): void {
    view.rolled = inOrder(view.rolled);
    const needsAll = view.hasHistograms || needsMerge(view, view.rolled);
    for (const { samples } of view.rolled) view.samples += samples;
    if (needsAll) {
      this.#whole.add(view);
      for (const { reader, row, endRow, suffices } of view.rolled) if (suffices) view.samples += reader.samplesLeftOut(row, endRow);
      view.rolled = [];
    } else if (view.rolled.some(({ suffices }) => !suffices)) {
      this.#rows.add(view);
      view.rolled = view.rolled.filter(({ suffices }) => suffices);
    }
  }

  #suffices(reader: RollupReader, row: number, minMs: number, maxMs: number): boolean {
    const { edgesMs, needsFalls } = this.#wish;
    if (reader.kept(row) === 0 || (needsFalls && reader.fallsLeftOut(row))) return false;
    return !edgesMs.some((edgeMs) => minMs <= edgeMs && edgeMs < maxMs);
  }

  async #readRaw(wanting: readonly Seen[], limits: ReadLimits): Promise<void> {
    const byId = new Map(wanting.map((view) => [view.series.id, view]));
    const whole = wanting.filter((view) => this.#whole.has(view));
    const hasBodies = whole.some(({ hasHistograms }) => hasHistograms);
    const { tier, edgesMs, needsFalls } = this.#wish;
    const isWanting = `(bitAnd(tiers, ${TIER_BITS[tier]}) = 0${needsFalls ? ` OR bitAnd(tiers, ${FALLS_LEFT_OUT}) != 0` : ''})`;
    const wanted = [
      `(series, min_t) IN (SELECT series, min_t FROM rollups WHERE ${IN_SPAN} AND ${isWanting})`,
      'arrayExists(edge -> min_t <= edge AND edge < max_t, {edges:Array(Int64)})',
      ...(whole.length > 0 ? ['series IN {whole:Array(UInt32)}'] : []),
    ];
    const sql = `SELECT ${BlockReader.COLUMNS}${hasBodies ? ', bodies' : ''} FROM samples WHERE ${IN_SPAN} AND (${wanted.join(' OR ')})`;
    const values = { ...this.#bind(wanting), edges: edgesMs, whole: whole.map(({ series }) => series.id) };
    const scratch = newScratch();
    for (const view of wanting) view.samples -= this.#announced(view);
    for await (const block of this.#driver.query(sql, values, limits)) {
      const reader = new BlockReader(block, hasBodies);
      for (let row = 0; row < reader.rows; row++) {
        const view = byId.get(reader.series[row] as number);
        const ref = view && cutBlock(reader, row, this.#span, scratch);
        if (!ref) continue;
        view.blocks.push(ref);
        view.samples += ref.to - ref.from;
      }
    }
  }

  /** What `#sort` has added for samples that are now counted again as they come. */
  #announced(view: Seen): number {
    let count = view.samples - (view.headEnd - view.headStart) - (view.late?.count ?? 0);
    for (const { samples } of view.rolled) count -= samples;
    return count;
  }

  #bind(views: readonly Seen[]): BoundValues {
    return bindSpan(
      views.map(({ series }) => series),
      this.#span,
      this.#visible,
    );
  }
}
