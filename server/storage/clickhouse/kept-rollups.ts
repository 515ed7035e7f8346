// Rollups in memory: those of one metric in one partition together (row-cache.ts).
import type { RollupTier } from '../rollup-tiers.ts';
import type { ReadLimits } from '../store.ts';
import { MAX_BLOCK_SAMPLES, partitionOf } from './blocks.ts';
import type { Driver } from './driver.ts';
import { VISIBLE, type Visible } from './generations.ts';
import { OutlineDecoder } from './outline-codec.ts';
import { RollupReader, RollupRows } from './rollup-columns.ts';
import { type KeptRows, RowCache } from './row-cache.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { METRIC_PARTITION_MS } from './tables.ts';

/** Rows of a result at a time: they are a tenth of the size of blocks. */
export const ROLLUPS_PER_BLOCK = 4_096;
/** What an entry takes beside its rows. */
const KEY_BYTES = 200;

interface KeptRollups extends KeptRows {
  readonly readers: readonly RollupReader[];
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
  readonly decoder = new OutlineDecoder(MAX_BLOCK_SAMPLES);
  readonly cache: RowCache<KeptRollups>;
  readonly #driver: Driver;

  constructor(driver: Driver, catalog: SeriesCatalog, maxBytes: number) {
    this.#driver = driver;
    this.cache = new RowCache(catalog, maxBytes);
  }

  /** All rollups of the selection, and maybe some of later flushes than `visible`. */
  read(wanted: RollupSelection, limits: ReadLimits): Promise<readonly RollupReader[]> {
    const name = `${wanted.tier}/${wanted.metric}`;
    const read = (keep: (key: string, rows: KeptRollups) => void) => this.#read(wanted, limits, keep);
    return this.cache.load(name, () => this.#find(wanted), read, limits);
  }

  /** What there is, if that is everything. */
  #find(wanted: RollupSelection): RollupReader[] | undefined {
    const readers: RollupReader[] = [];
    for (const partition of partitionsOf(wanted)) {
      const kept = this.cache.get(keyOf(wanted, partition));
      if (!kept || kept.generation < wanted.visible.visible) return undefined;
      for (const reader of kept.readers) readers.push(reader);
    }
    return readers;
  }

  async #read(wanted: RollupSelection, limits: ReadLimits, keep: (key: string, rows: KeptRollups) => void): Promise<RollupReader[]> {
    const { visible } = wanted.visible;
    const before = new Map([...partitionsOf(wanted)].map((partition) => [partition, this.cache.get(keyOf(wanted, partition))]));
    const missing = [...before.keys()].filter((partition) => !before.get(partition));
    const old = [...before.keys()].filter((partition) => (before.get(partition)?.generation ?? visible) < visible);
    const since = Math.min(...old.map((partition) => before.get(partition)?.generation ?? 0));
    const added = new Map<number, RollupRows[]>();
    await this.#readRows(missing, 0, wanted, limits, added);
    await this.#readRows(old, since + 1, wanted, limits, added);
    const all: RollupReader[] = [];
    for (const [partition, known] of before) {
      const fresh = (added.get(partition) ?? []).map((rows) => rows.after(known?.generation ?? -1)).filter(({ count }) => count > 0);
      const readers = [...(known?.readers ?? []), ...fresh.map((rows) => new RollupReader(rows, this.decoder))];
      const sizeBytes = readers.reduce((sum, reader) => sum + reader.sizeBytes, KEY_BYTES);
      keep(keyOf(wanted, partition), { generation: Math.max(known?.generation ?? 0, visible), readers, sizeBytes });
      for (const reader of readers) all.push(reader);
    }
    return all;
  }

  /** Reads the rows of some partitions from flush `fromGeneration` on. */
  async #readRows(
    partitions: readonly number[],
    fromGeneration: number,
    { tier, metric, visible }: RollupSelection,
    limits: ReadLimits,
    added: Map<number, RollupRows[]>,
  ): Promise<void> {
    if (partitions.length === 0) return;
    const wanted = new Set(partitions);
    const sql = `SELECT ${RollupReader.columns(tier)} FROM rollups WHERE metric = {metric:UInt32}
      AND min_t >= {from:Int64} AND min_t < {end:Int64} AND generation >= {since:UInt32} AND ${VISIBLE}`;
    const from = Math.min(...partitions) * METRIC_PARTITION_MS;
    const end = (Math.max(...partitions) + 1) * METRIC_PARTITION_MS;
    for await (const block of this.#driver.query(
      sql,
      { metric, from, end, since: fromGeneration, ...visible },
      limits,
      ROLLUPS_PER_BLOCK,
    )) {
      const rows = RollupRows.fromBlock(block, tier);
      for (let row = 0; row < rows.count; ) {
        const partition = partitionOf(rows.minMs[row] as number);
        let endRow = row + 1;
        while (endRow < rows.count && partitionOf(rows.minMs[endRow] as number) === partition) endRow++;
        const known = added.get(partition) ?? [];
        if (wanted.has(partition)) added.set(partition, [...known, rows.copy(row, endRow)]);
        row = endRow;
      }
    }
  }
}

function* partitionsOf({ firstPartition, lastPartition }: RollupSelection): Generator<number> {
  for (let partition = firstPartition; partition <= lastPartition; partition++) yield partition;
}

function keyOf({ tier, metric }: RollupSelection, partition: number): string {
  return `${tier}/${metric}/${partition}`;
}
