import type { Driver } from './driver.ts';
import { TIER_BITS } from './rollup-columns.ts';

/** Version 4 knew two tiers of rollups. A third one has less of each block, so what a coarser one keeps will do until the block is gone. */
export async function migrateFrom4(driver: Driver): Promise<void> {
  await driver.command('ALTER TABLE rollups ADD COLUMN IF NOT EXISTS ends String CODEC(ZSTD(1))');
  await driver.command(`ALTER TABLE rollups UPDATE ends = coarse, tiers = bitOr(tiers, ${TIER_BITS.ends})
    WHERE bitAnd(tiers, ${TIER_BITS.coarse}) != 0 AND bitAnd(tiers, ${TIER_BITS.ends}) = 0 SETTINGS mutations_sync = 2`);
}
