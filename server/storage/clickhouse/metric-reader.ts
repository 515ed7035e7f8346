// Samples from head and engine. A read takes a reference to the heads first and then asks the engine for what was stored then (seen.ts).
import type { Matcher } from '../../model/matcher.ts';
import { throwIfAborted, tooManySamples } from '../errors.ts';
import type { PackedSeries, PackMemory } from '../packed/packed-series.ts';
import type { RollupWish } from '../rollup-tiers.ts';
import type { MetricSelection, ReadLimits, SeriesSet } from '../store.ts';
import { assemble } from './assemble.ts';
import { BLOCK_ROWS, BlockReader } from './blocks.ts';
import { type Driver, queryAll } from './driver.ts';
import type { Generations, Visible } from './generations.ts';
import { type Series, UNIT_BYTES } from './head.ts';
import { ahead, compareLabels, partsOf, runsOf, sortInTurns } from './in-parts.ts';
import { type Condition, inSpan, type Span } from './in-span.ts';
import { KeptBlockMemory } from './kept-blocks.ts';
import { KeptMemory } from './kept-memory.ts';
import { RollupMemory } from './kept-rollups.ts';
import { MatchedSeries, MOST_OF_ONE } from './matched-series.ts';
import { inParts, lookAtNewest, newestSamples } from './newest.ts';
import { isPackable, pack, partsToPack } from './pack.ts';
import { expectedSamples, RollupReads } from './rollup-reads.ts';
import { addBlock, cutBlock, look, type Seen, settle } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { Turns } from './turns.ts';

/** Reads of no more series do not wait for a turn. */
const FEW_SERIES = 250;

/** Series put in order before other work gets its turn. */
const SETTLE_SLICE = 5_000;

/** So many samples of a read in parts are read from the engine at once, in its encoding, and no more than so many parts. */
const READ_SAMPLES = 8_000_000;
const PARTS_PER_READ = 8;
/** Each series costs as much as so many samples: there may be many with few. */
const SAMPLES_PER_SERIES = 250;
/** Parts with histograms, which are not packed, hold about so many. */
const HISTOGRAM_PART_SAMPLES = 1_000_000;
/** Parts of newest samples, of which each series has one. */
const LOOKUP_PART_SERIES = 10_000;

/** What a selector finds, and whether it is in the order of labels. */
interface Matched {
  readonly series: readonly Series[];
  readonly isInOrder: boolean;
}

/** What blocks are read for, and within which bounds. */
interface Reading {
  readonly span: Span;
  readonly visible: Visible;
  readonly limits: ReadLimits;
  readonly budget: Budget;
  /** As KeptBlockMemory.read is told. */
  readonly isUse: boolean;
}

/** Answers `select` and `selectPacked` of a MetricStore. */
export class MetricReader {
  readonly #driver: Driver;
  readonly #catalog: SeriesCatalog;
  readonly #generations: Generations;
  readonly #turns = new Turns();
  readonly #rollups: RollupMemory;
  readonly #blocks: KeptBlockMemory;
  readonly #matched: MatchedSeries;

  constructor(driver: Driver, catalog: SeriesCatalog, generations: Generations, cacheBytes: number) {
    const memory = new KeptMemory(cacheBytes);
    this.#rollups = new RollupMemory(driver, catalog, memory);
    this.#blocks = new KeptBlockMemory(driver, catalog, memory);
    this.#matched = new MatchedSeries(catalog);
    this.#driver = driver;
    this.#catalog = catalog;
    this.#generations = generations;
  }

  /** To be called around what rewrites or drops rows: nothing that is kept may outlive them. */
  duringRewrite<T>(work: () => Promise<T>): Promise<T> {
    return this.#rollups.cache.during(() => this.#blocks.cache.during(work));
  }

