import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { openChdb } from './chdb.ts';
import { type Driver, queryAll } from './driver.ts';
import { openStore } from './open.ts';
import { openTables } from './schema.ts';
import { SCHEMA_VERSION } from './tables.ts';

const NOW = 1_750_000_000_000;
const MB = 1_000_000;

describe('the embedded engine', () => {
  let dataDir: string;
  let driver: Driver | undefined;

  const open = async (): Promise<Driver> => {
    const limits = { maxServerMemoryBytes: 1000 * MB, maxQueryMemoryBytes: 100 * MB, defaultTimeoutMs: 60_000 };
    driver = await openChdb({ dataDir, readers: 2, ...limits });
    return driver;
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-engine-'));
  });
  afterEach(async () => {
    await driver?.close();
    driver = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  const endless = 'SELECT sum(sipHash64(number)) AS s FROM numbers(100000000000)';
  const running = async (from: Driver) => {
    const [block] = await queryAll(
      from,
      "SELECT toUInt32(countIf(query LIKE '%100000000000)%' AND query NOT LIKE '%processes%')) AS n FROM system.processes",
    );
    return block?.fixed('n', 'UInt32')[0];
  };

  it('stops a query in the engine when its reader goes away', async () => {
    const engine = await open();
    const abort = new AbortController();
    const answer = queryAll(engine, endless, {}, { signal: abort.signal });
    await expect.poll(() => running(engine)).toBe(1);
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: 'storage.cancelled' });
    expect(await running(engine)).toBe(0);
  });

  it('stops a query in the engine when its reader breaks off', async () => {
    const engine = await open();
    for (let i = 0; i < 5; i++)
      for await (const block of engine.query('SELECT number, repeat(toString(number), 100) AS t FROM numbers(100000000000)', {}, {})) {
        expect(block.rows).toBeGreaterThan(0);
        break;
      }
    await expect.poll(() => running(engine)).toBe(0);
    const memory = "SELECT toFloat64(value) AS bytes FROM system.metrics WHERE metric = 'MemoryTracking'";
    const [now] = await queryAll(engine, memory);
    expect(now?.fixed('bytes', 'Float64')[0]).toBeLessThan(1000 * MB);
  });

  it('limits time and memory of a query', async () => {
    const engine = await open();
    await expect(queryAll(engine, endless, {}, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'storage.timeout' });
    const hungry = 'SELECT length(groupArray(number)) AS n FROM numbers(100000000)';
    await expect(queryAll(engine, hungry)).rejects.toMatchObject({ code: 'storage.out_of_memory' });
    expect(await running(engine)).toBe(0);
  });

  it('binds values, never pastes them', async () => {
    const engine = await open();
    const text = "'); DROP TABLE x; -- \\ \n ☃ {a:String}";
    const [block] = await queryAll(engine, 'SELECT {text:String} AS text, {list:Array(UInt32)} AS list', { text, list: [1, 2, 3] });
    expect(block?.strings('text')).toEqual([text]);
    expect([...(block?.array('list', 'UInt32').elements ?? [])]).toEqual([1, 2, 3]);
  });

  it('refuses a data directory of a newer version and one it cannot migrate', async () => {
    expect(await openTables(await open(), dataDir, SCHEMA_VERSION + 1)).toBe(1);
    await driver?.close();
    driver = undefined;
    await expect(openStore({ dataDir, clock: new FakeClock(NOW) })).rejects.toThrowError(/newer version.*upgrade/);
    await expect(openTables(await open(), dataDir, SCHEMA_VERSION + 2)).rejects.toMatchObject({ code: 'storage.bad_schema' });
  });

  it('refuses a data directory that cannot be opened', async () => {
    await expect(openStore({ dataDir: path.join('/dev/null', 'x'), clock: new FakeClock(NOW) })).rejects.toThrowError();
  });

  it('refuses commits while its buffers are full, and takes them again after a flush', async () => {
    const store = await openStore({ dataDir, clock: new FakeClock(NOW), maxHeadSamples: 100, flushSamples: 1000 });
    try {
      const commit = (startMs: number, count: number) => {
        const appender = store.metrics.appender();
        const ref = appender.seriesRef(Labels.from({ __name__: 'm' }));
        for (let i = 0; i < count; i++) appender.append(ref, startMs + i, i);
        return appender.commit();
      };
      await commit(NOW, 90);
      await expect(commit(NOW + 1000, 20)).rejects.toMatchObject({ code: 'storage.overloaded' });
      await expect.poll(() => store.stats().pendingBytes).toBe(0);
      await commit(NOW + 1000, 20);
      const [set] = await store.metrics.select([{ matchers: [], startMs: 0, endMs: NOW * 2 }], {});
      expect(set?.values.length).toBe(110);
    } finally {
      await store.close();
    }
  });

  it.each(['interval', 'off'] as const)('keeps everything over a restart with durability %s', async (durability) => {
    const first = await openStore({ dataDir, clock: new FakeClock(NOW), durability });
    const appender = first.metrics.appender();
    appender.append(appender.seriesRef(Labels.from({ __name__: 'm' })), NOW, 1);
    await appender.commit();
    await first.close();
    const second = await openStore({ dataDir, clock: new FakeClock(NOW), durability });
    const [set] = await second.metrics.select([{ matchers: [], startMs: 0, endMs: NOW }], {});
    expect(set?.labels.map(String)).toEqual(['m']);
    await second.close();
  });
});
