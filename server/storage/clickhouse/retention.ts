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

/** A table never goes below this share of its limit when its last partition is cut, so that this is not done again and again. */
const CUT_SHARE = 0.9;

/**
 * Drops the oldest partitions of tables that are partitioned alike, the last of them the newest, until they take no more than `maxBytes`
 * (0: as many as there are) together. When the newest alone takes more, what is oldest in it is deleted by `timeColumn`. Returns how much was done.
 */
export async function dropBeyond(
  driver: Driver,
  tables: readonly [string, ...string[]],
  timeColumn: string,
  maxBytes: number,
): Promise<number> {
  if (maxBytes <= 0) return 0;
  const sizes = await partitionSizes(driver, tables);
  let bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
  let done = 0;
  while (bytes > maxBytes && sizes.length > 1) {
    const oldest = sizes.shift();
    if (!oldest) break;
    // What is made of the first goes before it.
    for (const table of tables.toReversed())
      await driver.command(`ALTER TABLE ${table} DROP PARTITION {number:Int64}`, { number: oldest.number });
    bytes -= oldest.bytes;
    done++;
  }
  const [last] = sizes;
  if (bytes > maxBytes && last) {
    const cut = await timeAtShare(driver, tables[0], timeColumn, 1 - (maxBytes * CUT_SHARE) / bytes);
    if (cut !== undefined) {
      for (const table of tables.toReversed())
        await driver.command(`ALTER TABLE ${table} DELETE WHERE ${timeColumn} < {cut:Int64} SETTINGS mutations_sync = 1`, { cut });
      done++;
    }
  }
  return done;
}

/** The partitions that all tables have together, oldest first. */
async function partitionSizes(driver: Driver, tables: readonly string[]): Promise<{ readonly number: bigint; readonly bytes: number }[]> {
  const sql = `SELECT toInt64(partition) AS number, toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts
    WHERE database = currentDatabase() AND table IN {tables:Array(String)} AND active GROUP BY number ORDER BY number`;
  const found: { number: bigint; bytes: number }[] = [];
  for (const block of await queryAll(driver, sql, { tables })) {
    const bytes = block.fixed('bytes', 'Float64');
    block.fixed('number', 'Int64').forEach((number, i) => {
      found.push({ number, bytes: bytes[i] as number });
    });
  }
  return found;
}

/** The time that so large a share of the rows is older than. */
async function timeAtShare(driver: Driver, table: string, timeColumn: string, share: number): Promise<bigint | undefined> {
  const sql = `SELECT toInt64(quantileDeterministic(${Math.min(0.99, share).toFixed(4)})(${timeColumn}, toUInt32(sipHash64(${timeColumn})))) AS cut, count() AS rows FROM ${table}`;
  for (const block of await queryAll(driver, sql)) {
    const [cut] = block.fixed('cut', 'Int64');
    if ((block.fixed('rows', 'UInt64')[0] ?? 0n) > 0n) return cut;
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
