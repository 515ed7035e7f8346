// The contract of logs, on every implementation.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import type { LogEntry, LogStream } from '../model/log-entry.ts';
import type { Matcher, MatchType } from '../model/matcher.ts';
import { type LogRow, logRowsOf } from './log-blocks.ts';
import { openMemoryStore } from './memory/open.ts';
import type { LineFilter, LogBlock, LogSelection, LogStore, ReadLimits } from './store.ts';
import { ALL_NS, chdb, DAY, memory, NOW, useStore } from './testing/implementations.ts';

const EVERYTHING = { matchers: [], ...ALL_NS, order: 'forward', columns: 'lines' } as const satisfies LogSelection;
const SECOND = 1_000_000_000n;

const FILTERS: readonly (readonly [LineFilter[], string[]])[] = [
  [[{ type: '|=', values: ['a.b'] }], ['a.b']],
  [[{ type: '|=', values: [''] }], ['', 'a.b', 'a\nb', 'A.B', 'ä%_\\', "'; DROP TABLE lines; --", '{x:String}', '☃']],
  [[{ type: '|=', values: ['a.b', 'A'] }], ['a.b', 'A.B', "'; DROP TABLE lines; --"]],
  [[{ type: '!=', values: ['a', 'A'] }], ['', 'ä%_\\', '{x:String}', '☃']],
  [[{ type: '|=', values: ['%'] }], ['ä%_\\']],
  [[{ type: '|=', values: ["'"] }], ["'; DROP TABLE lines; --"]],
  [[{ type: '|=', values: ['{x:String}'] }], ['{x:String}']],
  [[{ type: '|~', values: ['a.b'] }], ['a.b']],
  [[{ type: '|~', values: ['(?s)a.b'] }], ['a.b', 'a\nb']],
  [[{ type: '|~', values: ['(?s:a.b)|A.B'] }], ['a.b', 'a\nb', 'A.B']],
  [[{ type: '|~', values: ['(?i)a.b$'] }], ['a.b', 'A.B']],
  [[{ type: '|~', values: ['^b'] }], []],
  [[{ type: '|~', values: ['(?m)^b'] }], ['a\nb']],
  [
    [
      { type: '|~', values: [''] },
      { type: '!~', values: ['\\w'] },
    ],
    ['', 'ä%_\\', '☃'].filter((text) => !text.includes('_')),
  ],
  [[{ type: '|~', values: ['^.$'] }], ['☃']],
  [[{ type: '!~', values: ['a', '^$'] }], ['A.B', 'ä%_\\', "'; DROP TABLE lines; --", '{x:String}', '☃']],
  [[{ type: '|~', values: ['\\Qa.b\\E'] }], ['a.b']],
  [[{ type: '|~', values: ['\\pL%'] }], ['ä%_\\']],
  [[{ type: '|~', values: ['a\\.b☃?'] }], ['a.b']],
  [[{ type: '|~', values: ['x:String}😀{0,2}$'] }], ['{x:String}']],
  [[{ type: '|~', values: ['\\Qa.b\\E☃*', '\\Qä☃*\\E'] }], ['a.b']],
  [[{ type: '|~', values: ['[☃?]$'] }], ['☃']],
  [[{ type: '|=', values: [] }], []],
  [
    [
      { type: '|=', values: ['.'] },
      { type: '!=', values: ['A'] },
    ],
    ['a.b'],
  ],
];

