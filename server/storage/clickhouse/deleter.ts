// Deletions: samples in memory are dropped at once, samples in the engine are hidden by tombstones until a cleaning removes their rows.
import { throwIfAborted } from '../errors.ts';
import type { LabelQuery, ReadLimits } from '../store.ts';
import { BlockEncoder, BlockReader } from './blocks.ts';
import { type DiskSpan, measure } from './disk-span.ts';
import { type BoundValue, type Driver, queryAll } from './driver.ts';
import { type Flusher, storeBlocks } from './flusher.ts';
import { type Generations, VISIBLE } from './generations.ts';
import type { Series } from './head.ts';
import type { HeadMemory } from './head-columns.ts';
import type { LoggedDeletion } from './metric-log.ts';
import type { Run } from './run.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { hiddenPart, NO_TOMBSTONES, type Tombstone, withoutHidden, withTombstone } from './tombstones.ts';

/** Deletions that one statement of a cleaning carries out. */
const SPANS_PER_STATEMENT = 20;
/** What has a row for each block. */
const BLOCK_TABLES = ['samples', 'rollups'] as const;
const SERIES_PER_STATEMENT = 10_000;
const INSERT_UNITS = 1_000_000;
const NO_TIMEOUT_MS = 24 * 3_600_000;

export interface DeleterDeps {
  readonly driver: Driver;
  readonly generations: Generations;
  readonly catalog: SeriesCatalog;
  readonly flusher: Flusher;
  /** For what is left in the head. */
  readonly memory: HeadMemory;
}

/** Deletes samples. Nothing here may run while a flush does. */
export class Deleter {
  readonly #deps: DeleterDeps;

  constructor(deps: DeleterDeps) {
    this.#deps = deps;
  }

  /** Deletes what memory and engine hold; answers what the log must tell about it, undefined when there was nothing. */
  async delete(query: LabelQuery, limits: ReadLimits): Promise<LoggedDeletion | undefined> {
    throwIfAborted(limits);
    const { driver, generations, catalog, flusher, memory } = this.#deps;
    const visible = generations.now;
    const tombstone = { startMs: wholeMs(query.startMs), endMs: wholeMs(query.endMs), generation: visible.visible };
    const matched = catalog.matchAny(query.matcherSets);
    const unsure = matched
      .filter((series) => isUnsure(series, tombstone))
      .map(({ id, metric, tombstones }) => ({ id, metric, tombstones: withTombstone(tombstones, tombstone) }));
    const asked = new Set(unsure.map(({ id }) => id));
    const spans = await measure(driver, visible, unsure, limits);
    // From here on in one go: nobody sees half of a deletion.
    const touched: number[] = [];
    const gone: Series[] = [];
    for (const series of matched) {
      const isHidden = touchesDisk(series, tombstone);
      const measured = asked.has(series.id) ? { span: spans.get(series.id) } : undefined;
      if (!deleteFrom(series, tombstone, measured, memory) && !isHidden) continue;
      touched.push(series.id);
      if (isHidden) flusher.addTombstones([{ series: series.id, tombstone }]);
      if (!series.hasHead && !series.hasDisk) gone.push(series);
    }
    catalog.forget(gone);
    return touched.length > 0 ? { ...tombstone, series: touched, gone: gone.map(({ id }) => id) } : undefined;
  }

  /** Whether there is anything to clean. */
  get isUntidy(): boolean {
    const { flusher, generations, catalog } = this.#deps;
    if (flusher.hasTombstones || generations.now.dead.length > 0) return true;
    for (const series of catalog.known()) if (series.tombstones.length > 0) return true;
    return false;
  }

  /** Removes hidden samples and what flushes that never became complete have left. Everything in the log must be stored before. */
  async clean(): Promise<void> {
    const { driver, generations, catalog } = this.#deps;
    const spans: Tombstone[] = [];
    for (const block of await queryAll(driver, 'SELECT DISTINCT start_ms, end_ms, generation FROM tombstones')) {
      const starts = block.fixed('start_ms', 'Int64');
      const ends = block.fixed('end_ms', 'Int64');
      block.fixed('generation', 'UInt32').forEach((generation, i) => {
        spans.push({ startMs: Number(starts[i]), endMs: Number(ends[i]), generation });
      });
    }
    const { dead } = generations.now;
    if (dead.length > 0) {
      for (const table of BLOCK_TABLES)
        await driver.command(`ALTER TABLE ${table} DELETE WHERE generation IN {dead:Array(UInt32)} SETTINGS mutations_sync = 1`, { dead });
      await generations.forgetDead();
    }
    if (spans.length === 0) return;
    await this.#keepParts();
    for (let at = 0; at < spans.length; at += SPANS_PER_STATEMENT) await this.#removeRows(spans.slice(at, at + SPANS_PER_STATEMENT));
    await this.#removeLabels();
    await driver.command('TRUNCATE TABLE tombstones');
    for (const series of catalog.known()) series.tombstones = NO_TOMBSTONES;
  }

