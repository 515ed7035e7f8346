// A read of rollups: first those of all blocks, then the samples themselves where rollups will not do. That is where an edge lies inside a
// block and not on the grid, where a block has none, and all of a series whose blocks overlap, hide something or hold histograms.
import { throwIfAborted } from '../errors.ts';
import { ROLLUP_GRIDS, type RollupTier, type RollupWish } from '../rollup-tiers.ts';
import type { ReadLimits } from '../store.ts';
import { BlockReader, partitionOf } from './blocks.ts';
import type { BoundValues, Driver } from './driver.ts';
import type { Visible } from './generations.ts';
import type { RollupCache } from './rollup-cache.ts';
import { FALLS_LEFT_OUT, RollupReader, RollupRows, TIER_BITS } from './rollup-columns.ts';
import { bindSpan, cutBlock, IN_SPAN, inOrder, needsMerge, newScratch, type Seen, type Span, settle } from './seen.ts';
import type { Turns } from './turns.ts';

/** Rows of a rollup are a tenth of the size of others. */
const ROWS_PER_BLOCK = 4_096;
/** Rollups of a metric are kept in memory when at least one in so many of its series is asked for. */
const MOST = 4;
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
  readonly #cache: RollupCache;
  /** Series of which some blocks must be read. */
  readonly #rows = new Set<Seen>();
  /** Series of which everything must be read. */
  readonly #whole = new Set<Seen>();

  constructor(driver: Driver, cache: RollupCache, span: Span, wish: RollupWish, visible: Visible) {
    this.#driver = driver;
    this.#cache = cache;
    this.#span = span;
    this.#wish = wish;
    this.#visible = visible;
  }

  /** Fills `rolled` of the views; `samples` becomes how many there will be when the rest is read too. */
  async readRollups(seen: readonly Seen[], limits: ReadLimits, turns: Turns): Promise<void> {
    this.#rows.clear();
    this.#whole.clear();
    const byId = new Map(seen.filter(({ isOnDisk }) => isOnDisk).map((view) => [view.series.id, view]));
    const { keptMetrics, others } = this.#apart(byId.values());
    if (keptMetrics.length > 0) {
      const wanted = { tier: this.#wish.tier, metrics: keptMetrics, ...this.#partitions(byId.values()), visible: this.#visible };
      for (const reader of await this.#cache.read(wanted, limits)) this.#refer(reader, byId);
    }
    if (others.length > 0) await this.#readDirectly(others, byId, limits);
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

  /** Metrics of which most series are asked for, which are worth keeping, and the views of others. */
  #apart(views: Iterable<Seen>): { keptMetrics: number[]; others: Seen[] } {
    const byMetric = new Map<number, Seen[]>();
    for (const view of views) {
      const same = byMetric.get(view.series.metric);
      if (same) same.push(view);
      else byMetric.set(view.series.metric, [view]);
    }
    const keptMetrics: number[] = [];
    const others: Seen[] = [];
    for (const [metric, same] of byMetric)
      if (same.length * MOST >= this.#cache.seriesOf(same[0] as Seen)) keptMetrics.push(metric);
      else others.push(...same);
    return { keptMetrics, others };
  }

  /** Those of the span that hold anything of the views. */
  #partitions(views: Iterable<Seen>): { firstPartition: number; lastPartition: number } {
    let [minMs, maxMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { series } of views) {
      minMs = Math.min(minMs, series.diskMinMs);
      maxMs = Math.max(maxMs, series.diskMaxMs);
    }
    const { startMs, endMs } = this.#span;
    return { firstPartition: partitionOf(Math.max(startMs, minMs)), lastPartition: partitionOf(Math.min(endMs, maxMs)) };
  }

  async #readDirectly(views: readonly Seen[], byId: ReadonlyMap<number, Seen>, limits: ReadLimits): Promise<void> {
    const { tier } = this.#wish;
    const sql = `SELECT ${RollupReader.columns(tier)} FROM rollups WHERE ${IN_SPAN}`;
    for await (const block of this.#driver.query(sql, this.#bind(views), limits, ROWS_PER_BLOCK))
      this.#refer(new RollupReader(RollupRows.fromBlock(block, tier), this.#cache.decoder), byId);
  }

  /** Tells the views which rows are theirs; those that follow each other and are alike stay together. */
  #refer(reader: RollupReader, byId: ReadonlyMap<number, Seen>): void {
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
