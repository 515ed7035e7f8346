// The newest blocks of metrics in memory, as the engine encodes them, as long as they are asked for: what panels of the last hours read again
// and again. Blocks never change, so after a flush only its own are read. What rewrites or drops blocks clears everything.
import { LRUCache } from 'lru-cache';
import { throwIfAborted } from '../errors.ts';
import type { ReadLimits } from '../store.ts';
import { BlockReader, MAX_BLOCK_SAMPLES } from './blocks.ts';
import type { Driver } from './driver.ts';
import { Exclusive } from './exclusive.ts';
import { VISIBLE, type Visible } from './generations.ts';
import type { Seen, Span } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

/** Metrics are kept when at least one in so many of their series is asked for, … */
const MOST = 4;
/** … from no longer than this before their newest sample, … */
const LONGEST_MS = 26 * 3_600_000;
/** … and when they are likely to need no more than this part of the memory, at so many bytes a sample, one in so much time. */
const LARGEST_PART = 2;
const SAMPLE_BYTES = 4;
const SAMPLE_MS = 15_000;

/** The blocks of one metric that end at `fromMs` or later, of flushes up to `generation`. */
class Kept {
  readonly fromMs: number;
  readonly generation: number;
  readonly readers: readonly BlockReader[];
  readonly sizeBytes: number;

  constructor(fromMs: number, generation: number, readers: readonly BlockReader[]) {
    this.fromMs = fromMs;
    this.generation = generation;
    this.readers = readers;
    this.sizeBytes = readers.reduce((sum, reader) => sum + reader.sizeBytes, 100);
  }

  /** Whether it has everything of the span that a reader sees. */
  covers({ startMs }: Span, { visible }: Visible): boolean {
    return this.fromMs <= startMs && this.generation >= visible;
  }
}

export class NewestBlocks {
  readonly #driver: Driver;
  readonly #catalog: SeriesCatalog;
  readonly #maxBytes: number;
  readonly #kept: LRUCache<number, Kept>;
  /** Two that want the same read it once. */
  readonly #loading = new Exclusive();
  /** Grows when what was read before may not be kept any more. */
  #epoch = 0;
  #rewriting = 0;

  constructor(driver: Driver, catalog: SeriesCatalog, maxBytes: number) {
    this.#driver = driver;
    this.#catalog = catalog;
    this.#maxBytes = maxBytes;
    this.#kept = new LRUCache({ maxSize: Math.max(1, maxBytes), sizeCalculation: ({ sizeBytes }) => sizeBytes });
  }

  /** Forgets everything, and keeps nothing until `work`, which rewrites or drops rows, has ended. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#rewriting++;
    this.#epoch++;
    this.#kept.clear();
    try {
      return await work();
    } finally {
      this.#rewriting--;
    }
  }

  /**
   * Blocks of the metric that all views belong to, among them all within the span, and maybe some of later flushes than `visible`. Undefined
   * when they are not worth keeping: the span begins too early, or there are too many, or only few are wanted.
   */
  async read(views: readonly Seen[], span: Span, visible: Visible, limits: ReadLimits): Promise<readonly BlockReader[] | undefined> {
    const first = views[0];
    if (!first || !this.#isWorthKeeping(first, views, span)) return undefined;
    const { metric } = first.series;
    const ready = this.#kept.get(metric);
    if (ready?.covers(span, visible)) return ready.readers;
    return this.#loading.run(async () => {
      throwIfAborted(limits);
      const before = this.#kept.get(metric);
      return before?.covers(span, visible) ? before.readers : this.#load(metric, before, span, visible, limits);
    });
  }

  #isWorthKeeping(first: Seen, views: readonly Seen[], { startMs }: Span): boolean {
    if (views.some(({ series, hasHistograms }) => hasHistograms || series.metric !== first.series.metric)) return false;
    const all = this.#catalog.countOf(first.series.labels.metricName);
    if (views.length * MOST < all) return false;
    const newestMs = views.reduce((newest, { series }) => Math.max(newest, series.diskMaxMs), Number.NEGATIVE_INFINITY);
    const spanMs = newestMs - startMs;
    return spanMs <= LONGEST_MS && all * (MAX_BLOCK_SAMPLES + spanMs / SAMPLE_MS) * SAMPLE_BYTES <= this.#maxBytes / LARGEST_PART;
  }

  async #load(metric: number, before: Kept | undefined, span: Span, visible: Visible, limits: ReadLimits): Promise<readonly BlockReader[]> {
    const epoch = this.#epoch;
    const isLonger = !before || span.startMs < before.fromMs;
    const fromMs = isLonger ? span.startMs : before.fromMs;
    const since = isLonger ? 0 : before.generation + 1;
    const sql = `SELECT ${BlockReader.COLUMNS} FROM samples WHERE metric = {metric:UInt32} AND min_t >= {partition:Int64}
      AND max_t >= {from:Int64} AND generation >= {since:UInt32} AND ${VISIBLE}`;
    const partition = Math.floor(fromMs / METRIC_PARTITION_MS) * METRIC_PARTITION_MS;
    const readers = isLonger ? [] : [...before.readers];
    for await (const block of this.#driver.query(sql, { metric, partition, from: fromMs, since, ...visible }, limits))
      readers.push(new BlockReader(block));
    const generation = Math.max(visible.visible, isLonger ? 0 : before.generation);
    if (epoch === this.#epoch && this.#rewriting === 0) this.#kept.set(metric, new Kept(fromMs, generation, readers));
    return readers;
  }
}