  /** Stores anew what is not hidden of rows that are hidden in part. A crash now leaves it there twice, which does no harm. */
  async #keepParts(): Promise<void> {
    const { driver, generations, catalog } = this.#deps;
    const encoders = new Map<number, BlockEncoder>();
    const sql = `SELECT ${BlockReader.COLUMNS}, bodies FROM samples WHERE series IN (SELECT series FROM tombstones) AND ${VISIBLE}`;
    const { visible, dead } = generations.now;
    for await (const block of driver.query(sql, { visible, dead }, { timeoutMs: NO_TIMEOUT_MS })) {
      const reader = new BlockReader(block, { hasBodies: true });
      for (let row = 0; row < reader.rows; row++) {
        const series = catalog.byId(reader.series[row] as number);
        const generation = reader.generation(row);
        const found = { minMs: reader.minMs(row), maxMs: reader.maxMs(row), generation };
        if (!series || hiddenPart(series.tombstones, found) !== 'some') continue;
        const encoder = encoders.get(generation) ?? new BlockEncoder(generation);
        encoders.set(generation, encoder);
        addParts(withoutHidden(reader.run(row), series.tombstones, generation), series, generation, encoder);
        if (encoder.units < INSERT_UNITS) continue;
        encoders.delete(generation);
        await storeBlocks(driver, encoder);
      }
    }
    for (const encoder of encoders.values()) await storeBlocks(driver, encoder);
  }

  async #removeRows(spans: readonly Tombstone[]): Promise<void> {
    const values: Record<string, BoundValue> = {};
    const conditions = spans.map(({ startMs, endMs, generation }, i) => {
      Object.assign(values, { [`s${i}`]: startMs, [`e${i}`]: endMs, [`g${i}`]: generation });
      const [start, end, upTo] = [`{s${i}:Int64}`, `{e${i}:Int64}`, `{g${i}:UInt32}`];
      const ofSpan = `SELECT series FROM tombstones WHERE start_ms = ${start} AND end_ms = ${end} AND generation = ${upTo}`;
      return `(generation <= ${upTo} AND min_t <= ${end} AND max_t >= ${start} AND series IN (${ofSpan}))`;
    });
    for (const table of BLOCK_TABLES)
      await this.#deps.driver.command(`ALTER TABLE ${table} DELETE WHERE ${conditions.join(' OR ')} SETTINGS mutations_sync = 1`, values);
  }

  /** Removes the labels of series that have no rows any more. */
  async #removeLabels(): Promise<void> {
    const { catalog, driver } = this.#deps;
    const gone = [...catalog.known()].filter((series) => !series.isIndexed && series.isStored);
    for (let at = 0; at < gone.length; at += SERIES_PER_STATEMENT) {
      const ids = gone.slice(at, at + SERIES_PER_STATEMENT).map(({ id }) => id);
      await driver.command('ALTER TABLE series DELETE WHERE series IN {ids:Array(UInt32)} SETTINGS mutations_sync = 1', { ids });
    }
    for (const series of gone) if (!series.isIndexed) series.isStored = false;
  }
}

/** Whether memory held anything of it. `measured` is what the engine still shows, where that was unsure. */
function deleteFrom(
  series: Series,
  tombstone: Tombstone,
  measured: { readonly span: DiskSpan | undefined } | undefined,
  memory: HeadMemory,
): boolean {
  const { startMs, endMs } = tombstone;
  const before = series.units;
  series.deleteHead(startMs, endMs, memory);
  const isCovered = coversDisk(series, tombstone);
  if (touchesDisk(series, tombstone)) series.tombstones = withTombstone(series.tombstones, tombstone);
  const span = measured?.span;
  if (measured || isCovered) {
    series.diskMinMs = span?.minMs ?? Number.POSITIVE_INFINITY;
    series.diskMaxMs = span?.maxMs ?? Number.NEGATIVE_INFINITY;
  }
  if (series.lastMs >= startMs && series.lastMs <= endMs) {
    // Not measured: it came while others were. No sample is like this one, which has no checksum, and no lookup takes a histogram from here.
    const unknown = series.hasDisk ? { kind: 'histogram' as const, value: -1, timestampMs: series.diskMaxMs } : undefined;
    series.refreshNewest(span ? { ...span.newest, timestampMs: span.maxMs } : unknown);
  }
  return series.units < before;
}

/** The engine must tell what it still shows: an end of it is hidden, or it has what becomes the newest sample. */
function isUnsure(series: Series, tombstone: Tombstone): boolean {
  if (!series.hasDisk || coversDisk(series, tombstone)) return false;
  const { startMs, endMs } = tombstone;
  const hidesEnd = touchesDisk(series, tombstone) && (startMs <= series.diskMinMs || endMs >= series.diskMaxMs);
  return hidesEnd || (series.lastMs >= startMs && series.lastMs <= endMs);
}

function touchesDisk(series: Series, { startMs, endMs }: Tombstone): boolean {
  return series.hasDisk && startMs <= series.diskMaxMs && endMs >= series.diskMinMs;
}

function coversDisk(series: Series, { startMs, endMs }: Tombstone): boolean {
  return series.hasDisk && startMs <= series.diskMinMs && endMs >= series.diskMaxMs;
}

function wholeMs(timestampMs: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.round(timestampMs)));
}

/** Adds what is left of a block, cut where something between was hidden, so that no part spans that again. */
function addParts(run: Run, { id, metric, tombstones }: Series, generation: number, encoder: BlockEncoder): void {
  let start = 0;
  for (let i = 1; i <= run.count; i++) {
    const [before, after] = [run.times[i - 1] as number, run.times[i]];
    const isCut = tombstones.some((one) => one.generation >= generation && one.startMs > before && one.endMs < (after ?? 0));
    if (i < run.count && !isCut) continue;
    encoder.add(metric, id, run, start, i);
    start = i;
  }
}
