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
import { bindSpan, cutBlock, IN_SPAN, inOrder, needsMerge, newScratch, type RolledRef, type Seen, type Span, settle } from './seen.ts';
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
  /** Rows that were read by their rollup and must be read whole. */
  #rows = new Map<Seen, RolledRef[]>();
  /** Series of which everything must be read. */
  #whole = new Set<Seen>();

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
      for await (const block of this.#driver.query(sql, this.#bind([...byId.values()]), limits, ROWS_PER_BLOCK)) {
        const reader = new RollupReader(block, tier, this.#decoder);
        for (let row = 0; row < reader.rows; row++)
          byId.get(reader.series[row] as number)?.rolled.push({ reader, row, minMs: reader.minMs(row), maxMs: reader.maxMs(row) });
      }
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

  /** Which of the blocks of a series will do. */
  #sort(view: Seen): void {
    view.rolled = inOrder(view.rolled);
    const needsAll = view.hasHistograms || needsMerge(view, view.rolled);
    const kept: RolledRef[] = [];
    const others: RolledRef[] = [];
    for (const ref of view.rolled) {
      if (!needsAll && this.#suffices(ref)) {
        kept.push(ref);
        view.samples += ref.reader.kept(ref.row);
      } else {
        others.push(ref);
        view.samples += ref.reader.counts[ref.row] as number;
      }
    }
    view.rolled = kept;
    if (needsAll) this.#whole.add(view);
    else if (others.length > 0) this.#rows.set(view, others);
  }

  #suffices({ reader, row, minMs, maxMs }: RolledRef): boolean {
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
    for (const { reader, row } of view.rolled) count -= reader.kept(row);
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
