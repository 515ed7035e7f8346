// Every block has a row in `rollups`: without one, a read over long time would not see it. Where the two do not belong together, the rows of
// that partition are made anew, without outlines, so that its blocks are read as they are.
import { type Driver, interpreted, queryAll } from './driver.ts';
import { VISIBLE, type Visible } from './generations.ts';
import { createTables, METRIC_PARTITION_MS } from './tables.ts';

/** A copy is done when it is done. */
const NO_TIMEOUT_MS = 24 * 3_600_000;
const PARTITION = `intDiv(min_t, ${METRIC_PARTITION_MS})`;

/** Makes the rows of all blocks. */
export async function fillRollups(driver: Driver): Promise<void> {
  // What a copy that was cut off has left.
  await driver.command('DROP TABLE IF EXISTS rollups SYNC');
  await createTables(driver);
  await insertRollups(driver, 'true', {});
}

/** Makes sure that each visible block has its row. What is cut off while it does is found again at the next start. */
export async function repairRollups(driver: Driver, visible: Visible, warn: (message: string) => void): Promise<void> {
  const blocks = await sizesOf(driver, 'samples', visible);
  const rows = await sizesOf(driver, 'rollups', visible);
  const wrong = [...new Set([...blocks.keys(), ...rows.keys()])].filter((partition) => blocks.get(partition) !== rows.get(partition));
  // A retention that was cut off has dropped one of two, and nothing is missing.
  const missing = wrong.filter((partition) => blocks.has(partition));
  if (missing.length > 0)
    warn(
      `blocks of metrics and their rollups do not belong together in ${missing.length} of ${blocks.size} stretches of three days; rollups are left out there, so that queries over long time take longer`,
    );
  for (const partition of wrong) {
    await driver.command('ALTER TABLE rollups DROP PARTITION {partition:Int64}', { partition });
    if (blocks.has(partition)) await insertRollups(driver, `${PARTITION} = {partition:Int64}`, { partition });
  }
}

async function insertRollups(driver: Driver, where: string, values: Readonly<Record<string, number>>): Promise<void> {
  await driver.command(
    `INSERT INTO rollups (metric, series, min_t, max_t, count, generation, tiers)
    SELECT metric, series, min_t, max_t, count, generation, 0 FROM samples WHERE ${where}
    SETTINGS max_partitions_per_insert_block = 0, max_threads = 1`,
    values,
  );
}

/** Rows and samples of each partition, as text to compare. */
async function sizesOf(driver: Driver, table: 'samples' | 'rollups', { visible, dead }: Visible): Promise<Map<number, string>> {
  const sql = `SELECT ${PARTITION} AS number, toFloat64(count()) AS rows, toFloat64(sum(count)) AS samples FROM ${table}
    WHERE ${VISIBLE} GROUP BY number`;
  const sizes = new Map<number, string>();
  for (const block of await queryAll(driver, interpreted(sql), { visible, dead }, { timeoutMs: NO_TIMEOUT_MS })) {
    const [rows, samples] = [block.fixed('rows', 'Float64'), block.fixed('samples', 'Float64')];
    block.wholes('number').forEach((partition, i) => {
      sizes.set(partition, `${rows[i]} ${samples[i]}`);
    });
  }
  return sizes;
}
