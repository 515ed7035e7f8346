import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { openChdb } from './chdb.ts';
import type { Driver } from './driver.ts';
import { openTables } from './schema.ts';
import { ClickhouseStateStore } from './state-store.ts';

const MB = 1_000_000;

describe('state on an engine that takes nothing', () => {
  let dataDir: string;
  let driver: Driver;

  const openDriver = () =>
    openChdb({ dataDir, readers: 1, maxServerMemoryBytes: 1000 * MB, maxQueryMemoryBytes: 100 * MB, defaultTimeoutMs: 60_000 });
  const open = (on: Driver) =>
    ClickhouseStateStore.open({
      driver: on,
      clock: new FakeClock(0),
      walDir: path.join(dataDir, 'wal-state'),
      warn: () => undefined,
      maxPendingBytes: MB,
    });

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-state-'));
    driver = await openDriver();
    await openTables(driver, dataDir);
  });
  afterEach(async () => {
    await driver.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is not lost by a close that comes while it is on its way', async () => {
    for (let round = 0; round < 5; round++) {
      const store = await open(driver);
      const put = store.put('log', `k${round}`, `${round}`);
      for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve));
      await store.close();
      await put;
    }
    const after = await open(driver);
    expect([...(await after.entries('log')).keys()].sort()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
    await after.close();
  });

  it('is durable as soon as a change resolves, and the newest after a crash', async () => {
    const before = await open(driver);
    await before.put('log', 'a', '1');
    await before.put('log', 'gone', '1');
    await before.close();
    const stuck: Driver = {
      query: (...args) => driver.query(...args),
      insert: (...args) => driver.insert(...args),
      insertBlocks: () => new Promise(() => undefined),
      command: (...args) => driver.command(...args),
      copyTo: (...args) => driver.copyTo(...args),
      kill: (marker) => driver.kill(marker),
      close: () => driver.close(),
    };
    const crashed = await open(stuck);
    await Promise.all([
      crashed.put('log', 'a', '2'),
      crashed.put('log', 'a', '3'),
      crashed.delete('log', 'gone'),
      crashed.put('log', 'b', '4'),
    ]);
    expect(await crashed.get('log', 'a')).toBe('3');

    // Nothing closes what crashed.
    const after = await open(driver);
    expect(await after.entries('log')).toEqual(
      new Map([
        ['a', '3'],
        ['b', '4'],
      ]),
    );
    await after.put('log', 'a', '5');
    await after.close();
    expect(await (await open(driver)).get('log', 'a')).toBe('5');
  });
});