describe.each([memory, chdb('chdb')])('logs: $name', (implementation) => {
  const { open, reopen, current } = useStore(implementation);
  const app = labels({ app: 'a' });
  const streams: LogStream[] = [
    { labels: app, entries: [line(3n, 'three'), line(1n, 'one'), line(3n, 'three again')] },
    { labels: labels({ app: 'b', 'odd name': '"' }), entries: [line(2n, 'zwei ☃\n\t"'), line(4n, 'vier', { trace: 'x' })] },
  ];

  it('answers by time in both directions, within a span', async () => {
    await (await open()).logs.append(streams);
    const { logs } = await reopen();
    const read = async (order: LogSelection['order'], span = ALL_NS) =>
      (await rowsOf(logs, { ...EVERYTHING, ...span, order })).map((row) => row.line);
    expect(await read('forward')).toEqual(['one', 'zwei ☃\n\t"', 'three', 'three again', 'vier']);
    expect(await read('backward')).toEqual(['vier', 'three', 'three again', 'zwei ☃\n\t"', 'one']);
    expect(await read('forward', { startNs: 2n, endNs: 4n })).toEqual(['zwei ☃\n\t"', 'three', 'three again']);
    expect(await read('backward', { startNs: 4n, endNs: 4n })).toEqual([]);
    for (const order of ['forward', 'backward'] as const) expect(await read(order, { startNs: -10_000n * SECOND, endNs: 1n })).toEqual([]);
    expect(await read('backward', { startNs: -(1n << 70n), endNs: 1n << 70n })).toHaveLength(5);
  });

  it('gives lines with their stream and metadata, and matching streams', async () => {
    await (await open()).logs.append(streams);
    const { logs } = await reopen();
    const rows = await rowsOf(logs, { ...EVERYTHING, matchers: [m('app', '!=', 'a')], order: 'backward' });
    const stream = labels({ app: 'b', 'odd name': '"' });
    expect(rows).toEqual([
      { timestampNs: 4n, line: 'vier', metadata: ['trace', 'x'], stream },
      { timestampNs: 2n, line: 'zwei ☃\n\t"', metadata: [], stream },
    ]);
    expect((await logs.streams({ matcherSets: [], ...ALL_NS }, {})).map(String)).toEqual(['{app="a"}', '{app="b", odd name="\\""}']);
    expect(await logs.streams({ matcherSets: [[m('app', '=', 'a')]], startNs: 2n, endNs: 3n }, {})).toEqual([]);
    expect(current().stats().logLinesAppended).toBe(implementation === memory ? 5 : 0);
  });

  it('gives sizes without lines, in bytes, and arrays that can be transferred', async () => {
    const { logs } = await open();
    await logs.append(streams);
    for (const order of ['forward', 'backward', 'stream'] as const)
      for (const columns of ['lines', 'sizes'] as const)
        for await (const block of logs.select({ ...EVERYTHING, order, columns }, {})) {
          expect([...block.lineSizes].sort()).toEqual([11, 3, 4, 5, 11].sort());
          expect(block.lineBytes.length).toBe(columns === 'sizes' ? 0 : 34);
          expect(block.lineOffsets.length).toBe(columns === 'sizes' ? 0 : 6);
          const { streamOf, timesNs, lineBytes, lineOffsets, lineSizes } = block;
          const arrays = { streamOf, timesNs, lineBytes, lineOffsets, lineSizes };
          const there = structuredClone(arrays, { transfer: Object.values(arrays).map(({ buffer }) => buffer as ArrayBuffer) });
          expect(there.timesNs).toHaveLength(5);
        }
  });

  it('keeps each stream rising in time when asked for streams', async () => {
    const { logs } = await open();
    for (let i = 0; i < 20; i++)
      await logs.append(
        [0, 1, 2].map((app) => ({ labels: labels({ app: `${app}` }), entries: [line(BigInt((i * 7) % 20) * 300n * SECOND, `${i}`)] })),
      );
    const rows = await rowsOf(logs, { ...EVERYTHING, order: 'stream' });
    expect(rows).toHaveLength(60);
    const last = new Map<Labels, bigint>();
    for (const { stream, timestampNs } of rows) {
      expect(last.get(stream) ?? -1n).toBeLessThan(timestampNs);
      last.set(stream, timestampNs);
    }
    expect(last.size).toBe(3);
  });

  it('keeps the order of arrival of equal times over many appends and restarts', async () => {
    const { logs } = await open();
    for (let i = 0; i < 5; i++) await logs.append([{ labels: app, entries: [line(5n, `${i}`)] }]);
    const later = await reopen();
    await later.logs.append([{ labels: app, entries: [line(5n, '5'), line(5n, '6')] }]);
    for (const order of ['forward', 'backward', 'stream'] as const) {
      const rows = await rowsOf(later.logs, { ...EVERYTHING, matchers: [m('app', '=', 'a')], order });
      expect(rows.map((row) => row.line)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    }
  });

  it('passes lines through filters', async () => {
    const { logs } = await open();
    const texts = ['', 'a.b', 'a\nb', 'A.B', 'ä%_\\', "'; DROP TABLE lines; --", '{x:String}', '☃'];
    await logs.append([{ labels: app, entries: texts.map((text, i) => line(BigInt(i), text)) }]);
    for (const [filters, expected] of FILTERS)
      for (const order of ['forward', 'stream'] as const)
        expect(
          (await rowsOf(logs, { ...EVERYTHING, filters, order })).map((row) => row.line),
          JSON.stringify(filters),
        ).toEqual(expected);
  });

  it('takes any text, and refuses bad expressions', async () => {
    const { logs } = await open();
    const odd = ['\0', '\ud800x', 'x\udc00', '\u{10ffff}', 'a\r\n', 'é'];
    await logs.append([{ labels: app, entries: odd.map((text, i) => line(BigInt(i), text)) }]);
    expect((await rowsOf(logs, EVERYTHING)).map((row) => row.line)).toEqual(['\0', '\ufffdx', 'x\ufffd', '\u{10ffff}', 'a\r\n', 'é']);
    const found = await rowsOf(logs, { ...EVERYTHING, filters: [{ type: '|~', values: ['^[^x]$'] }] });
    expect(found.map((row) => row.line)).toEqual(['\0', '\u{10ffff}', 'é']);
    for (const bad of ['(', 'a**', '(?=a)', '\\C'])
      await expect(rowsOf(logs, { ...EVERYTHING, filters: [{ type: '|~', values: [bad] }] })).rejects.toMatchObject({
        code: 'matcher.bad_regexp',
      });
  });

  it('limits streams and rows and obeys abort', async () => {
    const { logs } = await open({ maxStreams: 2 });
    const push = (...apps: string[]) => logs.append(apps.map((app) => ({ labels: labels({ app }), entries: [line(1n, app)] })));
    await push('a', 'b');
    await expect(push('a', 'c')).rejects.toMatchObject({
      code: 'storage.too_many_series',
      message: expect.stringMatching(/limit of 2.*"c"/),
    });
    await logs.append([{ labels: labels({ app: 'c' }), entries: [] }]);
    await push('b');
    expect((await rowsOf(logs, EVERYTHING)).map((row) => row.line)).toEqual(['a', 'b', 'b']);
    for (const order of ['forward', 'backward', 'stream'] as const) {
      await expect(rowsOf(logs, { ...EVERYTHING, order }, { maxSamples: 2 })).rejects.toMatchObject({ code: 'storage.too_many_samples' });
      expect(await rowsOf(logs, { ...EVERYTHING, order }, { maxSamples: 3 })).toHaveLength(3);
      await expect(rowsOf(logs, { ...EVERYTHING, order }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'storage.cancelled',
      });
    }
  });

  it('lets a caller break off', async () => {
    const { logs } = await open();
    const entries = Array.from({ length: 20_000 }, (_, i) => line(BigInt(i) * SECOND, `line ${i}`));
    await logs.append([{ labels: app, entries }]);
    for (const order of ['forward', 'backward', 'stream'] as const) {
      for (let i = 0; i < 8; i++)
        for await (const block of logs.select({ ...EVERYTHING, order }, {})) {
          expect(block.timesNs[0]).toBe(order === 'backward' ? 19_999n * SECOND : 0n);
          break;
        }
      expect((await rowsOf(logs, { ...EVERYTHING, order })).length).toBe(20_000);
    }
  });

  it('equals the reference on random lines and questions', async () => {
    const { logs } = await open();
    const word = fc.constantFrom('a', 'b', '.', 'A', '\n', 'é', '☃', ' ', '');
    const text = fc.array(word, { maxLength: 5 }).map((words) => words.join(''));
    // Times over two days, in clumps and with ties.
    const time = fc
      .tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 0, max: 3 }))
      .map(([hour, s]) => BigInt(hour) * 3600n * SECOND + BigInt(s));
    const entry = fc.record({ time, text, meta: fc.option(fc.constantFrom('x', 'y')) });
    const batch = fc.array(fc.record({ app: fc.integer({ min: 0, max: 4 }), entries: fc.array(entry, { maxLength: 12 }) }), {
      maxLength: 4,
    });
    const pattern = fc.constantFrom('a.', 'a|é', '^b', '(?i)a$', '[^a]', '', '\\s', '.{3}');
    const filter = fc.oneof(
      fc.record({ type: fc.constantFrom('|=' as const, '!=' as const), values: fc.array(text, { minLength: 1, maxLength: 2 }) }),
      fc.record({ type: fc.constantFrom('|~' as const, '!~' as const), values: fc.array(pattern, { minLength: 1, maxLength: 2 }) }),
    );
    const question = fc.record({
      ends: fc.tuple(time, time),
      app: fc.constantFrom('.*', '1', '1|3', '[^2]'),
      filters: fc.array(filter, { maxLength: 2 }),
      order: fc.constantFrom('forward' as const, 'backward' as const),
    });
    const reference = openMemoryStore(new FakeClock(NOW)).logs;
    const property = fc.asyncProperty(
      fc.array(batch, { maxLength: 3 }),
      fc.array(question, { maxLength: 6 }),
      async (batches, questions) => {
        for (const streams of batches) {
          const appended = streams.map(({ app, entries }) => ({
            labels: labels({ app: `${app}` }),
            entries: entries.map(({ time, text, meta }) => line(time, text, meta ? { meta } : {})),
          }));
          await Promise.all([logs.append(appended), reference.append(appended)]);
        }
        for (const { ends, app, filters, order } of questions) {
          const [startNs, endNs] = ends[0] < ends[1] ? ends : [ends[1], ends[0] + 1n];
          const selection = { matchers: [m('app', '=~', app)], startNs, endNs, filters, order, columns: 'lines' as const };
          const [ours, theirs] = await Promise.all([rowsOf(logs, selection), rowsOf(reference, selection)]);
          expect(ours.map(plain)).toEqual(theirs.map(plain));
          const byStream = await rowsOf(logs, { ...selection, order: 'stream' });
          expect(byStream.map(plain).sort()).toEqual(theirs.map(plain).sort());
        }
      },
    );
    await fc.assert(property, { numRuns: implementation === memory ? 5 : 25 });
  });

  it('drops lines older than their retention, and streams that have none left', async () => {
    const clock = new FakeClock(NOW);
    const { logs, enforceRetention } = await open({ clock, maxStreams: 2, retention: { metricsMs: 0, logsMs: DAY, tracesMs: DAY } });
    const ns = (ms: number) => BigInt(ms) * 1_000_000n;
    await logs.append([
      { labels: labels({ a: '1' }), entries: [line(ns(NOW - 9 * DAY), 'old'), line(ns(NOW), 'new')] },
      { labels: labels({ a: '2' }), entries: [line(ns(NOW - 9 * DAY), 'gone')] },
    ]);
    await enforceRetention();
    expect((await rowsOf(logs, EVERYTHING)).map((row) => row.line)).toEqual(['new']);
    await logs.append([{ labels: labels({ a: '3' }), entries: [line(ns(NOW), 'newer')] }]);
    const again = await reopen({ clock, maxStreams: 2 });
    await expect(again.logs.append([{ labels: labels({ a: '2' }), entries: [line(ns(NOW), 'x')] }])).rejects.toThrowError(/limit of 2/);
  });
});

async function rowsOf(logs: LogStore, selection: LogSelection, limits: ReadLimits = {}): Promise<LogRow[]> {
  const blocks: LogBlock[] = [];
  for await (const block of logs.select(selection, limits)) blocks.push(block);
  return blocks.flatMap(logRowsOf);
}

function plain({ stream, timestampNs, line, metadata }: LogRow): string {
  return [timestampNs, stream, JSON.stringify(line), metadata].join(' ');
}

function labels(object: Record<string, string>): Labels {
  return Labels.from(object);
}

function m(name: string, type: MatchType, value: string): Matcher {
  return { name, type, value };
}

function line(timestampNs: bigint, text: string, metadata: Record<string, string> = {}): LogEntry {
  return { timestampNs, line: text, metadata: labels(metadata) };
}
