import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { logRowsOf } from '../log-blocks.ts';
import { openMemoryStore } from '../memory/open.ts';
import type { Store } from '../store.ts';
import { ALL_NS, NOW } from '../testing/implementations.ts';
import { histogramOf, ofMetrics, read, writeAll } from '../testing/metric-samples.ts';
import { openStore } from './open.ts';

describe('a snapshot', () => {
  let dataDir: string;
  let store: Store | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-snapshot-'));
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });
  const open = async (dir: string): Promise<Store> => {
    await store?.close();
    store = undefined;
    store = await openStore({ dataDir: dir, clock: new FakeClock(NOW), outOfOrderMs: 600_000 });
    return store;
  };
  const lines = async (from: Store) => {
    const found: string[] = [];
    for await (const block of from.logs.select({ matchers: [], ...ALL_NS, order: 'forward', columns: 'lines' }, {}))
      found.push(...logRowsOf(block).map(({ line }) => line));
    return found;
  };
  const log = (to: Store, line: string) =>
    to.logs.append([
      { labels: Labels.from({ app: 'a' }), entries: [{ timestampNs: BigInt(NOW) * 1_000_000n, line, metadata: Labels.EMPTY }] },
    ]);

  it('is a data directory with everything accepted before, and nothing after', { timeout: 120_000 }, async () => {
    const original = await open(dataDir);
    const { metrics } = original;
    await writeAll(metrics, 'm', [
      [0, 1],
      [NOW - 1000, 2],
      [NOW, histogramOf(3)],
    ]);
    await writeAll(metrics, 'gone', [[NOW, 1]]);
    await metrics.deleteSamples(ofMetrics(['gone']), {});
    await writeAll(metrics, 'm', [[NOW - 500, 2.5]]);
    await log(original, 'before');
    await original.state.put('n', 'k', '1');
    const name = await original.snapshot();
    expect(name).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{16}$/);
    await writeAll(metrics, 'm', [[NOW + 1, 4]]);
    await log(original, 'after');
    await original.state.put('n', 'k', '2');
    const second = await original.snapshot();
    expect((await readdir(path.join(dataDir, 'snapshots'))).sort()).toEqual([name, second].sort());

    const before = [
      [0, 1],
      [NOW - 1000, 2],
      [NOW - 500, 2.5],
      [NOW, histogramOf(3)],
    ];
    const copy = await open(path.join(dataDir, 'snapshots', name));
    expect(await read(copy.metrics, 'm')).toEqual(before);
    expect(await read(copy.metrics, 'gone')).toEqual([]);
    expect(await lines(copy)).toEqual(['before']);
    expect(await copy.state.get('n', 'k')).toBe('1');
    // It lives on by itself.
    await writeAll(copy.metrics, 'm', [[NOW + 1, 5]]);
    await copy.metrics.deleteSamples(ofMetrics(['m'], { startMs: 0, endMs: 10 }), {});
    await copy.metrics.cleanTombstones();
    expect(await read((await open(path.join(dataDir, 'snapshots', name))).metrics, 'm')).toEqual([...before.slice(1), [NOW + 1, 5]]);
    expect(await read((await open(path.join(dataDir, 'snapshots', second))).metrics, 'm')).toEqual([...before, [NOW + 1, 4]]);
    const later = await open(dataDir);
    expect(await read(later.metrics, 'm')).toEqual([...before, [NOW + 1, 4]]);
    expect(await lines(later)).toEqual(['before', 'after']);
  });

  it('of an empty store is an empty store', { timeout: 60_000 }, async () => {
    const name = await (await open(dataDir)).snapshot();
    const copy = await open(path.join(dataDir, 'snapshots', name));
    expect(copy.stats().series).toBe(0);
  });

  it('cannot be had of a store without a directory', async () => {
    await expect(openMemoryStore(new FakeClock(NOW)).snapshot()).rejects.toMatchObject({ code: 'storage.no_snapshot' });
  });
});
