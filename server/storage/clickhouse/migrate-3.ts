import type { Driver } from './driver.ts';
import { fillRollups } from './rollup-repair.ts';

/** Version 3 knew no rollups. Its blocks get rows without outlines, so they are read as they are. */
export async function migrateFrom3(driver: Driver): Promise<void> {
  await fillRollups(driver);
}
