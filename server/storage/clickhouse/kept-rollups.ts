// Rollups in memory: those of one metric in one partition together (row-cache.ts).
import type { RollupTier } from '../rollup-tiers.ts';
import type { ReadLimits } from '../store.ts';
import { partitionOf } from './blocks.ts';
import type { Driver } from './driver.ts';
import { VISIBLE, type Visible } from './generations.ts';
import type { KeptMemory } from './kept-memory.ts';
import { type RollupPlace, RollupRows } from './rollup-rows.ts';
import { type KeptRows, RowCache } from './row-cache.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

/** Rows of a result at a time: they are a tenth of the size of blocks. */
export const ROLLUPS_PER_BLOCK = 4_096;
/** What an entry takes beside its rows. */
const KEY_BYTES = 200;

interface KeptRollups extends KeptRows {
  readonly rows: RollupRows;
}

/** Rollups of a metric in some partitions. */
export interface RollupSelection {
  readonly tier: RollupTier;
  readonly metric: number;
  readonly firstPartition: number;
  readonly lastPartition: number;
  readonly visible: Visible;
}

export class RollupMemory {
  readonly cache: RowCache<KeptRollups>;
  readonly #driver: Driver;

  constructor(driver: Driver, catalog: SeriesCatalog, memory: KeptMemory) {
    this.#driver = driver;
    this.cache = new RowCache(catalog, memory);
  }

  /** To be called once for each read of a metric. */
  use(selection: Pick<RollupSelection, 'tier' | 'metric'>): void {
    this.cache.use(nameOf(selection));
  }

  /** All rollups of the selection, about so many bytes, and maybe some of later flushes than `visible`. Undefined when they would not be kept. */
  async read(wanted: RollupSelection, sizeBytes: number, limits: ReadLimits): Promise<readonly RollupRows[] | undefined> {
    const found = this.#find(wanted);
    const name = nameOf(wanted);
    if (found || !this.cache.mayKeep(name, sizeBytes)) return found;
    const read = (keep: (key: string, rows: KeptRollups) => void) => this.#read(wanted, limits, keep);
    return this.cache.load(name, () => this.#find(wanted), read, limits);
  }

  /** What there is, if that is everything. */
  #find(wanted: RollupSelection): RollupRows[] | undefined {
    const found: RollupRows[] = [];
    for (const partition of partitionsOf(wanted)) {
      const kept = this.cache.get(keyOf(wanted, partition));
      if (!kept || kept.generation < wanted.visible.visible) return undefined;
      found.push(kept.rows);
    }
    return found;
  }

  async #read(wanted: RollupSelection, limits: ReadLimits, keep: (key: string, rows: KeptRollups) => void): Promise<RollupRows[]> {
    const { visible } = wanted.visible;
    const before = new Map([...partitionsOf(wanted)].map((partition) => [partition, this.cache.get(keyOf(wanted, partition))]));
    const missing = [...before.keys()].filter((partition) => !before.get(partition));
    const old = [...before.keys()].filter((partition) => (before.get(partition)?.generation ?? visible) < visible);
    const since = Math.min(...old.map((partition) => before.get(partition)?.generation ?? 0));
    const wholly = byPartition(await this.#readRows(missing, 0, wanted, limits));
    const added = byPartition(await this.#readRows(old, since + 1, wanted, limits));
    const all: RollupRows[] = [];
    for (const [partition, known] of before) {
      const isNew = ({ rows, row }: RollupPlace) => known !== undefined && rows.generation(row) > known.generation;
      const fresh = known ? (added.get(partition) ?? []).filter(isNew) : (wholly.get(partition) ?? []);
      // Most flushes add to one or two partitions.
      const rows = known && fresh.length === 0 ? known.rows : RollupRows.joined([...(known?.rows.places() ?? []), ...fresh]);
      const generation = Math.max(known?.generation ?? 0, visible);
      keep(keyOf(wanted, partition), { generation, rows, sizeBytes: rows.sizeBytes + KEY_BYTES });
      all.push(rows);
    }
    return all;
  }

  /** Reads the rows from the first of some partitions to the last, from flush `fromGeneration` on. */
  async #readRows(
    partitions: readonly number[],
    fromGeneration: number,
    { tier, metric, visible }: RollupSelection,
    limits: ReadLimits,
  ): Promise<RollupRows[]> {
    if (partitions.length === 0) return [];
    const sql = `SELECT ${RollupRows.columns(tier)} FROM rollups WHERE metric = {metric:UInt32}
      AND min_t >= {from:Int64} AND min_t < {end:Int64} AND generation >= {since:UInt32} AND ${VISIBLE}`;
    const from = Math.min(...partitions) * METRIC_PARTITION_MS;
    const end = (Math.max(...partitions) + 1) * METRIC_PARTITION_MS;
    const values = { metric, from, end, since: fromGeneration, ...visible };
    const rows: RollupRows[] = [];
    for await (const block of this.#driver.query(sql, values, limits, ROLLUPS_PER_BLOCK)) rows.push(RollupRows.fromBlock(block, tier));
    return rows;
  }
}

function byPartition(read: readonly RollupRows[]): Map<number, RollupPlace[]> {
  const places = new Map<number, RollupPlace[]>();
  for (const rows of read)
    for (const place of rows.places()) {
      const partition = partitionOf(rows.minMs[place.row] as number);
      const same = places.get(partition);
      if (same) same.push(place);
      else places.set(partition, [place]);
    }
  return places;
}

function* partitionsOf({ firstPartition, lastPartition }: RollupSelection): Generator<number> {
  for (let partition = firstPartition; partition <= lastPartition; partition++) yield partition;
}

function nameOf({ tier, metric }: Pick<RollupSelection, 'tier' | 'metric'>): string {
  return `${tier}/${metric}`;
}

function keyOf({ tier, metric }: RollupSelection, partition: number): string {
  return `${tier}/${metric}/${partition}`;
}
