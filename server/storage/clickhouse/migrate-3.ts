import type { Driver } from './driver.ts';
import { createTables } from './tables.ts';

/** Version 3 knew no rollups. Its blocks get rows without outlines, so they are read as they are. */
export async function migrateFrom3(driver: Driver): Promise<void> {
  // What a copy that was cut off has left.
  await driver.command('DROP TABLE IF EXISTS rollups SYNC');
  await createTables(driver);
  await driver.command(`INSERT INTO rollups (metric, series, min_t, max_t, count, generation, tiers)
    SELECT metric, series, min_t, max_t, count, generation, 0 FROM samples
    SETTINGS max_partitions_per_insert_block = 0, max_threads = 1`);
}