  async select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    throwIfAborted(limits);
    const matched: Matched[] = [];
    for (const { matchers } of selections) matched.push(await this.#match(matchers, limits));
    const found = matched.reduce((sum, { series }) => sum + series.length, 0);
    throwIfOver(found, limits);
    const isLarge = found > FEW_SERIES;
    if (isLarge) await this.#turns.next();
    // All heads at once, so that the selections of one question see the same samples.
    const visible = this.#generations.now;
    const looked = selections.map((selection, i) => lookFor(selection, matched[i] as Matched));
    const budget = new Budget(limits);
    const sets: SeriesSet[] = [];
    for (const [i, { views, newest }] of looked.entries()) {
      const selection = selections[i] as MetricSelection;
      if (newest) {
        budget.take(newest.values.length);
        sets.push(newest);
        continue;
      }
      for (const { samples } of views) budget.take(samples);
      const seen = await this.#inOrder(views, matched[i] as Matched);
      await this.#readBlocks(seen, { span: selection, visible, limits, budget, isUse: true });
      if (isLarge) await this.#turns.next();
      sets.push(await assemble(seen, limits, this.#turns));
    }
    return sets;
  }

  /** As MetricStore.selectPacked; what comes next is read while the caller works on a part. */
  async *selectPacked(selection: MetricSelection, limits: ReadLimits, memory: PackMemory): AsyncGenerator<PackedSeries | SeriesSet> {
    const newest = selection.isLookup ? await this.#readNewest(selection, limits) : undefined;
    yield* newest ? inParts(newest, LOOKUP_PART_SERIES) : this.#readPacked(selection, limits, memory);
  }

  async #readNewest(selection: MetricSelection, limits: ReadLimits): Promise<SeriesSet | undefined> {
    throwIfAborted(limits);
    const { series, isInOrder } = await this.#match(selection.matchers, limits);
    await this.#turns.next();
    const newest = isInOrder ? newestSamples(series, selection) : undefined;
    if (newest) new Budget(limits).take(newest.values.length);
    return newest;
  }

  #readPacked(selection: MetricSelection, limits: ReadLimits, memory: PackMemory): AsyncGenerator<PackedSeries | SeriesSet> {
    const { rollup } = selection;
    const batchSamples = Math.min(READ_SAMPLES, PARTS_PER_READ * memory.partSamples);
    const batches = rollup ? this.#readRolled(selection, rollup, batchSamples, limits) : this.#readBatches(selection, batchSamples, limits);
    return ahead(this.#packParts(ahead(batches), limits, memory));
  }

  async *#readRolled(selection: MetricSelection, rollup: RollupWish, batchSamples: number, limits: ReadLimits): AsyncGenerator<Seen[]> {
    throwIfAborted(limits);
    const matched = await this.#match(selection.matchers, limits);
    const reads = new RollupReads(this.#driver, this.#catalog, this.#rollups, selection, rollup, this.#generations.now);
    const seen = await this.#inOrder(look(matched.series, selection), matched);
    const budget = new Budget(limits);
    const expected = SAMPLES_PER_SERIES + expectedSamples(selection, rollup.tier);
    for (const batch of partsOf(seen, (view) => view.samples + expected, batchSamples)) {
      await reads.readRollups(batch, limits, this.#turns);
      for (const part of partsOf(batch, ({ samples }) => SAMPLES_PER_SERIES + samples, batchSamples)) {
        for (const view of part) budget.take(view.samples);
        await reads.readRest(part, limits);
        yield part;
      }
    }
  }

  /** Series of several parts at a time with their blocks: to ask the engine costs as much as to read some hundred thousand samples. */
  async *#readBatches(selection: MetricSelection, batchSamples: number, limits: ReadLimits): AsyncGenerator<Seen[]> {
    throwIfAborted(limits);
    const matched = await this.#match(selection.matchers, limits);
    const visible = this.#generations.now;
    const seen = await this.#inOrder((selection.isLookup ? lookAtNewest : look)(matched.series, selection), matched);
    const budget = new Budget(limits);
    const counts = await this.#countOnDisk(seen, selection, visible, limits);
    const countOf = (view: Seen) => SAMPLES_PER_SERIES + view.samples + (counts.get(view.series.id) ?? 0);
    for (const batch of partsOf(seen, countOf, batchSamples)) {
      for (const view of batch) budget.take(view.samples);
      await this.#readBlocks(batch, { span: selection, visible, limits, budget, isUse: false });
      yield batch;
    }
  }

  async *#packParts(batches: AsyncIterable<Seen[]>, limits: ReadLimits, memory: PackMemory): AsyncGenerator<PackedSeries | SeriesSet> {
    for await (const batch of batches)
      for (const alike of runsOf(
        batch.filter(({ samples }) => samples > 0),
        isPackable,
      ))
        if (isPackable(alike[0] as Seen)) {
          for (const { views, bytes } of partsToPack(alike, memory)) {
            await this.#turns.next();
            throwIfAborted(limits);
            yield pack(views, bytes, memory);
          }
        } else {
          for (const part of partsOf(alike, ({ samples }) => samples, Math.min(memory.partSamples, HISTOGRAM_PART_SAMPLES)))
            yield await assemble(part, limits, this.#turns);
        }
  }

  async #match(matchers: readonly Matcher[], limits: ReadLimits): Promise<Matched> {
    const known = this.#matched.get(matchers);
    if (known) {
      throwIfOver(known.length, limits);
      return { series: known, isInOrder: true };
    }
    const { version } = this.#catalog;
    const found = await this.#catalog.matchInTurns(matchers, this.#turns, (count) => {
      throwIfAborted(limits);
      throwIfOver(count, limits);
    });
    throwIfOver(found.length, limits);
    // Of very many, most may be long gone, and those that are not are put in order when that is known.
    if (found.length > MOST_OF_ONE) return { series: found, isInOrder: false };
    const series = await sortInTurns(found, compareLabels, this.#turns);
    this.#matched.set(matchers, series, version);
    return { series, isInOrder: true };
  }

  async #inOrder(views: Seen[], { isInOrder }: Matched): Promise<Seen[]> {
    return isInOrder ? views : sortInTurns(views, (a, b) => compareLabels(a.series, b.series), this.#turns);
  }

  async #readBlocks(seen: readonly Seen[], reading: Reading): Promise<void> {
    const onDisk = seen.filter((view) => view.isOnDisk);
    if (onDisk.length > 0) await this.#readFromEngine(onDisk, reading);
    for (let i = 0; i < seen.length; i++) {
      if (i % SETTLE_SLICE === SETTLE_SLICE - 1) await this.#turns.next();
      const view = seen[i] as Seen;
      const bound = view.samples;
      settle(view);
      reading.budget.giveBack(bound - view.samples);
    }
  }

  async #readFromEngine(onDisk: readonly Seen[], reading: Reading): Promise<void> {
    const { span, visible, budget } = reading;
    const byId = new Map(onDisk.map((view) => [view.series.id, view]));
    const hasBodies = onDisk.some((view) => view.hasHistograms);
    for await (const reader of this.#blocksOf(onDisk, reading, hasBodies)) {
      for (let row = 0; row < reader.rows; row++) {
        const view = byId.get(reader.series[row] as number);
        if (!view || reader.generation(row) > visible.visible) continue;
        const ref = cutBlock(reader, row, span);
        if (!ref) continue;
        addBlock(view, ref);
        view.samples += ref.to - ref.from;
        budget.take(ref.to - ref.from + Math.ceil(reader.bodyBytes(row) / UNIT_BYTES));
      }
    }
  }

  /** Blocks of the views, and maybe others. */
  async *#blocksOf(views: readonly Seen[], { span, visible, limits, isUse }: Reading, hasBodies: boolean): AsyncGenerator<BlockReader> {
    const kept = await this.#blocks.read(views, span, visible, limits, isUse);
    if (kept) {
      yield* kept;
      return;
    }
    const condition = this.#inSpan(views, span, visible);
    const sql = `SELECT ${BlockReader.COLUMNS}${hasBodies ? ', bodies' : ''} FROM samples WHERE ${condition.sql}`;
    for await (const block of this.#driver.query(sql, condition.values, limits, BLOCK_ROWS)) yield new BlockReader(block, { hasBodies });
  }

  #inSpan(views: readonly Seen[], span: Span, visible: Visible): Condition {
    const series = views.map((view) => view.series);
    return inSpan(series, span, visible, (name) => this.#catalog.countOf(name));
  }

  /** Samples in the blocks that touch the span, for each series. */
  async #countOnDisk(seen: readonly Seen[], span: Span, visible: Visible, limits: ReadLimits): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    const onDisk = seen.filter((view) => view.isOnDisk);
    if (onDisk.length === 0) return counts;
    const kept = await this.#blocks.read(onDisk, span, visible, limits, true);
    if (kept) return countWithin(kept, span);
    const condition = this.#inSpan(onDisk, span, visible);
    const sql = `SELECT series, toFloat64(sum(count) + sum(body_bytes) / ${UNIT_BYTES}) AS samples FROM samples WHERE ${condition.sql} GROUP BY series`;
    for (const block of await queryAll(this.#driver, sql, condition.values, limits)) {
      const samples = block.fixed('samples', 'Float64');
      block.fixed('series', 'UInt32').forEach((id, i) => {
        counts.set(id, samples[i] as number);
      });
    }
    return counts;
  }
}

