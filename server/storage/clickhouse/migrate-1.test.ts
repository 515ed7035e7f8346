import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { type LogRow, logRowsOf } from '../log-blocks.ts';
import type { Store } from '../store.ts';
import { openChdb } from './chdb.ts';
import { type Driver, queryAll } from './driver.ts';
import { migrateFrom1 } from './migrate-1.ts';
import { openStore } from './open.ts';

const MB = 1_000_000;
const DAY_NS = 86_400_000_000_000n;
const TRACE = '0123456789abcdef0123456789abcdef';

// As version 1 created and filled them.
const VERSION_1 = [
  'CREATE TABLE opened (number UInt32, schema UInt32) ENGINE = MergeTree ORDER BY number',
  'CREATE TABLE log_streams (stream UInt32, labels Array(String) CODEC(ZSTD(1))) ENGINE = MergeTree ORDER BY stream',
  `CREATE TABLE log_lines (
     stream UInt32 CODEC(Delta, ZSTD(1)), time_ns Int64 CODEC(Delta, ZSTD(1)), arrival UInt64 CODEC(Delta, ZSTD(1)),
     line String CODEC(ZSTD(1)), metadata Array(String) CODEC(ZSTD(1))
   ) ENGINE = MergeTree PARTITION BY intDiv(time_ns, 86400000000000) ORDER BY (stream, time_ns, arrival)`,
  `CREATE TABLE spans (
     trace_id String CODEC(ZSTD(1)), start_ns Int64 CODEC(Delta, ZSTD(1)), end_ns Int64 CODEC(Delta, ZSTD(1)),
     service LowCardinality(String), name LowCardinality(String), attribute_names Array(LowCardinality(String)) CODEC(ZSTD(1)),
     attribute_values Array(String) CODEC(ZSTD(1)), body String CODEC(ZSTD(1)),
     INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1
   ) ENGINE = MergeTree PARTITION BY intDiv(start_ns, 86400000000000) ORDER BY (service, start_ns) SETTINGS index_granularity = 1024`,
  "INSERT INTO log_streams VALUES (1, ['app', 'a']), (2, ['app', 'b'])",
  `INSERT INTO log_lines VALUES (1, 5, 1099511627776, 'five', []), (2, ${3n * DAY_NS}, 1099511627777, 'later', ['k', 'v']),
     (1, 5, 1099511627778, 'five again', [])`,
  'INSERT INTO opened VALUES (1, 1)',
];
const BODY = {
  spanId: '00000000000000aa',
  parentSpanId: '',
  kind: 'server',
  status: 'error',
  statusMessage: 'it broke',
  scopeName: 'lib',
  scopeVersion: '1',
  resource: { 'service.name': 'api' },
  attributes: { code: { $int: '500' }, ratio: 0.5, list: ['a', { $int: '1' }], bad: { $double: 'NaN' } },
  events: [{ timeNs: '7', name: 'e', attributes: { n: { $int: '1' } } }],
  links: [{ traceId: TRACE, spanId: 'b', attributes: { why: 'because' } }],
};
const SPAN_ROW = `INSERT INTO spans SELECT {trace:String}, 5, 9, 'api', 'GET /', ['code'], ['500'], {body:String}`;

describe('a data directory of version 1', () => {
  let dataDir: string;
  let store: Store | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-migrate-'));
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  const onDriver = async <T>(work: (driver: Driver) => Promise<T>): Promise<T> => {
    const limits = { maxServerMemoryBytes: 1000 * MB, maxQueryMemoryBytes: 100 * MB, defaultTimeoutMs: 60_000 };
    const driver = await openChdb({ dataDir, readers: 1, ...limits });
    try {
      return await work(driver);
    } finally {
      await driver.close();
    }
  };
  const write = () =>
    onDriver(async (driver) => {
      for (const statement of VERSION_1) await driver.command(statement);
      await driver.command(SPAN_ROW, { trace: TRACE, body: JSON.stringify(BODY) });
    });
  const expectEverything = async () => {
    store = await openStore({ dataDir, clock: new FakeClock(0) });
    const rows: LogRow[] = [];
    const everything = { matchers: [], startNs: 0n, endNs: 1n << 62n, order: 'forward', columns: 'lines' } as const;
    for await (const block of store.logs.select(everything, {})) rows.push(...logRowsOf(block));
    expect(rows.map(({ stream, timestampNs, line, metadata }) => [`${stream}`, timestampNs, line, ...metadata])).toEqual([
      ['{app="a"}', 5n, 'five'],
      ['{app="a"}', 5n, 'five again'],
      ['{app="b"}', 3n * DAY_NS, 'later', 'k', 'v'],
    ]);
    const { events, links, attributes: _, ...rest } = BODY;
    expect(await store.traces.traces([TRACE], {})).toEqual([
      [
        {
          ...{ traceId: TRACE, startNs: 5n, endNs: 9n, service: 'api', name: 'GET /', ...rest },
          attributes: { code: 500n, ratio: 0.5, list: ['a', 1n], bad: Number.NaN },
          events: [{ ...events[0], timeNs: 7n, attributes: { n: 1n } }],
          links,
        },
      ],
    ]);
    const code = { field: { scope: 'span', name: 'code' }, op: '=', value: 500n } as const;
    expect(await store.traces.search({ startNs: 0n, endNs: 10n, filters: [code], limit: 1 }, {})).toEqual([TRACE]);
    await store.close();
    store = undefined;
  };
  const tables = async (driver: Driver) =>
    (await queryAll(driver, 'SELECT name FROM system.tables WHERE database = currentDatabase()')).flatMap((block) => block.strings('name'));

  it('opens, keeps its lines and spans, and takes more', async () => {
    await write();
    await expectEverything();
    await expectEverything();
    expect(await onDriver(tables)).not.toContain('log_lines');
    store = await openStore({ dataDir, clock: new FakeClock(0) });
    const [stream] = await store.logs.streams({ matcherSets: [], startNs: 0n, endNs: 6n }, {});
    await store.logs.append([
      { labels: stream as NonNullable<typeof stream>, entries: [{ timestampNs: 6n, line: 'six', metadata: Labels.EMPTY }] },
    ]);
    const found = await store.logs.streams({ matcherSets: [], startNs: 6n, endNs: 7n }, {});
    expect(found.map(String)).toEqual(['{app="a"}']);
  });

  it('opens after a migration that was cut off', async () => {
    await write();
    await onDriver(async (driver) => {
      await migrateFrom1(driver);
    });
    await expectEverything();
  });
});
