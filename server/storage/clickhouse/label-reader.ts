// Which series have samples in a span of time. Mostly the ends of what they have decide; the engine is asked about the others.
import type { Labels } from '../../model/labels.ts';
import { throwIfAborted } from '../errors.ts';
import type { LabelQuery, ReadLimits } from '../store.ts';
import { BlockReader } from './blocks.ts';
import { type Driver, queryAll } from './driver.ts';
import type { Generations, Visible } from './generations.ts';
import type { Series } from './head.ts';
import { bindSpan, cutBlock, IN_SPAN, look, newScratch, type Seen, type Span, settle } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';

/** Answers the questions of MetricStore about labels. */
export class LabelReader {
  readonly #driver: Driver;
  readonly #catalog: SeriesCatalog;
  readonly #generations: Generations;

  constructor(driver: Driver, catalog: SeriesCatalog, generations: Generations) {
    this.#driver = driver;
    this.#catalog = catalog;
    this.#generations = generations;
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

  /** Matching series with a sample in the span. */
  async #present(query: LabelQuery, limits: ReadLimits): Promise<Series[]> {
    throwIfAborted(limits);
    const visible = this.#generations.now;
    const found = new Set<Series>();
    const unsure = new Map<number, Seen>();
    for (const view of look(this.#catalog.matchAny(query.matcherSets), query)) {
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
    const sql = `SELECT DISTINCT series FROM samples WHERE ${IN_SPAN} AND (min_t >= {start:Int64} OR max_t <= {end:Int64})`;
    for (const block of await queryAll(this.#driver, sql, bindSpan(seriesOf(views), span, visible), limits))
      block.fixed('series', 'UInt32').forEach(take);
  }

  /** Gives the views their blocks in the span. */
  async #lookInto(views: readonly Seen[], span: Span, visible: Visible, limits: ReadLimits, condition: string): Promise<void> {
    const byId = new Map(views.map((view) => [view.series.id, view]));
    const sql = `SELECT ${BlockReader.COLUMNS} FROM samples WHERE ${IN_SPAN} ${condition}`;
    const scratch = newScratch();
    for await (const block of this.#driver.query(sql, bindSpan(seriesOf(views), span, visible), limits)) {
      const reader = new BlockReader(block);
      for (let row = 0; row < reader.rows; row++) {
        const view = byId.get(reader.series[row] as number);
        const ref = view && cutBlock(reader, row, span, scratch);
        if (!ref) continue;
        view.blocks.push(ref);
        view.samples += ref.to - ref.from;
      }
    }
  }
}

function isWithin(timestampMs: number, { startMs, endMs }: Span): boolean {
  return timestampMs >= startMs && timestampMs <= endMs;
}

function seriesOf(views: readonly Seen[]): Series[] {
  return views.map(({ series }) => series);
}

function cut<T>(items: T[], limit: number | undefined): T[] {
  return limit ? items.slice(0, limit) : items;
}
