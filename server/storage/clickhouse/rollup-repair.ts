// Every block has a row in `rollups`: without one, a read over long time would not see it. Where rows are missing, all are made anew, without
// outlines, so that blocks are read as they are.
import { type Driver, queryAll } from './driver.ts';
import { VISIBLE, type Visible } from './generations.ts';
import { createTables } from './tables.ts';

/** A copy is done when it is done. */
const NO_TIMEOUT_MS = 24 * 3_600_000;

/** Makes the rows of all blocks. */
export async function fillRollups(driver: Driver): Promise<void> {
  // What a copy that was cut off has left.
  await driver.command('DROP TABLE IF EXISTS rollups SYNC');
  await createTables(driver);
  await driver.command(`INSERT INTO rollups (metric, series, min_t, max_t, count, generation, tiers)
    SELECT metric, series, min_t, max_t, count, generation, 0 FROM samples
    SETTINGS max_partitions_per_insert_block = 0, max_threads = 1`);
}

/** Makes sure that each visible block has its row. */
export async function repairRollups(driver: Driver, visible: Visible, warn: (message: string) => void): Promise<void> {
  const [blocks, rows] = [await sizeOf(driver, 'samples', visible), await sizeOf(driver, 'rollups', visible)];
  if (blocks === rows) return;
  warn('blocks of metrics and their rollups do not belong together; rollups are left out, so that queries over long time take longer');
  await fillRollups(driver);
}

async function sizeOf(driver: Driver, table: 'samples' | 'rollups', { visible, dead }: Visible): Promise<string> {
  const sql = `SELECT toFloat64(count()) AS rows, toFloat64(sum(count)) AS samples FROM ${table} WHERE ${VISIBLE}`;
  const [block] = await queryAll(driver, sql, { visible, dead }, { timeoutMs: NO_TIMEOUT_MS });
  return `${block?.fixed('rows', 'Float64')[0]} ${block?.fixed('samples', 'Float64')[0]}`;
}
