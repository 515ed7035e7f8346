import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import type { RollupWish } from '../rollup-tiers.ts';
import type { Store } from '../store.ts';
import { bySelector, samplesOf, type TestSample, writeAll } from '../testing/metric-samples.ts';
import { openChdb } from './chdb.ts';
import type { Driver } from './driver.ts';
import { openStore } from './open.ts';

const MB = 1_000_000;
const START = Date.UTC(2026, 0, 5);
const SAMPLES = Array.from({ length: 1_000 }, (_, i): TestSample => [START + i * 15_000, i]);
const WISH: RollupWish = { tier: 'coarse', edgesMs: [], needsFalls: true };

describe('rollups that are missing', () => {
  let dataDir: string;
  let store: Store | undefined;
  const warnings: string[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-rollups-'));
    warnings.length = 0;
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  const open = async (): Promise<Store> => {
    await store?.close();
    store = await openStore({ dataDir, clock: new FakeClock(START + 86_400_000), warn: (message) => warnings.push(message) });
    return store;
  };
  const onDriver = async (work: (driver: Driver) => Promise<void>) => {
    await store?.close();
    store = undefined;
    const limits = { maxServerMemoryBytes: 500 * MB, maxQueryMemoryBytes: 200 * MB, defaultTimeoutMs: 60_000 };
    const driver = await openChdb({ dataDir, readers: 1, ...limits });
    await work(driver);
    await driver.close();
  };
  const rolled = async ({ metrics }: Store, rollup = WISH) => {
    const parts = [];
    for await (const part of metrics.selectParts({ ...bySelector('m'), rollup }, 100_000, {})) parts.push(part);
    expect(parts).toHaveLength(1);
    return parts[0];
  };

  it('of a data directory of version 3 are made without outlines, so that samples are read as they are', { timeout: 60_000 }, async () => {
    await writeAll((await open()).metrics, 'm', SAMPLES);
    await onDriver(async (driver) => {
      await driver.command('DROP TABLE rollups SYNC');
      await driver.command('INSERT INTO opened SELECT max(number) + 1, 3 FROM opened');
    });
    const set = await rolled(await open());
    expect(set?.ordinals).toBeUndefined();
    expect(samplesOf(set).m).toEqual(SAMPLES);
    expect(warnings).toEqual([]);
  });

  it('of version 4 are coarse where later ones have less of a block', { timeout: 60_000 }, async () => {
    await writeAll((await open()).metrics, 'm', SAMPLES);
    const coarse = await rolled(await open());
    await onDriver(async (driver) => {
      await driver.command('ALTER TABLE rollups UPDATE tiers = bitAnd(tiers, 7) WHERE true SETTINGS mutations_sync = 2');
      await driver.command('ALTER TABLE rollups DROP COLUMN ends SETTINGS mutations_sync = 2');
      await driver.command('INSERT INTO opened SELECT max(number) + 1, 4 FROM opened');
    });
    const ends: RollupWish = { ...WISH, tier: 'ends' };
    const migrated = await rolled(await open(), ends);
    expect(migrated?.timestampsMs).toEqual(coarse?.timestampsMs);
    expect(migrated?.ordinals).toEqual(coarse?.ordinals);
    await writeAll((await open()).metrics, 'later', SAMPLES);
    const { metrics } = await open();
    const later = [];
    for await (const part of metrics.selectParts({ ...bySelector('later'), rollup: ends }, 100_000, {})) later.push(part);
    expect([...(later[0]?.ordinals ?? [])]).toEqual([0, 998, 999]);
    expect(warnings).toEqual([]);
  });

  it('are seen at the start, and no sample is missing because of it', { timeout: 60_000 }, async () => {
    await writeAll((await open()).metrics, 'm', SAMPLES);
    const whole = await rolled(await open());
    expect(whole?.ordinals).toBeDefined();
    expect(whole?.values.length).toBeLessThan(100);
    await onDriver((driver) => driver.command('TRUNCATE TABLE rollups'));
    const set = await rolled(await open());
    expect(samplesOf(set).m).toEqual(SAMPLES);
    expect(warnings).toEqual([expect.stringContaining('rollups')]);
    await rolled(await open());
    expect(warnings).toHaveLength(1);
  });
});
