// Which series have samples in a span of time. Mostly the ends of what they have decide; the engine is asked about the others.
import { compareText, type Labels } from '../../model/labels.ts';
import { throwIfAborted } from '../errors.ts';
import type { LabelQuery, ReadLimits } from '../store.ts';
import { BlockReader } from './blocks.ts';
import { type Driver, queryAll } from './driver.ts';
import type { Generations, Visible } from './generations.ts';
import type { Series } from './head.ts';
import { sortInTurns } from './in-parts.ts';
import { type Condition, inSpan, type Span } from './in-span.ts';
import { addBlock, cutBlock, look, type Seen, settle } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { Turns } from './turns.ts';

/** Series looked at before other work gets its turn. */
const SLICE = 5_000;

/** Answers the questions of MetricStore about labels. */
export class LabelReader {
  readonly #driver: Driver;
  readonly #catalog: SeriesCatalog;
  readonly #generations: Generations;
  readonly #turns = new Turns();

  constructor(driver: Driver, catalog: SeriesCatalog, generations: Generations) {
    this.#driver = driver;
    this.#catalog = catalog;
    this.#generations = generations;
  }

  async series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]> {
    const found = await this.#present(query, limits);
    const labels = found.map((series) => series.labels);
    return cut(await sortInTurns(labels, (a, b) => a.compare(b), this.#turns), query.limit);
  }

  async labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    const names = new Set<string>();
    await this.#each(await this.#present(query, limits), limits, ({ labels: { flat } }) => {
      for (let i = 0; i < flat.length; i += 2) names.add(flat[i] as string);
    });
    return cut([...names].sort(), query.limit);
  }

  async labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    const values = new Set<string>();
    await this.#each(await this.#present(query, limits), limits, ({ labels }) => values.add(labels.get(name)));
    values.delete('');
    return cut(await sortInTurns([...values], compareText, this.#turns), query.limit);
  }

  /** Does something with each series, other work in between. */
  async #each(series: readonly Series[], limits: ReadLimits, visit: (series: Series) => void): Promise<void> {
    for (let from = 0; from < series.length; from += SLICE) {
      if (from > 0) await this.#turns.next();
      throwIfAborted(limits);
      for (const one of series.slice(from, from + SLICE)) visit(one);
    }
  }

  /** Matching series with a sample in the span. */
  async #present(query: LabelQuery, limits: ReadLimits): Promise<Series[]> {
    throwIfAborted(limits);
    const matched = await this.#catalog.matchAnyInTurns(query.matcherSets, this.#turns, () => throwIfAborted(limits));
    const certain: Series[] = [];
    const others: Series[] = [];
    await this.#each(matched, limits, (series) => (hasEdgeWithin(series, query) ? certain : others).push(series));
    // From here on at one moment: what was flushed since, the ends of the series tell.
    const visible = this.#generations.now;
    const found = new Set(certain);
    const unsure = new Map<number, Seen>();
    for (const view of look(others, query)) {
      const { series, headStart, headEnd, late } = view;
      if (headEnd > headStart || late || isWithin(series.diskMinMs, query) || isWithin(series.diskMaxMs, query)) found.add(series);
      else unsure.set(series.id, view);
    }
    const take = (id: number) => {
      const view = unsure.get(id);
      if (view) found.add(view.series);
      unsure.delete(id);
    };
    const hidden = [...unsure.values()].filter((view) => view.tombstones.length > 0);
    const plain = [...unsure.values()].filter((view) => view.tombstones.length === 0);
    if (plain.length > 0) await this.#findEdges(plain, query, visible, limits, take);
    // What is left has at most blocks that begin before and end after the span: their times decide.
    const around = plain.filter(({ series }) => unsure.has(series.id));
    if (around.length > 0) await this.#lookInto(around, query, visible, limits, 'AND min_t < {start:Int64} AND max_t > {end:Int64}');
    if (hidden.length > 0) await this.#lookInto(hidden, query, visible, limits, '');
    for (const view of [...around, ...hidden]) {
      settle(view);
      if (view.samples > 0) take(view.series.id);
    }
    return [...found];
  }

  /** Series with a block that begins or ends within the span. */
  async #findEdges(views: readonly Seen[], span: Span, visible: Visible, limits: ReadLimits, take: (id: number) => void): Promise<void> {
    const ids = new Set(views.map(({ series }) => series.id));
    const condition = this.#inSpan(views, span, visible);
    const sql = `SELECT DISTINCT series FROM samples WHERE ${condition.sql} AND (min_t >= {start:Int64} OR max_t <= {end:Int64})`;
    for (const block of await queryAll(this.#driver, sql, condition.values, limits))
      for (const id of block.fixed('series', 'UInt32')) if (ids.has(id)) take(id);
  }

  #inSpan(views: readonly Seen[], span: Span, visible: Visible): Condition {
    const series = views.map((view) => view.series);
    return inSpan(series, span, visible, (name) => this.#catalog.countOf(name));
  }

  /** Gives the views their blocks in the span. */
  async #lookInto(views: readonly Seen[], span: Span, visible: Visible, limits: ReadLimits, condition: string): Promise<void> {
    const byId = new Map(views.map((view) => [view.series.id, view]));
    const { sql: ofViews, values } = this.#inSpan(views, span, visible);
    const sql = `SELECT ${BlockReader.COLUMNS} FROM samples WHERE ${ofViews} ${condition}`;
    for await (const block of this.#driver.query(sql, values, limits)) {
      const reader = new BlockReader(block);
      for (let row = 0; row < reader.rows; row++) {
        const view = byId.get(reader.series[row] as number);
        const ref = view && cutBlock(reader, row, span);
        if (!ref) continue;
        addBlock(view, ref);
        view.samples += ref.to - ref.from;
      }
    }
  }
}

/** Whether the first or last sample of the head or of the disk is in the span, which is so of almost all series. */
function hasEdgeWithin({ columns, count, diskMinMs, diskMaxMs }: Series, span: Span): boolean {
  if (isWithin(diskMinMs, span) || isWithin(diskMaxMs, span)) return true;
  return count > 0 && (isWithin(columns.timeAt(0), span) || isWithin(columns.timeAt(count - 1), span));
}

function isWithin(timestampMs: number, { startMs, endMs }: Span): boolean {
  return timestampMs >= startMs && timestampMs <= endMs;
}

function cut<T>(items: T[], limit: number | undefined): T[] {
  return limit ? items.slice(0, limit) : items;
}
