import type { Driver } from './driver.ts';
import { ROLLUP_COLUMNS } from './tables.ts';

/** Version 3 knew no rollups. What it stored is read as it is, until it has been rewritten or is too old to keep. */
export async function migrateFrom3(driver: Driver): Promise<void> {
  for (const column of ROLLUP_COLUMNS) await driver.command(`ALTER TABLE samples ADD COLUMN IF NOT EXISTS ${column}`);
}
