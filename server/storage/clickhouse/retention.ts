import { type Driver, queryAll } from './driver.ts';

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
