import { messageOf } from '../../model/app-error.ts';
import { type BoundValues, type Driver, queryAll } from './driver.ts';

/** Drops the partitions of `table` whose number is below `partition`; returns how many there were. */
export async function dropPartitionsBefore(driver: Driver, table: string, partition: number): Promise<number> {
  const sql = `SELECT DISTINCT toInt64(partition) AS number FROM system.parts
    WHERE database = currentDatabase() AND table = {table:String} AND active AND toInt64(partition) < {partition:Int64}`;
  let dropped = 0;
  for (const block of await queryAll(driver, sql, { table, partition }))
    for (const number of block.fixed('number', 'Int64')) {
      await driver.command(`ALTER TABLE ${table} DROP PARTITION {number:Int64}`, { number });
      dropped++;
    }
  return dropped;
}

/** What is kept never goes below this share of its limit when a partition is cut, so that this is not done again and again. */
const CUT_SHARE = 0.9;

/** Tables that are partitioned alike. */
export interface Partitioned {
  /** What is made of the first stands after it. */
  readonly tables: readonly [string, ...string[]];
  readonly partitionBy: string;
  /** By which rows are old or new. */
  readonly timeColumn: string;
}

interface Partition {
  readonly number: bigint;
  readonly bytes: number;
}

/**
 * Deletes the oldest until the tables take no more than `maxBytes` (0: as many as there are) together: partitions while a good part of
 * `maxBytes` is left without them, and then the oldest rows of the next. Returns how much was done.
 */
export async function dropBeyond(driver: Driver, place: Partitioned, maxBytes: number): Promise<number> {
  if (maxBytes <= 0) return 0;
  const sizes = await partitionSizes(driver, place.tables);
  const leastBytes = maxBytes * CUT_SHARE;
  let bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
  let done = 0;
  for (const oldest of sizes) {
    if (bytes <= maxBytes) break;
    if (bytes - oldest.bytes < leastBytes) {
      const share = (bytes - leastBytes) / oldest.bytes;
      return done + (await cutPartition(driver, place, oldest, share, oldest === sizes.at(-1)));
    }
    await dropPartition(driver, place, oldest);
    bytes -= oldest.bytes;
    done++;
  }
  return done;
}

/** What the tables take on disk. */
export async function bytesOnDisk(driver: Driver, { tables }: Partitioned): Promise<number> {
  return (await partitionSizes(driver, tables)).reduce((sum, { bytes }) => sum + bytes, 0);
}

// What is made of the first table goes before it.
async function dropPartition(driver: Driver, { tables }: Partitioned, { number }: Partition): Promise<void> {
  for (const table of tables.toReversed()) await driver.command(`ALTER TABLE ${table} DROP PARTITION {number:Int64}`, { number });
}

/** Deletes about so large a share of a partition's rows, the oldest. One that cannot be cut goes whole, unless it is the newest. */
async function cutPartition(driver: Driver, place: Partitioned, partition: Partition, share: number, isNewest: boolean): Promise<number> {
  const { tables, partitionBy, timeColumn } = place;
  const { number } = partition;
  const cut = await timeAtShare(driver, place, partition, share);
  if (cut === undefined && isNewest) return 0;
  try {
    if (cut === undefined) await dropPartition(driver, place, partition);
    // The larger first: when there is no room for it, nothing has happened yet.
    else
      for (const table of tables) {
        const where = `${partitionBy} = {number:Int64} AND ${timeColumn} < {cut:Int64}`;
        await driver.command(`ALTER TABLE ${table} DELETE IN PARTITION {number:Int64} WHERE ${where} SETTINGS mutations_sync = 1`, {
          number,
          cut,
        });
      }
  } catch (error) {
    // What is left is written anew beside the old: there may be no room.
    if (isNewest || !/\bspace\b/i.test(messageOf(error))) throw error;
    await dropPartition(driver, place, partition);
  }
  return 1;
}

/** The partitions that all tables have together, oldest first. */
async function partitionSizes(driver: Driver, tables: readonly string[]): Promise<Partition[]> {
  const sql = `SELECT toInt64(partition) AS number, toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts
    WHERE database = currentDatabase() AND table IN {tables:Array(String)} AND active GROUP BY number ORDER BY number`;
  const found: Partition[] = [];
  for (const block of await queryAll(driver, sql, { tables })) {
    const bytes = block.fixed('bytes', 'Float64');
    block.fixed('number', 'Int64').forEach((number, i) => {
      found.push({ number, bytes: bytes[i] as number });
    });
  }
  return found;
}

/** The time that so large a share of a partition's rows is older than; undefined when no row is. */
async function timeAtShare(
  driver: Driver,
  { tables, partitionBy, timeColumn }: Partitioned,
  { number }: Partition,
  share: number,
): Promise<bigint | undefined> {
  const quantile = `quantileDeterministic(${Math.min(0.99, share).toFixed(4)})(${timeColumn}, toUInt32(sipHash64(${timeColumn})))`;
  const sql = `SELECT toInt64(${quantile}) AS cut, toInt64(min(${timeColumn})) AS oldest, count() AS entries
    FROM ${tables[0]} WHERE ${partitionBy} = {number:Int64}`;
  for (const block of await queryAll(driver, sql, { number })) {
    const [cut, oldest] = [block.fixed('cut', 'Int64')[0], block.fixed('oldest', 'Int64')[0]];
    if ((block.fixed('entries', 'UInt64')[0] ?? 0n) > 0n && cut !== undefined && oldest !== undefined && oldest < cut) return cut;
  }
  return undefined;
}

/** Deletes the rows of one table that meet a condition, in the partitions that have any; returns in how many. */
export async function deleteWhere(
  driver: Driver,
  table: string,
  partitionBy: string,
  { condition, values }: { readonly condition: string; readonly values: BoundValues },
): Promise<number> {
  let partitions = 0;
  for (const block of await queryAll(driver, `SELECT DISTINCT toInt64(${partitionBy}) AS number FROM ${table} WHERE ${condition}`, values))
    for (const number of block.fixed('number', 'Int64')) {
      const sql = `ALTER TABLE ${table} DELETE IN PARTITION {number:Int64} WHERE ${condition} SETTINGS mutations_sync = 1`;
      await driver.command(sql, { ...values, number });
      partitions++;
    }
  return partitions;
}
