import type { Driver } from './driver.ts';

/** Version 2 knew neither histograms nor late samples. What it stored is as if flush 0 had. */
export async function migrateFrom2(driver: Driver): Promise<void> {
  for (const column of ['generation UInt32 CODEC(LZ4)', 'body_bytes UInt32 CODEC(LZ4)', 'bodies String CODEC(ZSTD(1))'])
    await driver.command(`ALTER TABLE samples ADD COLUMN IF NOT EXISTS ${column}`);
}
