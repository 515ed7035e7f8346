import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import type { Store } from '../store.ts';
import { histogramOf, read, write, writeAll } from '../testing/metric-samples.ts';
import { openChdb } from './chdb.ts';
import type { Driver } from './driver.ts';
import { migrateFrom2 } from './migrate-2.ts';
import { bytesOf } from './native.ts';
import { openStore } from './open.ts';

const MB = 1_000_000;

// As version 2 created and filled them: a counter at 1 s, 2 s, 3 s, and a value that is not whole.
const VERSION_2 = [
  'CREATE TABLE opened (number UInt32, schema UInt32) ENGINE = MergeTree ORDER BY number',
  `CREATE TABLE series (series UInt32 CODEC(Delta, ZSTD(1)), metric UInt32 CODEC(Delta, ZSTD(1)), labels Array(String) CODEC(ZSTD(1)))
   ENGINE = MergeTree ORDER BY series`,
  `CREATE TABLE samples (
     metric UInt32 CODEC(LZ4), series UInt32 CODEC(LZ4), min_t Int64 CODEC(LZ4), max_t Int64 CODEC(LZ4), count UInt32 CODEC(LZ4),
     first Float64 CODEC(LZ4), last Float64 CODEC(LZ4), steps Array(UInt32) CODEC(T64, LZ4), repeats Array(UInt16) CODEC(T64, LZ4),
     deltas Array(Int32) CODEC(T64, LZ4), floats Array(Float64) CODEC(FPC, ZSTD(1))
   ) ENGINE = MergeTree PARTITION BY intDiv(min_t, 259200000) ORDER BY (metric, series, min_t) SETTINGS index_granularity = 16`,
  "INSERT INTO series VALUES (1, 1, ['__name__', 'counter']), (2, 2, ['__name__', 'gauge'])",
  'INSERT INTO samples VALUES (1, 1, 1000, 3000, 3, 1, 3, [1000], [2], [1, 1], []), (2, 2, 1000, 1000, 1, 0, 0.5, [], [], [], [0.5])',
  'INSERT INTO opened VALUES (1, 2)',
];

/** A record of the log as version 2 wrote it. */
function record(
  newSeries: readonly unknown[],
  samples: readonly (readonly [series: number, timestampMs: number, value: number])[],
): Buffer {
  const text = newSeries.length > 0 ? JSON.stringify(newSeries) : '';
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8, ' '));
  const columns = [
    Uint32Array.of(json.length, samples.length),
    json,
    Float64Array.from(samples, ([, timestampMs]) => timestampMs),
    Float64Array.from(samples, ([, , value]) => value),
    Uint32Array.from(samples, ([series]) => series),
  ];
  const body = Buffer.concat(columns.map(bytesOf));
  return Buffer.concat([bytesOf(Uint32Array.of(body.length, crc32(body))), body]);
}

describe('a data directory of version 2', () => {
  let dataDir: string;
  let store: Store | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-migrate-'));
  });
  afterEach(async () => {
    await close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const close = async () => {
    await store?.close();
    store = undefined;
  };
  const open = async (): Promise<Store> => {
    await close();
    store = await openStore({ dataDir, clock: new FakeClock(0), outOfOrderMs: 600_000 });
    return store;
  };
  const onDriver = async (work: (driver: Driver) => Promise<void>): Promise<void> => {
    const limits = { maxServerMemoryBytes: 1000 * MB, maxQueryMemoryBytes: 100 * MB, defaultTimeoutMs: 60_000 };
    const driver = await openChdb({ dataDir, readers: 1, ...limits });
    try {
      await work(driver);
    } finally {
      await driver.close();
    }
  };
  const create = async () => {
    await onDriver(async (driver) => {
      for (const statement of VERSION_2) await driver.command(statement);
    });
    // Killed in a flush: the first samples of the log are stored already.
    await mkdir(path.join(dataDir, 'wal'));
    await writeFile(
      path.join(dataDir, 'wal', '0000000007.wal'),
      Buffer.concat([
        record(
          [],
          [
            [1, 2000, 2],
            [1, 3000, 3],
            [1, 4000, 4],
          ],
        ),
        record([[3, 3, ['__name__', 'logged']]], [[3, 500, 0.25]]),
      ]),
    );
  };
  const counter = [1, 2, 3, 4].map((value) => [value * 1000, value]);
  const expectEverything = async () => {
    const { metrics } = await open();
    expect(await read(metrics, 'counter')).toEqual(counter);
    expect(await read(metrics, 'gauge')).toEqual([[1000, 0.5]]);
    expect(await read(metrics, 'logged')).toEqual([[500, 0.25]]);
  };

  it('opens with all of its samples, and takes what version 2 did not know', { timeout: 60_000 }, async () => {
    await create();
    await expectEverything();
    await expectEverything();
    const { metrics } = store as Store;
    expect(await write(metrics, 'counter', [[4000, 4]])).toEqual(['duplicate']);
    await writeAll(metrics, 'counter', [
      [5000, histogramOf(5)],
      [1500, 1.5],
      [2000, 20],
    ]);
    const late = [counter[0], [1500, 1.5], [2000, 20], counter[2], counter[3], [5000, histogramOf(5)]];
    expect(await read(metrics, 'counter')).toEqual(late);
    expect(await read((await open()).metrics, 'counter')).toEqual(late);
    await (store as Store).metrics.deleteSamples({ matcherSets: [], startMs: 0, endMs: 3000 }, {});
    expect(await read((await open()).metrics, 'counter')).toEqual(late.slice(4));
    await (store as Store).metrics.cleanTombstones();
    expect(await read((await open()).metrics, 'counter')).toEqual(late.slice(4));
  });

  it('opens after a migration that was cut off', { timeout: 60_000 }, async () => {
    await create();
    await onDriver(migrateFrom2);
    await expectEverything();
  });
});
