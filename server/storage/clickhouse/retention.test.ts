import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { Span } from '../../model/span.ts';
import { logRowsOf } from '../log-blocks.ts';
import type { Retention } from '../options.ts';
import type { Store } from '../store.ts';
import { ALL_NS, DAY, NOW } from '../testing/implementations.ts';
import { read, writeAll } from '../testing/metric-samples.ts';
import { openStore } from './open.ts';
import { RuleCuts } from './rule-cuts.ts';

const FOR_EVER = { metricsMs: 0, logsMs: 0, tracesMs: 0 };
const HOUR = 3_600_000;
const ns = (ms: number) => BigInt(ms) * 1_000_000n;

describe('retention', () => {
  let dataDir: string;
  let store: Store | undefined;
  const clock = new FakeClock(NOW);

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-retention-'));
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });
  const open = async (retention: Partial<Retention>): Promise<Store> => {
    await store?.close();
    store = await openStore({ dataDir, clock, outOfOrderMs: 90 * DAY, retention: { ...FOR_EVER, ...retention } });
    return store;
  };
  const log = (to: Store, labels: Record<string, string>, ...lines: [ms: number, line: string][]) =>
    to.logs.append([
      { labels: Labels.from(labels), entries: lines.map(([ms, line]) => ({ timestampNs: ns(ms), line, metadata: Labels.EMPTY })) },
    ]);
  const linesOf = async (from: Store) => {
    const found: { atMs: number; line: string }[] = [];
    for await (const block of from.logs.select({ matchers: [], ...ALL_NS, order: 'forward', columns: 'lines' }, {}))
      found.push(...logRowsOf(block).map(({ timestampNs, line }) => ({ atMs: Number(timestampNs / 1_000_000n), line })));
    return found;
  };
  const spanOf = (traceId: string, ms: number, part: Partial<Span>): Span => ({
    traceId: traceId.padStart(32, '0'),
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: '',
    name: '',
    kind: 'internal',
    startNs: ns(ms),
    endNs: ns(ms),
    status: 'unset',
    statusMessage: '',
    service: '',
    resource: {},
    attributes: {},
    events: [],
    links: [],
    scopeName: '',
    scopeVersion: '',
    ...part,
  });
  const tracesOf = async (from: Store) =>
    (await from.traces.search({ ...ALL_NS, filters: [], limit: 1000 }, {})).map((id) => id.replace(/^0+/, '')).sort();

  it('by rules deletes what matches and is older, to the sample, and keeps the rest', async () => {
    const rules = {
      metrics: [{ matchers: [{ name: '__name__', type: '=~' as const, value: 'debug_.*' }], ageMs: 7 * DAY }],
      logs: [{ matchers: [{ name: 'level', type: '=' as const, value: 'debug' }], ageMs: DAY }],
      traces: [
        { filters: [{ field: { scope: 'intrinsic' as const, name: 'service' as const }, op: '=' as const, value: 'load' }], ageMs: DAY },
      ],
    };
    const cut = (ageMs: number) => new RuleCuts().due('x', ageMs, NOW) as number;
    const [metricCut, lineCut] = [cut(7 * DAY), cut(DAY)];
    const to = await open({ rules });
    for (const name of ['debug_x', 'other'])
      await writeAll(to.metrics, name, [
        [NOW - 60 * DAY, 0],
        [metricCut - 1, 1],
        [metricCut, 2],
        [NOW, 3],
      ]);
    await writeAll(to.metrics, 'debug_old', [[metricCut - 1, 1]]);
    for (const level of ['debug', 'info']) await log(to, { level }, [lineCut - 1, `${level} old`], [lineCut, `${level} new`]);
    await to.traces.append([
      spanOf('a', lineCut - 1, { service: 'load' }),
      spanOf('a', lineCut + 5, { service: 'other' }),
      spanOf('b', lineCut, { service: 'load' }),
      spanOf('c', lineCut - 1, { service: 'other' }),
    ]);
    await to.enforceRetention();
    const check = async (from: Store) => {
      expect(await read(from.metrics, 'debug_x')).toEqual([
        [metricCut, 2],
        [NOW, 3],
      ]);
      expect(await read(from.metrics, 'other')).toHaveLength(4);
      expect(await read(from.metrics, 'debug_old')).toEqual([]);
      expect((await linesOf(from)).map(({ line }) => line)).toEqual(['info old', 'debug new', 'info new']);
      // The whole trace goes, and only those of which a span matches in time.
      expect(await tracesOf(from)).toEqual(['b', 'c']);
    };
    await check(to);
    expect(to.stats().series).toBe(2);
    await check(await open({ rules }));
    // Not again before the next step, which is a twentieth of the age away.
    const again = await open({ rules });
    await again.enforceRetention();
    await log(again, { level: 'debug' }, [lineCut - 1, 'late']);
    await again.enforceRetention();
    expect((await linesOf(again)).map(({ line }) => line)).toContain('late');
    await clock.advance(DAY / 20 + 60_000);
    await again.enforceRetention();
    expect((await linesOf(again)).map(({ line }) => line)).not.toContain('late');
    await clock.advance(-(DAY / 20 + 60_000));
  });

  it('hands samples to the engine only where some of them are to go: their blocks would be short', async () => {
    const to = await open({ metricsMs: 15 * DAY, metricsBytes: 1_000_000 });
    const stored = async () => (await to.sizes({})).metrics.entries;
    await writeAll(to.metrics, 'new', [[NOW - HOUR, 1]]);
    await to.enforceRetention();
    expect(await stored()).toBe(0);
    expect(await read(to.metrics, 'new')).toHaveLength(1);
    // Two samples may be more than there is room for.
    const small = await open({ metricsBytes: 20 });
    await writeAll(small.metrics, 'newer', [[NOW - HOUR, 1]]);
    expect((await small.sizes({})).metrics.entries).toBe(1);
    await small.enforceRetention();
    expect((await small.sizes({})).metrics.entries).toBe(2);
  });

  it('has samples handed to the engine when two hours have passed', async () => {
    const to = await open({ metricsMs: 15 * DAY });
    const stored = async () => (await to.sizes({})).metrics.entries;
    await writeAll(to.metrics, 'kept', [[NOW, 1]]);
    await clock.advance(2 * HOUR - 60_000);
    await to.enforceRetention();
    expect(await stored()).toBe(0);
    await clock.advance(2 * 60_000);
    await expect.poll(stored).toBe(1);
    await clock.advance(-2 * HOUR - 60_000);
  });

  it('by size keeps as much as it may when a new day has just begun', async () => {
    // Lines are 300 kB and spans 400 kB, however they are packed.
    const to = await open({ logsBytes: 200_000, tracesBytes: 250_000 });
    const midnight = Math.floor(NOW / DAY) * DAY;
    const text = () => randomBytes(500).toString('hex');
    await log(to, { app: 'a' }, ...Array.from({ length: 600 }, (_, i): [number, string] => [midnight - 600_000 + i * 1000, text()]));
    await to.traces.append(
      Array.from({ length: 400 }, (_, i) => spanOf(`1${i}`, midnight - 400 + i, { name: text(), statusMessage: text() })),
    );
    await log(to, { app: 'a' }, [midnight, 'first']);
    await to.traces.append([spanOf('2', midnight, {})]);
    await to.enforceRetention();
    const [lines, traces] = [await linesOf(to), await tracesOf(to)];
    expect(lines.length).toBeGreaterThan(250);
    expect(lines.length).toBeLessThan(450);
    expect(traces.length).toBeGreaterThan(100);
    expect(traces.length).toBeLessThan(300);
    expect(lines.slice(-2).map(({ atMs }) => atMs)).toEqual([midnight - 1000, midnight]);
    expect(traces).toContain('2');
    await to.enforceRetention();
    expect(await linesOf(to)).toHaveLength(lines.length);
  });

  it('by size drops the oldest days first, and then the oldest of the next', { timeout: 60_000 }, async () => {
    // 400 lines of 1,000 hexadecimal digits are 200 kB however they are packed; spans have two such texts; samples are 40 kB and what rollups add.
    const half = await open({ logsBytes: 440_000, tracesBytes: 460_000, metricsBytes: 110_000 });
    const text = () => randomBytes(500).toString('hex');
    const DAYS = 4;
    for (let day = 0; day < DAYS; day++) {
      const at = NOW - (DAYS - 1 - day) * 4 * DAY;
      await log(half, { app: 'a' }, ...Array.from({ length: 400 }, (_, i): [number, string] => [at + i * 1000 - 800_000, text()]));
      await half.traces.append(
        Array.from({ length: 200 }, (_, i) => spanOf(`${day + 1}${i}`, at + i - 800_000, { name: text(), statusMessage: text() })),
      );
      await writeAll(
        half.metrics,
        'm',
        Array.from({ length: 5_000 }, (_, i): [number, number] => [at - 5_000 + i, Math.random()]),
      );
    }
    const days = (times: readonly number[]) => new Set(times.map((ms) => Math.round((NOW - ms) / (4 * DAY)))).size;
    const counts = async (from: Store) => ({
      lines: days((await linesOf(from)).map(({ atMs }) => atMs)),
      samples: days((await read(from.metrics, 'm')).map(([ms]) => ms)),
      traces: new Set((await tracesOf(from)).map((id) => id[0])).size,
    });
    expect(await counts(half)).toEqual({ lines: DAYS, samples: DAYS, traces: DAYS });
    await half.enforceRetention();
    const left = await counts(half);
    expect(left.lines).toBe(2);
    expect(left.traces).toBe(2);
    expect([1, 2, 3]).toContain(left.samples);
    expect((await read(half.metrics, 'm')).at(-1)?.[0]).toBe(NOW - 1);
    const tiny = await open({ logsBytes: 100_000, metricsBytes: 30_000 });
    await tiny.enforceRetention();
    const lines = await linesOf(tiny);
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.length).toBeLessThan(250);
    expect(lines.at(-1)?.atMs).toBe(NOW - 800_000 + 399_000);
    const samples = await read(tiny.metrics, 'm');
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.length).toBeLessThan(5_000);
    expect(samples.at(-1)?.[0]).toBe(NOW - 1);
    // Nothing more to do.
    await tiny.enforceRetention();
    expect(await linesOf(tiny)).toHaveLength(lines.length);
  });
});

describe('a rule', () => {
  it('is due in steps of a twentieth of its age, of a minute at least and a day at most', () => {
    const stepOf = (ageMs: number) => {
      const cuts = new RuleCuts();
      const first = cuts.due('x', ageMs, NOW) as number;
      cuts.done('x', first);
      expect(cuts.due('x', ageMs, NOW)).toBeUndefined();
      expect(cuts.due('y', ageMs, NOW)).toBe(first);
      expect(first).toBeLessThanOrEqual(NOW - ageMs);
      let step = 1;
      while (cuts.due('x', ageMs, first + ageMs + step) === undefined) step = step < 60_000 ? 60_000 : step + 60_000;
      return step;
    };
    expect([stepOf(60_000), stepOf(HOUR), stepOf(10 * DAY), stepOf(365 * DAY)]).toEqual([60_000, 180_000, DAY / 2, DAY]);
  });
});
