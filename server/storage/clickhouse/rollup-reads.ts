// A read of rollups: first those of all blocks, then the samples themselves where rollups will not do. That is where an edge lies inside a
// block and not on the grid, where a block has none, and all of a series whose blocks overlap, hide something or hold histograms.
import { throwIfAborted } from '../errors.ts';
import { ROLLUP_GRIDS, type RollupTier, type RollupWish } from '../rollup-tiers.ts';
import type { ReadLimits } from '../store.ts';
import { BLOCK_ROWS, BlockReader, MAX_BLOCK_SAMPLES, partitionOf } from './blocks.ts';
import type { Driver } from './driver.ts';
import type { Visible } from './generations.ts';
import { type Condition, inSpan, type Span } from './in-span.ts';
import { ROLLUPS_PER_BLOCK, type RollupMemory } from './kept-rollups.ts';
import { FALLS_LEFT_OUT, TIER_BITS } from './rollup-columns.ts';
import { RollupRows } from './rollup-rows.ts';
import { addBlock, cutBlock, inOrder, NO_ROLLED, needsMerge, type Seen, settle } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import type { Turns } from './turns.ts';

/** Series looked at before other work gets its turn. */
const SLICE = 2_000;
/** At each edge three samples are kept, and some elsewhere. */
const SAMPLES_PER_EDGE = 3.2;
/** Of an outline, for each of its samples: values of one or two bytes, a time of two and an ordinal of one or two are the rule. */
const SAMPLE_BYTES = 5;

/** What else there is of a row: its other columns, and the head of its outline. */
const ROW_BYTES = 80;

/** Of a block even those are kept that no edge is near, and it is as long as this when a scrape comes every 15 seconds. */
const SAMPLES_PER_BLOCK = 4;
const BLOCK_MS = MAX_BLOCK_SAMPLES * 15_000;

/** About how many samples the rollups of a series have within the span. */
export function expectedSamples({ startMs, endMs }: Span, tier: RollupTier): number {
  const { gridMs, leadsMs } = ROLLUP_GRIDS[tier];
  const edges = ((endMs - startMs) / gridMs) * leadsMs.length;
  return Math.ceil(edges * SAMPLES_PER_EDGE + ((endMs - startMs) / BLOCK_MS) * SAMPLES_PER_BLOCK);
}

export class RollupReads {
  readonly #driver: Driver;
  readonly #catalog: SeriesCatalog;
  readonly #span: Span;
  readonly #wish: RollupWish;
  readonly #visible: Visible;
  readonly #memory: RollupMemory;
  /** Series of which some blocks must be read. */
  readonly #rows = new Set<Seen>();
  /** Series of which everything must be read. */
  readonly #whole = new Set<Seen>();
  /** Whether this read was counted as a use of its metric. */
  #isCounted = false;

  constructor(driver: Driver, catalog: SeriesCatalog, memory: RollupMemory, span: Span, wish: RollupWish, visible: Visible) {
    this.#driver = driver;
    this.#catalog = catalog;
    this.#memory = memory;
    this.#span = span;
    this.#wish = wish;
    this.#visible = visible;
  }

