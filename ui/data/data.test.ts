import { describe, expect, it } from 'vitest';
import { alignFrames, decodeFrame } from './frames.ts';
import { readNdjson } from './ndjson.ts';
import { describeRange, parseTime, rangeProblem, refreshMs, resolveRange, shiftRange, zoomOut } from './time-range.ts';
import {
  choiceParam,
  decodeSearch,
  encodeSearch,
  flagParam,
  linkTo,
  listParam,
  numberParam,
  textParam,
  type UrlSchema,
} from './url-state.ts';

function streamOf(chunks: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
}

async function all(chunks: readonly (string | Uint8Array)[]): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readNdjson(streamOf(chunks))) values.push(value);
  return values;
}

describe('readNdjson', () => {
  it('puts lines together whatever the chunks', async () => {
    expect(await all(['{"a":1}\n{"a"', ':2}\n', '\n{"a":3}'])).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  });
  it('does not break letters apart that come in two chunks', async () => {
    const bytes = new TextEncoder().encode('"é"\n');
    expect(await all([bytes.slice(0, 2), bytes.slice(2)])).toEqual(['é']);
  });
  it('throws on what is not JSON', async () => {
    await expect(all(['{"a":1}\n<html>\n'])).rejects.toThrow(SyntaxError);
  });
  it('answers nothing for nothing', async () => {
    expect(await all([])).toEqual([]);
  });
});

describe('frames', () => {
  const line = (refId: string, startMs: number, stepMs: number, values: readonly (number | null | 'NaN' | '+Inf' | '-Inf')[]) =>
    decodeFrame({
      panel: '1',
      refId,
      startMs,
      stepMs,
      steps: values.length,
      series: [{ name: refId, labels: {}, values }],
      warnings: [],
      elapsedMs: 0,
    });

  it('reads what JSON cannot say', () => {
    expect(line('A', 0, 1, [1, null, 'NaN', '+Inf', '-Inf']).series[0]?.values).toEqual([1, null, Number.NaN, Infinity, -Infinity]);
  });
  it('shares one time axis between queries of the same step', () => {
    const { times, series } = alignFrames([line('A', 10, 5, [1, 2]), line('B', 10, 5, [3, null])]);
    expect(times).toEqual([10, 15]);
    expect(series.map(({ refId, values }) => [refId, values])).toEqual([
      ['A', [1, 2]],
      ['B', [3, null]],
    ]);
  });
  it('tells a step that a query does not have from a missing sample', () => {
    const { times, series } = alignFrames([line('A', 0, 10, [1, null, 3]), line('B', 0, 20, [5, 6])]);
    expect(times).toEqual([0, 10, 20]);
    expect(series.map(({ values }) => values)).toEqual([
      [1, null, 3],
      [5, undefined, 6],
    ]);
  });
});

describe('time ranges', () => {
  const now = new Date(2026, 2, 15, 13, 45, 30).getTime();
  const at = (...parts: [number, number, number, number?, number?, number?, number?]) => new Date(...parts).getTime();

  it.each([
    ['now', false, now],
    ['now-15m', false, now - 900_000],
    ['now+1h', false, now + 3_600_000],
    ['now-1h-30m', false, now - 5_400_000],
    ['now/d', false, at(2026, 2, 15)],
    ['now/d', true, at(2026, 2, 16) - 1],
    ['now-1d/d', false, at(2026, 2, 14)],
    ['now-1M/M', false, at(2026, 1, 1)],
    ['now/w', false, at(2026, 2, 9)],
    ['now/y', false, at(2026, 0, 1)],
    ['1700000000000', false, 1_700_000_000_000],
    ['2026-01-31', false, at(2026, 0, 31)],
    ['2026-01-31', true, at(2026, 1, 1) - 1],
    ['2026-01-31 13:05', false, at(2026, 0, 31, 13, 5)],
    ['2026-01-31T13:05:09Z', false, Date.UTC(2026, 0, 31, 13, 5, 9)],
  ])('reads %s (end: %s)', (text, end, wanted) => expect(parseTime(text, now, end)).toBe(wanted));

  it.each(['', 'now-', 'now-5', 'now-5q', 'yesterday', 'now-1h foo', '12'])('refuses %j', (text) =>
    expect(parseTime(text, now)).toBeUndefined(),
  );

  it('falls back rather than show an impossible range, and says what is wrong', () => {
    expect(resolveRange({ from: 'now', to: 'now-1h' }, now)).toEqual({ fromMs: now - 900_000, toMs: now });
    expect(rangeProblem({ from: 'now', to: 'now-1h' }, now)).toMatch(/before/);
    expect(rangeProblem({ from: 'soon', to: 'now' }, now)).toContain('"soon"');
    expect(rangeProblem({ from: 'now-1h', to: 'now' }, now)).toBeUndefined();
  });

  it('describes, shifts and zooms', () => {
    expect(describeRange({ from: 'now-15m', to: 'now' }, now)).toBe('Last 15 minutes');
    expect(describeRange({ from: 'now-1h', to: 'now' }, now)).toBe('Last hour');
    expect(describeRange({ from: 'now/d', to: 'now' }, now)).toBe('Today');
    expect(describeRange({ from: String(at(2026, 0, 31, 9)), to: String(at(2026, 0, 31, 10, 30)) }, now)).toBe('2026-01-31 09:00 to 10:30');
    expect(shiftRange({ from: 'now-1h', to: 'now' }, -1, now)).toEqual({ from: String(now - 5_400_000), to: String(now - 1_800_000) });
    const { fromMs, toMs } = resolveRange(zoomOut({ from: 'now-1h', to: 'now' }, now), now);
    expect(toMs - fromMs).toBe(7_200_000);
    expect(toMs).toBe(now);
  });

  it('reads refresh intervals', () =>
    expect(['5s', '1m', '2h', '', 'off', '5'].map(refreshMs)).toEqual([5_000, 60_000, 7_200_000, 0, 0, 0]));
});

describe('URL state', () => {
  interface State {
    readonly search: string;
    readonly tab: 'all' | 'firing';
    readonly view: number | undefined;
    readonly open: boolean;
    readonly expr: readonly string[];
  }
  const schema: UrlSchema<State> = {
    search: textParam(),
    tab: choiceParam(['all', 'firing'], 'all'),
    view: numberParam(),
    open: flagParam(),
    expr: listParam(),
  };

  it('reads what is there and falls back for the rest', () => {
    expect(decodeSearch(schema, 'tab=nonsense&view=7&expr=a&expr=b%3D1&open')).toEqual({
      search: '',
      tab: 'all',
      view: 7,
      open: true,
      expr: ['a', 'b=1'],
    });
  });
  it('leaves out defaults and keeps parameters of others', () => {
    expect(encodeSearch(schema, { tab: 'firing', search: '' }, 'from=now-1h&search=x')).toBe('from=now-1h&tab=firing');
    expect(linkTo('/x', schema, { expr: ['up', 'a b'] })).toBe('/x?expr=up&expr=a+b');
    expect(linkTo('/x', schema, { tab: 'all' })).toBe('/x');
  });
});