/** What there is to see of a selection now; where that is nothing but newest samples, these. */
function lookFor(selection: MetricSelection, { series, isInOrder }: Matched): { readonly views: Seen[]; readonly newest?: SeriesSet } {
  if (!selection.isLookup) return { views: look(series, selection) };
  const newest = isInOrder ? newestSamples(series, selection) : undefined;
  return newest ? { views: [], newest } : { views: lookAtNewest(series, selection) };
}

function throwIfOver(found: number, { maxMatched }: ReadLimits): void {
  if (maxMatched !== undefined && found > maxMatched) throw tooManySamples(maxMatched);
}

/** Samples in the blocks that touch the span, by series. */
function countWithin(readers: readonly BlockReader[], { startMs, endMs }: Span): Map<number, number> {
  const counts = new Map<number, number>();
  for (const reader of readers)
    for (let row = 0; row < reader.rows; row++) {
      if (reader.minMs(row) > endMs || reader.maxMs(row) < startMs) continue;
      const id = reader.series[row] as number;
      counts.set(id, (counts.get(id) ?? 0) + (reader.counts[row] as number));
    }
  return counts;
}

/** Counts what a read takes against its limit; the bytes of histograms count as samples of 16 bytes. */
class Budget {
  readonly #maxSamples: number;
  #left: number;

  constructor({ maxSamples = Number.POSITIVE_INFINITY }: ReadLimits) {
    this.#maxSamples = maxSamples;
    this.#left = maxSamples;
  }

  /** Throws `storage.too_many_samples`. */
  take(samples: number): void {
    this.#left -= samples;
    if (this.#left < 0) throw tooManySamples(this.#maxSamples);
  }

  giveBack(samples: number): void {
    this.#left += samples;
  }
}
