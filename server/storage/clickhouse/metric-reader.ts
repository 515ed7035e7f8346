// A read takes a reference to the head first and then asks the engine. Whatever a flush does meanwhile, what the engine
// answers is cut off before the first head sample that the read saw (or after the newest sample, if the head was empty):
// every sample once, none missing.
import type { Labels } from '../../model/labels.ts';
import { throwIfAborted, tooManySamples } from '../errors.ts';
import type { LabelQuery, MetricSelection, ReadLimits, SampleBuffers, SeriesSet } from '../store.ts';
import { BlockReader, MAX_BLOCK_SAMPLES } from './blocks.ts';
import { type BoundValues, type Driver, queryAll } from './driver.ts';
import { type HeadColumns, lowerBound, type Series } from './head.ts';
import type { SeriesIndex } from './series-index.ts';
import { METRIC_PARTITION_MS } from './tables.ts';
import { Turns } from './turns.ts';

/** Samples decoded before other work gets its turn (about 3 ms); each series costs as much as so many samples. */
const DECODE_SLICE = 300_000;
const SAMPLES_PER_SERIES = 100;
/** Reads of no more series do not wait for a turn. */
const FEW_SERIES = 250;
/** Series sorted before other work gets its turn. */
const SORT_SLICE = 1_000;

const IN_SPAN = `metric IN {metrics:Array(UInt32)} AND series IN {series:Array(UInt32)}
  AND min_t >= {from:Int64} AND min_t <= {end:Int64} AND max_t >= {start:Int64}`;

const FRESH_BUFFERS: SampleBuffers = {
  take: (count) => ({ timestampsMs: new Float64Array(count), values: new Float64Array(count) }),
};

/** So many parts of a read in parts are read from the engine at once, in its encoding (a quarter to a half of their size decoded). */
const PARTS_PER_READ = 4;

/** What a read sees of one series. */
interface Seen {
  readonly series: Series;
  readonly columns: HeadColumns;
  readonly headStart: number;
  readonly headEnd: number;
  /** The engine's samples count only up to here, included. */
  readonly diskEndMs: number;
  blocks: BlockRef[];
  samples: number;
}

interface BlockRef {
  readonly reader: BlockReader;
  readonly row: number;
  readonly minMs: number;
  /** Samples from … to-1 of the block are wanted. */
  readonly from: number;
  readonly to: number;
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Answers the questions of MetricStore from head and engine. */
export class MetricReader {
  readonly #driver: Driver;
  readonly #index: SeriesIndex<Series>;
  readonly #turns = new Turns();

  constructor(driver: Driver, index: SeriesIndex<Series>) {
    this.#driver = driver;
    this.#index = index;
  }

