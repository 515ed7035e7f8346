import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { logRowsOf } from '../log-blocks.ts';
import type { Store } from '../store.ts';
import { openChdb } from './chdb.ts';
import type { Driver } from './driver.ts';
import { openOnDriver, openStore } from './open.ts';

const MB = 1_000_000;
const DAY_NS = 86_400_000_000_000n;

describe('lines between append and engine', () => {
  let dataDir: string;
  let store: Store | undefined;
  const warnings: string[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-buffer-'));
    warnings.length = 0;
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  const options = () => ({ dataDir, clock: new FakeClock(0), warn: (message: string) => void warnings.push(message) });
  /** Opens on a driver whose inserts of lines can be made to fail after they have stored their rows. */
  const openFailing = async (maxPendingBytes?: number) => {
    const limits = { maxServerMemoryBytes: 1000 * MB, maxQueryMemoryBytes: 100 * MB, defaultTimeoutMs: 60_000 };
    const driver = await openChdb({ dataDir, readers: 1, ...limits });
    const failing = { isFailing: false, inserts: 0 };
    const wrapped: Driver = {
      query: (...args) => driver.query(...args),
      insert: (...args) => driver.insert(...args),
      async insertBlocks(table, ...rest) {
        await driver.insertBlocks(table, ...rest);
        if (table === 'lines') failing.inserts++;
        if (failing.isFailing) throw new Error('the disk is gone');
      },
      command: (...args) => driver.command(...args),
      copyTo: (dataDir, cut) => driver.copyTo(dataDir, cut),
      kill: (marker) => driver.kill(marker),
      close: () => driver.close(),
    };
    store = await openOnDriver(wrapped, { ...options(), maxPendingBytes });
    return { store, failing };
  };
  const append = (to: Store, ...texts: string[]) => {
    const entries = texts.map((line, i) => ({ timestampNs: BigInt(i) * DAY_NS, line, metadata: Labels.EMPTY }));
    return to.logs.append([{ labels: Labels.from({ app: 'a' }), entries }]);
  };
  const lines = async (from: Store) => {
    const found: string[] = [];
    const everything = { matchers: [], startNs: 0n, endNs: 1n << 62n, order: 'forward', columns: 'lines' } as const;
    for await (const block of from.logs.select(everything, {})) found.push(...logRowsOf(block).map(({ line }) => line));
    return found;
  };

  it('go there together, and before a read of their time', async () => {
    const { store, failing } = await openFailing();
    await Promise.all(['a', 'b', 'c'].map((text) => append(store, text)));
    expect(failing.inserts).toBe(0);
    expect(store.stats().pendingBytes).toBeGreaterThan(0);
    const later = { matchers: [], startNs: DAY_NS, endNs: 2n * DAY_NS, order: 'forward', columns: 'lines' } as const;
    for await (const _ of store.logs.select(later, {})) expect.unreachable();
    expect(failing.inserts).toBe(0);
    expect(await lines(store)).toEqual(['a', 'b', 'c']);
    expect(failing.inserts).toBe(1);
    expect(store.stats().pendingBytes).toBe(0);
  });

  it('are stored once by an insert that fails after it has stored them', async () => {
    const { store, failing } = await openFailing();
    await append(store, 'a', 'b');
    failing.isFailing = true;
    await expect(lines(store)).rejects.toThrowError(/disk is gone/);
    await append(store, 'c');
    failing.isFailing = false;
    expect((await lines(store)).sort()).toEqual(['a', 'b', 'c']);
    await append(store, 'd');
    expect((await lines(store)).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are found in the log after a crash, and not stored twice', async () => {
    store = await openStore(options());
    await append(store, 'a', 'b');
    await cp(path.join(dataDir, 'wal-logs'), path.join(dataDir, 'copy'), { recursive: true });
    await store.close();
    expect(await readdir(path.join(dataDir, 'wal-logs'))).toHaveLength(1);
    await cp(path.join(dataDir, 'copy'), path.join(dataDir, 'wal-logs'), { recursive: true });
    store = await openStore(options());
    expect(await lines(store)).toEqual(['a', 'b']);
    await append(store, 'c');
    expect((await lines(store)).sort()).toEqual(['a', 'b', 'c']);
  });

  it('are refused when too many wait, and taken again when the engine works again', async () => {
    const { store, failing } = await openFailing(10_000);
    failing.isFailing = true;
    await append(store, 'x'.repeat(9_000));
    await expect(append(store, 'y'.repeat(2_000))).rejects.toMatchObject({ code: 'storage.overloaded' });
    await expect.poll(() => warnings.join()).toMatch(/log lines could not be handed to the engine yet: the disk is gone/);
    failing.isFailing = false;
    expect(await lines(store)).toEqual(['x'.repeat(9_000)]);
    await append(store, 'y'.repeat(2_000));
    expect(await lines(store)).toHaveLength(2);
  });

  it('are split when they come in one large piece', async () => {
    const { store } = await openFailing();
    const texts = Array.from({ length: 25 }, (_, i) => `${i} ${'z'.repeat(MB)}`);
    const labels = Labels.from({ app: 'a' });
    await store.logs.append([{ labels, entries: texts.map((line) => ({ timestampNs: 1n, line, metadata: Labels.EMPTY })) }]);
    expect(await lines(store)).toEqual(texts);
  });
});