  /** Fills `rolled` of the views; `samples` becomes how many there will be when the rest is read too. */
  async readRollups(seen: readonly Seen[], limits: ReadLimits, turns: Turns): Promise<void> {
    this.#rows.clear();
    this.#whole.clear();
    const byId = new Map(seen.filter(({ isOnDisk }) => isOnDisk).map((view) => [view.series.id, view]));
    if (byId.size > 0) for await (const reader of this.#readersOf([...byId.values()], limits)) this.#refer(reader, byId);
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

  /** Rollups of the views, and maybe others: from memory when that is where their metric belongs. */
  async *#readersOf(views: readonly Seen[], limits: ReadLimits): AsyncGenerator<RollupRows> {
    const { tier } = this.#wish;
    const visible = this.#visible;
    const kept = this.#memory.cache.metricOf(views);
    const sizeBytes = this.#bytesOf(views);
    if (kept && this.#memory.cache.isWorthKeeping(sizeBytes, kept.seriesPerView)) {
      const wanted = { tier, metric: kept.metric, ...this.#partitions(views), visible };
      if (!this.#isCounted) this.#memory.use(wanted);
      this.#isCounted = true;
      const rows = await this.#memory.read(wanted, sizeBytes * kept.seriesPerView, limits);
      if (rows) {
        yield* rows;
        return;
      }
    }
    const condition = this.#inSpan(views);
    const sql = `SELECT ${RollupRows.columns(tier)} FROM rollups WHERE ${condition.sql}`;
    for await (const block of this.#driver.query(sql, condition.values, limits, ROLLUPS_PER_BLOCK)) yield RollupRows.fromBlock(block, tier);
  }

  /** About how much memory the rollups of the views take. */
  #bytesOf(views: readonly Seen[]): number {
    const { startMs, endMs } = this.#span;
    let bytes = 0;
    for (const { series } of views) {
      const within = { startMs: Math.max(startMs, series.diskMinMs), endMs: Math.min(endMs, series.diskMaxMs) };
      const rows = 1 + Math.max(0, within.endMs - within.startMs) / BLOCK_MS;
      bytes += expectedSamples(within, this.#wish.tier) * SAMPLE_BYTES + rows * ROW_BYTES;
    }
    return bytes;
  }

  /** Those of the span that hold anything of the views. */
  #partitions(views: readonly Seen[]): { firstPartition: number; lastPartition: number } {
    let [minMs, maxMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { series } of views) {
      minMs = Math.min(minMs, series.diskMinMs);
      maxMs = Math.max(maxMs, series.diskMaxMs);
    }
    const { startMs, endMs } = this.#span;
    return { firstPartition: partitionOf(Math.max(startMs, minMs)), lastPartition: partitionOf(Math.min(endMs, maxMs)) };
  }

  /** Tells the views which rows are theirs; those that follow each other and are alike stay together. */
  #refer(reader: RollupRows, byId: ReadonlyMap<number, Seen>): void {
    const { startMs, endMs } = this.#span;
    const { visible } = this.#visible;
    let view: Seen | undefined;
    let viewed = -1;
    for (let row = 0; row < reader.rows; row++) {
      const id = reader.series[row] as number;
      if (viewed !== id) {
        view = byId.get(id);
        viewed = id;
      }
      if (!view) continue;
      const minMs = reader.minMs[row] as number;
      const maxMs = reader.maxMs[row] as number;
      if (minMs > endMs || maxMs < startMs || reader.generation(row) > visible) continue;
      const suffices = this.#suffices(reader, row, minMs, maxMs);
      const samples = suffices ? reader.kept(row) : (reader.counts[row] as number);
      const last = view.rolled.at(-1);
      const goesOn = last?.reader === reader && last.endRow === row && last.suffices === suffices && minMs > last.maxMs;
      // What is hidden by a deletion depends on each block's flush.
      if (last && goesOn && view.tombstones.length === 0) {
        last.endRow = row + 1;
        last.maxMs = maxMs;
        last.samples += samples;
      } else {
        if (view.rolled.length === 0) view.rolled = [];
        view.rolled.push({ reader, row, endRow: row + 1, minMs, maxMs, suffices, samples });
      }
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
      view.rolled = NO_ROLLED;
    } else if (view.rolled.some(({ suffices }) => !suffices)) {
      this.#rows.add(view);
      view.rolled = view.rolled.filter(({ suffices }) => suffices);
    }
  }

  #suffices(reader: RollupRows, row: number, minMs: number, maxMs: number): boolean {
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
    const condition = this.#inSpan(wanting);
    const wanted = [
      `(series, min_t) IN (SELECT series, min_t FROM rollups WHERE ${condition.sql} AND ${isWanting})`,
      'arrayExists(edge -> min_t <= edge AND edge < max_t, {edges:Array(Int64)})',
      ...(whole.length > 0 ? ['series IN {whole:Array(UInt32)}'] : []),
    ];
    const sql = `SELECT ${BlockReader.COLUMNS}${hasBodies ? ', bodies' : ''} FROM samples WHERE ${condition.sql} AND (${wanted.join(' OR ')})`;
    const values = { ...condition.values, edges: edgesMs, whole: whole.map(({ series }) => series.id) };
    for (const view of wanting) view.samples -= this.#announced(view);
    for await (const block of this.#driver.query(sql, values, limits, BLOCK_ROWS)) {
      const reader = new BlockReader(block, { hasBodies });
      for (let row = 0; row < reader.rows; row++) {
        const view = byId.get(reader.series[row] as number);
        const ref = view && cutBlock(reader, row, this.#span);
        if (!ref) continue;
        addBlock(view, ref);
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

  #inSpan(views: readonly Seen[]): Condition {
    const series = views.map((view) => view.series);
    return inSpan(series, this.#span, this.#visible, (name) => this.#catalog.countOf(name));
  }
}