  async select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    throwIfAborted(limits);
    const maxSamples = limits.maxSamples ?? Number.POSITIVE_INFINITY;
    const matched = selections.map(({ matchers }) => this.#index.match(matchers));
    const isLarge = matched.reduce((sum, { length }) => sum + length, 0) > FEW_SERIES;
    if (isLarge) await this.#turns.next();
    // All heads at once, so that the selections of one question see the same samples.
    const views = selections.map((selection, i) => this.#look(matched[i] as Series[], selection));
    const budget = { left: maxSamples, check: (count: number) => check(budget, count, maxSamples) };
    const sets: SeriesSet[] = [];
    for (const [i, view] of views.entries()) {
      const selection = selections[i] as MetricSelection;
      for (const { samples } of view) budget.check(samples);
      const seen = await sortByLabels(view, this.#turns);
      await this.#readBlocks(seen, selection, limits, budget);
      if (isLarge) await this.#turns.next();
      sets.push(await assemble(seen, limits, this.#turns, FRESH_BUFFERS));
    }
    return sets;
  }

  /** As MetricStore.selectParts; what comes next is read and decoded while the caller works on a part. */
  selectParts(
    selection: MetricSelection,
    partSamples: number,
    limits: ReadLimits,
    buffers: SampleBuffers = FRESH_BUFFERS,
  ): AsyncGenerator<SeriesSet> {
    return ahead(this.#decodeParts(ahead(this.#readBatches(selection, partSamples, limits)), partSamples, limits, buffers));
  }

  /** Series of several parts at a time with their blocks: to ask the engine costs as much as to read some hundred thousand samples. */
  async *#readBatches(selection: MetricSelection, partSamples: number, limits: ReadLimits): AsyncGenerator<Seen[]> {
    throwIfAborted(limits);
    const seen = await sortByLabels(this.#look(this.#index.match(selection.matchers), selection), this.#turns);
    const maxSamples = limits.maxSamples ?? Number.POSITIVE_INFINITY;
    const budget = { left: maxSamples, check: (count: number) => check(budget, count, maxSamples) };
    const counts = await this.#countOnDisk(seen, selection, limits);
    const countOf = (view: Seen) => view.samples + (counts.get(view.series.id) ?? 0);
    for (const batch of partsOf(seen, countOf, partSamples * PARTS_PER_READ)) {
      for (const view of batch) budget.check(view.samples);
      await this.#readBlocks(batch, selection, limits, budget);
      yield batch;
    }
  }

  async *#decodeParts(
    batches: AsyncIterable<Seen[]>,
    partSamples: number,
    limits: ReadLimits,
    buffers: SampleBuffers,
  ): AsyncGenerator<SeriesSet> {
    for await (const batch of batches)
      for (const part of partsOf(batch, (view) => view.samples, partSamples)) {
        const set = await assemble(part, limits, this.#turns, buffers);
        if (set.labels.length > 0) yield set;
      }
  }

  async series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]> {
    const found = await this.#present(query, limits);
    return cut(
      found.map((series) => series.labels).sort((a, b) => a.compare(b)),
      query.limit,
    );
  }

  async labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    const names = new Set<string>();
    for (const series of await this.#present(query, limits))
      for (let i = 0; i < series.labels.flat.length; i += 2) names.add(series.labels.flat[i] as string);
    return cut([...names].sort(), query.limit);
  }

  async labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    const values = new Set<string>();
    for (const series of await this.#present(query, limits)) values.add(series.labels.get(name));
    values.delete('');
    return cut([...values].sort(), query.limit);
  }

  #look(matched: readonly Series[], { startMs, endMs }: Span): Seen[] {
    const seen: Seen[] = [];
    for (const series of matched) {
      const { columns, count } = series;
      const headStart = lowerBound(columns.times, count, startMs);
      const headEnd = lowerBound(columns.times, count, endMs + 0.5);
      const diskEndMs = Math.min(endMs, count > 0 ? (columns.times[0] as number) - 1 : series.lastMs);
      const hasDisk = series.diskMinMs <= diskEndMs && series.diskMaxMs >= startMs;
      if (headEnd > headStart || hasDisk)
        seen.push({ series, columns, headStart, headEnd, diskEndMs, blocks: [], samples: headEnd - headStart });
    }
    return seen;
  }

  async #readBlocks(seen: readonly Seen[], { startMs }: Span, limits: ReadLimits, budget: Budget): Promise<void> {
    const onDisk = seen.filter((view) => view.series.diskMinMs <= view.diskEndMs && view.series.diskMaxMs >= startMs);
    if (onDisk.length === 0) return;
    const byId = new Map(onDisk.map((view) => [view.series.id, view]));
    const endMs = onDisk.reduce((max, view) => Math.max(max, view.diskEndMs), Number.NEGATIVE_INFINITY);
    const sql = `SELECT ${BlockReader.COLUMNS} FROM samples WHERE ${IN_SPAN}`;
    const scratch = new Float64Array(MAX_BLOCK_SAMPLES);
    for await (const block of this.#driver.query(sql, bindSpan(onDisk, startMs, endMs), limits)) {
      const reader = new BlockReader(block);
      for (let row = 0; row < reader.rows; row++) {
        const view = byId.get(reader.series[row] as number);
        if (!view) continue;
        const ref = cutBlock(reader, row, startMs, view.diskEndMs, scratch);
        if (!ref) continue;
        view.blocks.push(ref);
        view.samples += ref.to - ref.from;
        budget.check(ref.to - ref.from);
      }
    }
  }

  /** Samples in the blocks that touch the span, for each series. */
  async #countOnDisk(seen: readonly Seen[], { startMs, endMs }: Span, limits: ReadLimits): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    if (!seen.some((view) => view.series.diskMaxMs >= startMs)) return counts;
    const sql = `SELECT series, toFloat64(sum(count)) AS samples FROM samples WHERE ${IN_SPAN} GROUP BY series`;
    for (const block of await queryAll(this.#driver, sql, bindSpan(seen, startMs, endMs), limits)) {
      const samples = block.fixed('samples', 'Float64');
      block.fixed('series', 'UInt32').forEach((id, i) => {
        counts.set(id, samples[i] as number);
      });
    }
    return counts;
  }

  /** Matching series with a sample in the span. */
  async #present(query: LabelQuery, limits: ReadLimits): Promise<Series[]> {
    throwIfAborted(limits);
    const seen = this.#look(this.#index.matchAny(query.matcherSets), query);
    const found = new Set<Series>();
    const unsure = new Map<number, Series>();
    for (const { series, headStart, headEnd, diskEndMs } of seen) {
      const { diskMinMs, diskMaxMs } = series;
      const isEdgeInside = (diskMinMs >= query.startMs && diskMinMs <= diskEndMs) || (diskMaxMs >= query.startMs && diskMaxMs <= diskEndMs);
      if (headEnd > headStart || isEdgeInside) found.add(series);
      else unsure.set(series.id, series);
    }
    if (unsure.size > 0) await this.#findOnDisk(unsure, query, limits, found);
    return [...found];
  }

  async #findOnDisk(unsure: Map<number, Series>, { startMs, endMs }: Span, limits: ReadLimits, found: Set<Series>): Promise<void> {
    const take = (id: number) => {
      const series = unsure.get(id);
      if (series) found.add(series);
      unsure.delete(id);
    };
    const values = bindSpan(
      [...unsure.values()].map((series) => ({ series })),
      startMs,
      endMs,
    );
    const edges = `SELECT DISTINCT series FROM samples WHERE ${IN_SPAN} AND (min_t >= {start:Int64} OR max_t <= {end:Int64})`;
    for (const block of await queryAll(this.#driver, edges, values, limits)) block.fixed('series', 'UInt32').forEach(take);
    if (unsure.size === 0) return;
    // What is left has at most blocks that begin before and end after the span: their times decide.
    const around = `SELECT ${BlockReader.COLUMNS} FROM samples WHERE ${IN_SPAN} AND min_t < {start:Int64} AND max_t > {end:Int64}`;
    const scratch = new Float64Array(MAX_BLOCK_SAMPLES);
    const left = bindSpan(
      [...unsure.values()].map((series) => ({ series })),
      startMs,
      endMs,
    );
    for await (const block of this.#driver.query(around, left, limits)) {
      const reader = new BlockReader(block);
      for (let row = 0; row < reader.rows; row++) if (cutBlock(reader, row, startMs, endMs, scratch)) take(reader.series[row] as number);
    }
  }
}

/** Cuts `seen` into parts of no more than `partSamples`, or of one series. */
function partsOf(seen: readonly Seen[], countOf: (view: Seen) => number, partSamples: number): Seen[][] {
  const parts: Seen[][] = [];
  let samples = 0;
  for (const view of seen) {
    const count = countOf(view);
    const part = parts.at(-1);
    if (part && samples + count <= partSamples) {
      part.push(view);
      samples += count;
    } else {
      parts.push([view]);
      samples = count;
    }
  }
  return parts;
}

/** The same items, each asked for while the one before is worked on. An error is thrown when its turn comes, or not if the caller leaves. */
async function* ahead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next();
  try {
    for (let result = await next; !result.done; result = await next) {
      next = items.next();
      next.catch(ignoreUntilAwaited);
      yield result.value;
    }
  } finally {
    await next.catch(ignoreUntilAwaited);
    await items.return(undefined);
  }
}

function ignoreUntilAwaited(): void {
  // Whoever awaits the promise sees the rejection.
}

interface Budget {
  left: number;
  check(count: number): void;
}

function check(budget: Budget, count: number, maxSamples: number): void {
  budget.left -= count;
  if (budget.left < 0) throw tooManySamples(maxSamples);
}

function bindSpan(views: readonly { series: Series }[], startMs: number, endMs: number): BoundValues {
  return {
    metrics: [...new Set(views.map(({ series }) => series.metric))],
    series: views.map(({ series }) => series.id),
    from: Math.floor(startMs / METRIC_PARTITION_MS) * METRIC_PARTITION_MS,
    start: startMs,
    end: endMs,
  };
}

/** The part of a block within startMs … endMs, or undefined when it has no sample there. */
function cutBlock(reader: BlockReader, row: number, startMs: number, endMs: number, scratch: Float64Array): BlockRef | undefined {
  const count = reader.counts[row] as number;
  const minMs = reader.minMs(row);
  if (minMs >= startMs && reader.maxMs(row) <= endMs) return { reader, row, minMs, from: 0, to: count };
  reader.decodeTimes(row, scratch, 0);
  const from = lowerBound(scratch, count, startMs);
  const to = lowerBound(scratch, count, endMs + 0.5);
  return to > from ? { reader, row, minMs, from, to } : undefined;
}

/** Sorts pieces and merges them two by two, a turn for each slice. */
async function sortByLabels(seen: readonly Seen[], turns: Turns): Promise<Seen[]> {
  let runs: Seen[][] = [];
  for (let at = 0; at < seen.length; at += SORT_SLICE) {
    if (seen.length > SORT_SLICE) await turns.next();
    runs.push(seen.slice(at, at + SORT_SLICE).sort(compareLabels));
  }
  while (runs.length > 1) {
    const merged: Seen[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(await mergeRuns(runs[i] as Seen[], runs[i + 1] ?? [], turns));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeRuns(left: readonly Seen[], right: readonly Seen[], turns: Turns): Promise<Seen[]> {
  const merged: Seen[] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    if (merged.length % (4 * SORT_SLICE) === 0) await turns.next();
    const [a, b] = [left[i], right[j]];
    const isLeftNext = a !== undefined && (b === undefined || compareLabels(a, b) <= 0);
    merged.push((isLeftNext ? left[i++] : right[j++]) as Seen);
  }
  return merged;
}

function compareLabels(a: Seen, b: Seen): number {
  return a.series.labels.compare(b.series.labels);
}

async function assemble(seen: readonly Seen[], limits: ReadLimits, turns: Turns, buffers: SampleBuffers): Promise<SeriesSet> {
  const full = seen.filter((view) => view.samples > 0);
  const offsets = new Uint32Array(full.length + 1);
  full.forEach((view, i) => {
    offsets[i + 1] = (offsets[i] as number) + view.samples;
  });
  const total = offsets[full.length] as number;
  const { timestampsMs, values } = buffers.take(total);
  let at = 0;
  let cost = 0;
  const isWithoutStale = full.every(
    (view) => view.headEnd === view.headStart && view.blocks.every(({ reader, row }) => reader.isWhole(row)),
  );
  for (const view of full) {
    for (const block of inOrder(view.blocks)) at = decode(block, timestampsMs, values, at);
    const { columns, headStart, headEnd } = view;
    timestampsMs.set(columns.times.subarray(headStart, headEnd), at);
    values.set(columns.values.subarray(headStart, headEnd), at);
    at += headEnd - headStart;
    view.blocks = [];
    cost += view.samples + SAMPLES_PER_SERIES;
    if (cost < DECODE_SLICE) continue;
    cost = 0;
    await turns.next();
    throwIfAborted(limits);
  }
  return { labels: full.map((view) => view.series.labels), offsets, timestampsMs, values, isWithoutStale };
}

/** The engine answers part by part; blocks of a series do not overlap. */
function inOrder(blocks: BlockRef[]): BlockRef[] {
  for (let i = 1; i < blocks.length; i++)
    if ((blocks[i] as BlockRef).minMs < (blocks[i - 1] as BlockRef).minMs) return blocks.sort((a, b) => a.minMs - b.minMs);
  return blocks;
}

function decode({ reader, row, from, to }: BlockRef, times: Float64Array, values: Float64Array, at: number): number {
  const count = reader.counts[row] as number;
  if (from === 0 && to === count) {
    reader.decodeTimes(row, times, at);
    reader.decodeValues(row, values, at);
    return at + count;
  }
  const allTimes = new Float64Array(count);
  const allValues = new Float64Array(count);
  reader.decodeTimes(row, allTimes, 0);
  reader.decodeValues(row, allValues, 0);
  times.set(allTimes.subarray(from, to), at);
  values.set(allValues.subarray(from, to), at);
  return at + to - from;
}

function cut<T>(items: T[], limit: number | undefined): T[] {
  return limit ? items.slice(0, limit) : items;
}
