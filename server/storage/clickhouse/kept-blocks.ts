// Blocks of metrics in memory, encoded, back to the earliest time that was asked for: what panels of the last hours read,
// and those of a month over few series where rollups do not do (row-cache.ts).
import type { ReadLimits } from '../store.ts';
import { BLOCK_ROWS, BlockReader, MAX_BLOCK_SAMPLES } from './blocks.ts';
import type { Driver } from './driver.ts';
import { VISIBLE, type Visible } from './generations.ts';
import type { Span } from './in-span.ts';
import type { KeptMemory } from './kept-memory.ts';
import { type KeptRows, RowCache } from './row-cache.ts';
import type { Seen } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

/** An estimate of what a series takes: so many bytes a sample, one in so much time, and a block that begins before the span. */
const SAMPLE_BYTES = 4;
const SAMPLE_MS = 15_000;
/** What is asked for must be so much of what would be kept, the time from its beginning up to now, unless that is short. */
const LEAST_PART = 1 / 4;
const SHORT_MS = 26 * 3_600_000;
/** What an entry takes beside its rows. */
const KEY_BYTES = 100;

/** The blocks of one metric that end at `fromMs` or later. */
interface KeptBlocks extends KeptRows {
  readonly fromMs: number;
  readonly readers: readonly BlockReader[];
}

export class KeptBlockMemory {
  readonly cache: RowCache<KeptBlocks>;
  /** Metrics that turned out to be too large from a time on. */
  readonly #tooLarge = new Map<number, number>();
  readonly #driver: Driver;

  constructor(driver: Driver, catalog: SeriesCatalog, memory: KeptMemory) {
    this.#driver = driver;
    this.cache = new RowCache(catalog, memory);
  }

  /**
   * Blocks of the metric that all views belong to: all within the span, and maybe others, some of them of later flushes than `visible`.
   * Undefined when they are not worth keeping: they are too many, or only few are wanted, or others are used more often. `isUse`: of what one
   * question reads several times, one is counted.
   */
  async read(
    views: readonly Seen[],
    span: Span,
    visible: Visible,
    limits: ReadLimits,
    isUse: boolean,
  ): Promise<readonly BlockReader[] | undefined> {
    const wanted = this.#metricWorthKeeping(views, span);
    if (wanted === undefined) return undefined;
    const { metric, sizeBytes } = wanted;
    const key = String(metric);
    if (isUse) this.cache.use(key);
    const find = () => {
      const kept = this.cache.get(key);
      return kept && kept.fromMs <= span.startMs && kept.generation >= visible.visible ? kept.readers : undefined;
    };
    const found = find();
    if (found || !this.cache.mayKeep(key, sizeBytes)) return found;
    return this.cache.load(key, find, (keep) => this.#read(metric, span, visible, limits, (rows) => keep(key, rows)), limits);
  }

  #metricWorthKeeping(views: readonly Seen[], { startMs, endMs }: Span): { metric: number; sizeBytes: number } | undefined {
    const found = this.cache.metricOf(views);
    if (!found || startMs <= (this.#tooLarge.get(found.metric) ?? Number.NEGATIVE_INFINITY)) return undefined;
    let samples = 0;
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const { series } of views) {
      newestMs = Math.max(newestMs, series.diskMaxMs);
      samples += MAX_BLOCK_SAMPLES + Math.max(0, series.diskMaxMs - Math.max(startMs, series.diskMinMs)) / SAMPLE_MS;
    }
    if (newestMs - startMs > SHORT_MS && endMs - startMs < (newestMs - startMs) * LEAST_PART) return undefined;
    const { metric, seriesPerView } = found;
    const bytesOfViews = samples * SAMPLE_BYTES;
    return this.cache.isWorthKeeping(bytesOfViews, seriesPerView) ? { metric, sizeBytes: bytesOfViews * seriesPerView } : undefined;
  }

  async #read(
    metric: number,
    { startMs }: Span,
    visible: Visible,
    limits: ReadLimits,
    keep: (rows: KeptBlocks) => void,
  ): Promise<readonly BlockReader[] | undefined> {
    const kept = this.cache.get(String(metric));
    const known = kept && kept.fromMs <= startMs ? kept : undefined;
    const fromMs = known?.fromMs ?? startMs;
    const sql = `SELECT ${BlockReader.COLUMNS} FROM samples WHERE metric = {metric:UInt32} AND min_t >= {partition:Int64}
      AND max_t >= {from:Int64} AND generation >= {since:UInt32} AND ${VISIBLE}`;
    const partition = Math.floor(fromMs / METRIC_PARTITION_MS) * METRIC_PARTITION_MS;
    const values = { metric, partition, from: fromMs, since: known ? known.generation + 1 : 0, ...visible };
    const readers = [...(known?.readers ?? [])];
    let sizeBytes = readers.reduce((sum, reader) => sum + reader.sizeBytes, KEY_BYTES);
    for await (const block of this.#driver.query(sql, values, limits, BLOCK_ROWS)) {
      const reader = new BlockReader(block, { isKept: true });
      readers.push(reader);
      sizeBytes += reader.sizeBytes;
      if (!this.cache.isWorthKeeping(sizeBytes, 1)) {
        // Its samples are closer together than was assumed, or there are more of them by now: it may begin anew later.
        this.#tooLarge.set(metric, fromMs);
        this.cache.delete(String(metric));
        return undefined;
      }
    }
    keep({ fromMs, generation: visible.visible, readers, sizeBytes });
    return readers;
  }
}
