// Rollups in memory, as long as they are asked for: those of one metric in one partition together. Rows of a flush never change, so what is
// kept stays right, and after a flush only the rows that it added are read. What rewrites or drops rows clears everything.
import { LRUCache } from 'lru-cache';
import { throwIfAborted } from '../errors.ts';
import type { RollupTier } from '../rollup-tiers.ts';
import type { ReadLimits } from '../store.ts';
import { MAX_BLOCK_SAMPLES } from './blocks.ts';
import type { Driver } from './driver.ts';
import { Exclusive } from './exclusive.ts';
import { VISIBLE, type Visible } from './generations.ts';
import { OutlineDecoder } from './outline-codec.ts';
import { RollupReader, RollupRows } from './rollup-columns.ts';
import type { Seen } from './seen.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

/** Rows of a result at a time. */
const ROWS_PER_BLOCK = 4_096;
const KEY_BYTES = 200;

/** The rollups of one metric in one partition, up to flush `generation`. */
class Kept {
  readonly generation: number;
  readonly readers: readonly RollupReader[];
  readonly sizeBytes: number;

  constructor(generation: number, readers: readonly RollupReader[]) {
    this.generation = generation;
    this.readers = readers;
    this.sizeBytes = readers.reduce((sum, reader) => sum + reader.sizeBytes, KEY_BYTES);
  }
}

/** What a read wants of the cache. */
export interface CachedRead {
  readonly tier: RollupTier;
  readonly metrics: readonly number[];
  readonly firstPartition: number;
  readonly lastPartition: number;
  readonly visible: Visible;
}

export class RollupCache {
  readonly decoder = new OutlineDecoder(MAX_BLOCK_SAMPLES);
  readonly #driver: Driver;
  readonly #catalog: SeriesCatalog;
  readonly #kept: LRUCache<string, Kept>;
  /** Two that want the same read it once. */
  readonly #loading = new Exclusive();
  /** Grows when what was read before may not be kept any more. */
  #epoch = 0;
  #rewriting = 0;

  constructor(driver: Driver, catalog: SeriesCatalog, maxBytes: number) {
    this.#driver = driver;
    this.#catalog = catalog;
    this.#kept = new LRUCache({ maxSize: Math.max(1, maxBytes), sizeCalculation: ({ sizeBytes }) => sizeBytes });
  }

  get sizeBytes(): number {
    return this.#kept.calculatedSize;
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

  /** How many series the metric of a view has. */
  seriesOf({ series }: Seen): number {
    return this.#catalog.countOf(series.labels.metricName);
  }

  /** All rollups of the metrics in the partitions. They may hold rows of flushes later than the reader sees. */
  async read(wanted: CachedRead, limits: ReadLimits): Promise<readonly RollupReader[]> {
    const ready = this.#collect(wanted);
    if (ready) return ready;
    return this.#loading.run(async () => {
      throwIfAborted(limits);
      return this.#collect(wanted) ?? this.#load(wanted, limits);
    });
  }

  /** What there is, if that is everything. */
  #collect(wanted: CachedRead): RollupReader[] | undefined {
    const readers: RollupReader[] = [];
    for (const key of keysOf(wanted)) {
      const kept = this.#kept.get(key.text);
      if (!kept || kept.generation < wanted.visible.visible) return undefined;
      for (const reader of kept.readers) readers.push(reader);
    }
    return readers;
  }

  async #load(wanted: CachedRead, limits: ReadLimits): Promise<readonly RollupReader[]> {
    const epoch = this.#epoch;
    const keys = [...keysOf(wanted)];
    const before = new Map(keys.map(({ text }) => [text, this.#kept.get(text)]));
    const missing = keys.filter(({ text }) => !before.get(text));
    const old = keys.filter(({ text }) => (before.get(text)?.generation ?? wanted.visible.visible) < wanted.visible.visible);
    const since = Math.min(...old.map(({ text }) => before.get(text)?.generation ?? 0));
    const added = new Map<string, RollupRows[]>();
    if (missing.length > 0) await this.#readRows(missing, 0, wanted, limits, added);
    if (old.length > 0) await this.#readRows(old, since + 1, wanted, limits, added);
    const readers: RollupReader[] = [];
    for (const { text } of keys) {
      const known = before.get(text);
      const fresh = (added.get(text) ?? []).map((rows) => rows.after(known?.generation ?? -1)).filter(({ count }) => count > 0);
      const all = [...(known?.readers ?? []), ...fresh.map((rows) => new RollupReader(rows, this.decoder))];
      const generation = Math.max(known?.generation ?? 0, wanted.visible.visible);
      if (epoch === this.#epoch && this.#rewriting === 0) this.#kept.set(text, new Kept(generation, all));
      for (const reader of all) readers.push(reader);
    }
    return readers;
  }

  /** Reads the rows from flush `fromGeneration` on, in pieces by key. */
  async #readRows(
    keys: readonly Key[],
    fromGeneration: number,
    { tier, visible }: CachedRead,
    limits: ReadLimits,
    added: Map<string, RollupRows[]>,
  ): Promise<void> {
    const wanted = new Set(keys.map(({ text }) => text));
    const partitions = keys.map(({ partition }) => partition);
    const sql = `SELECT metric, ${RollupReader.columns(tier)} FROM rollups WHERE metric IN {metrics:Array(UInt32)}
      AND min_t >= {from:Int64} AND min_t < {end:Int64} AND generation >= {since:UInt32} AND ${VISIBLE}`;
    const values = {
      metrics: [...new Set(keys.map(({ metric }) => metric))],
      from: Math.min(...partitions) * METRIC_PARTITION_MS,
      end: (Math.max(...partitions) + 1) * METRIC_PARTITION_MS,
      since: fromGeneration,
      ...visible,
    };
    for await (const block of this.#driver.query(sql, values, limits, ROWS_PER_BLOCK)) {
      const rows = RollupRows.fromBlock(block, tier);
      const metrics = block.fixed('metric', 'UInt32');
      const keyAt = (row: number) => keyText(tier, metrics[row] as number, Math.floor((rows.minMs[row] as number) / METRIC_PARTITION_MS));
      for (let from = 0; from < rows.count; ) {
        const key = keyAt(from);
        let to = from + 1;
        while (to < rows.count && keyAt(to) === key) to++;
        if (wanted.has(key)) getOrCreate(added, key).push(rows.copy(from, to));
        from = to;
      }
    }
  }
}

interface Key {
  readonly text: string;
  readonly metric: number;
  readonly partition: number;
}

function* keysOf({ tier, metrics, firstPartition, lastPartition }: CachedRead): Generator<Key> {
  for (const metric of metrics)
    for (let partition = firstPartition; partition <= lastPartition; partition++)
      yield { text: keyText(tier, metric, partition), metric, partition };
}

function keyText(tier: RollupTier, metric: number, partition: number): string {
  return `${tier}/${metric}/${partition}`;
}

function getOrCreate(added: Map<string, RollupRows[]>, key: string): RollupRows[] {
  const known = added.get(key) ?? [];
  added.set(key, known);
  return known;
}
