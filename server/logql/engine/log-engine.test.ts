import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import type { LogStore } from '../../storage/store.ts';
import type { LogQueryEngine, LogQueryValue } from '../query.ts';
import { createLogEngine } from './log-engine.ts';

const SECOND = 1_000_000_000n;
const T0 = 1_700_000_000n * SECOND;

const engines: LogQueryEngine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

interface Line {
  /** Seconds after T0. */
  readonly at: number;
  readonly line: string;
  readonly labels?: Record<string, string>;
  readonly metadata?: Record<string, string>;
}

async function storeOf(lines: readonly Line[]): Promise<LogStore> {
  const { logs } = openMemoryStore(new FakeClock(0));
  for (const { at, line, labels = { app: 'api' }, metadata = {} } of lines)
    await logs.append([
      {
        labels: Labels.from(labels),
        entries: [{ timestampNs: T0 + BigInt(Math.round(at * 1e9)), line, metadata: Labels.from(metadata) }],
      },
    ]);
  return logs;
}

async function engineOf(lines: readonly Line[], options: { maxInlineLines?: number; maxSeries?: number } = {}): Promise<LogQueryEngine> {
  const engine = createLogEngine({ store: await storeOf(lines), clock: systemClock, ...options });
  engines.push(engine);
  return engine;
}

/** An answer in words: lines, or `labels = v1 v2 …` with `-` for no value. */
function show(value: LogQueryValue): string[] {
  switch (value.type) {
    case 'streams':
      return value.streams.flatMap(({ labels, entries }) =>
        entries.map(({ timestampNs, line }) => `${labels} ${Number(timestampNs - T0) / 1e9}s ${line}`),
      );
    case 'scalar':
      return [`${value.value}`];
    case 'vector':
      return value.labels.map((labels, i) => `${labels} = ${value.values[i]}`);
    case 'matrix':
      return value.labels.map((labels, row) => {
        const cells = Array.from({ length: value.steps }, (_, t) => {
          const i = row * value.steps + t;
          return value.present[i] === 1 ? value.values[i] : '-';
        });
        return `${labels} = ${cells.join(' ')}`;
      });
  }
}

const ask = { limit: 100, direction: 'backward' as const };
async function range(engine: LogQueryEngine, query: string, from = 0, to = 60, step = 10): Promise<string[]> {
  const seconds = (at: number) => T0 + BigInt(at) * SECOND;
  const { value } = await engine.range({ ...ask, query, startNs: seconds(from), endNs: seconds(to), stepNs: BigInt(step) * SECOND });
  return show(value);
}
async function instant(engine: LogQueryEngine, query: string, at = 60): Promise<string[]> {
  return show((await engine.instant({ ...ask, query, timeNs: T0 + BigInt(at) * SECOND })).value);
}

describe('a log query', () => {
  it('filters, parses and formats lines, newest first', async () => {
    const engine = await engineOf([
      { at: 1, line: '{"level":"info","ms":5,"msg":"fine"}' },
      { at: 2, line: '{"level":"error","ms":50,"msg":"broken"}' },
      { at: 3, line: '{"level":"error","ms":7,"msg":"slow"}' },
    ]);
    expect(await range(engine, '{app="api"} |= "error" | json | ms > 6 | line_format "{{.msg}} after {{.ms}}"')).toEqual([
      '{app="api", level="error", ms="50", msg="broken"} 2s broken after 50',
      '{app="api", level="error", ms="7", msg="slow"} 3s slow after 7',
    ]);
  });

  it('stops at the limit, in either direction', async () => {
    const engine = await engineOf(Array.from({ length: 50 }, (_, at) => ({ at, line: `line ${at}` })));
    const span = { query: '{app="api"}', startNs: T0, endNs: T0 + 100n * SECOND, stepNs: SECOND, limit: 2 };
    expect(show((await engine.range({ ...span, direction: 'backward' })).value)).toEqual([
      '{app="api"} 49s line 49',
      '{app="api"} 48s line 48',
    ]);
    expect(show((await engine.range({ ...span, direction: 'forward' })).value)).toEqual(['{app="api"} 0s line 0', '{app="api"} 1s line 1']);
  });

  it('includes the start and not the end', async () => {
    const engine = await engineOf([0, 10, 60].map((at) => ({ at, line: `${at}` })));
    expect(await range(engine, '{app="api"}')).toEqual(['{app="api"} 10s 10', '{app="api"} 0s 0']);
  });

  it('tells metadata and parsed labels apart', async () => {
    const engine = await engineOf([{ at: 1, line: 'a=1', metadata: { trace_id: 'x' } }]);
    const { value } = await engine.range({ ...ask, query: '{app="api"} | logfmt', startNs: T0, endNs: T0 + 9n * SECOND, stepNs: SECOND });
    const entry = value.type === 'streams' ? value.streams[0]?.entries[0] : undefined;
    expect([entry?.metadata.toString(), entry?.parsed.toString()]).toEqual(['{trace_id="x"}', '{a="1"}']);
  });

  it('finds levels where asked', async () => {
    const engine = await engineOf([
      { at: 1, line: '{"level":"WARN"}' },
      { at: 2, line: 'panic: no' },
    ]);
    const query = 'sum by (detected_level) (count_over_time({app="api"}[1m]))';
    const { value } = await engine.instant({ ...ask, query, timeNs: T0 + 10n * SECOND, detectLevel: true });
    expect(show(value)).toContain('{detected_level="warn"} = 1');
  });
});

describe('counting', () => {
  it('has windows that are open on the left and closed on the right', async () => {
    const engine = await engineOf([0, 10, 20, 30].map((at) => ({ at, line: 'x' })));
    expect(await range(engine, 'count_over_time({app="api"}[10s])', 0, 40, 10)).toEqual(['{app="api"} = 1 1 1 1 -']);
    expect(await range(engine, 'count_over_time({app="api"}[20s])', 0, 50, 10)).toEqual(['{app="api"} = 1 2 2 2 1 -']);
    expect(await range(engine, 'count_over_time({app="api"}[10s] offset 10s)', 0, 40, 10)).toEqual(['{app="api"} = - 1 1 1 1']);
    expect(await instant(engine, 'count_over_time({app="api"}[1m])', 30)).toEqual(['{app="api"} = 4']);
    expect(await instant(engine, 'count_over_time({app="api"}[30s])', 30)).toEqual(['{app="api"} = 3']);
  });

  it('gives rates of lines and bytes', async () => {
    const engine = await engineOf([1, 2, 3, 4].map((at) => ({ at, line: 'été' })));
    expect(await instant(engine, 'rate({app="api"}[10s])', 10)).toEqual(['{app="api"} = 0.4']);
    expect(await instant(engine, 'bytes_over_time({app="api"}[10s])', 10)).toEqual(['{app="api"} = 20']);
    expect(await instant(engine, 'bytes_rate({app="api"}[10s])', 10)).toEqual(['{app="api"} = 2']);
  });

  it('makes a series of each label set, and sums by labels', async () => {
    const engine = await engineOf([
      { at: 1, line: '{"level":"info","id":"1"}' },
      { at: 2, line: '{"level":"error","id":"2"}' },
      { at: 3, line: '{"level":"error","id":"3"}' },
    ]);
    expect(await instant(engine, 'count_over_time({app="api"} | json [1m])')).toHaveLength(3);
    expect(await instant(engine, 'sum by (level) (count_over_time({app="api"} | json [1m]))')).toEqual([
      '{level="error"} = 2',
      '{level="info"} = 1',
    ]);
    expect(await instant(engine, 'sum without (id) (count_over_time({app="api"} | json [1m]))')).toEqual([
      '{app="api", level="error"} = 2',
      '{app="api", level="info"} = 1',
    ]);
    expect(await instant(engine, 'topk(1, sum by (level) (count_over_time({app="api"} | json [1m])))')).toEqual(['{level="error"} = 2']);
    expect(await instant(engine, 'sum(count_over_time({app="api"}[1m])) / 2 > 1')).toEqual(['{} = 1.5']);
    expect(
      await instant(
        engine,
        'label_replace(sum by (level) (count_over_time({app="api"} | json | level="info" [1m])), "l", "<$1>", "level", "(.*)")',
      ),
    ).toEqual(['{l="<info>", level="info"} = 1']);
  });

  it.each([
    ['sum(count_over_time({app="api"} | json [1m]))', ['{} = 2']],
    ['sum(count_over_time({app="api"} | json | logfmt --strict | pattern "<a> <_>" | unpack [1m]))', ['{} = 2']],
    ['sum(bytes_over_time({app="api"} | json x="y" | drop x [1m]))', ['{} = 20']],
    ['absent_over_time({app="web"} | json [1m])', ['{app="web"} = 1']],
    ['count(count_over_time({app="api"} | json | __error__="" [1m]))', []],
    ['sum(count_over_time({app="api"} | json | __error__="JSONParserErr" [1m])) or vector(7)', undefined],
    ['sum by (level) (count_over_time({app="api"} | json [1m]))', undefined],
    ['sum(count_over_time({app="api"} | json | level!="x" [1m]))', undefined],
    ['sum(count_over_time({app="api"} | json | line_format "{{.level}}" [1m]))', undefined],
    ['sum without (x) (count_over_time({app="api"} | json [1m]))', undefined],
    ['sum(count_over_time({app="api"} | regexp "(" [1m]))', undefined],
  ])('leaves parsers out of %s where nobody looks at labels behind them', async (query, wanted) => {
    const engine = await engineOf([1, 2].map((at) => ({ at, line: 'x="no json' })));
    if (wanted) expect(await instant(engine, query)).toEqual(wanted);
    else await expect(instant(engine, query)).rejects.toThrow(/JSONParserErr|invalid regular expression/);
  });

  it('counts the bytes of lines that were unpacked', async () => {
    const engine = await engineOf([{ at: 1, line: '{"_entry":"four","a":"b"}' }]);
    expect(await instant(engine, 'sum(bytes_over_time({app="api"} | unpack [1m]))')).toEqual(['{} = 4']);
    expect(await instant(engine, 'sum(count_over_time({app="api"} | unpack |= "a" [1m]))')).toEqual([]);
    expect(await instant(engine, 'sum(count_over_time({app="api"} | unpack [1m]))')).toEqual(['{} = 1']);
  });

  it('knows what is absent', async () => {
    const engine = await engineOf([{ at: 15, line: 'x' }]);
    expect(await range(engine, 'absent_over_time({app="api"} |= "y" [10s])', 0, 20, 10)).toEqual(['{app="api"} = 1 1 1']);
    expect(await range(engine, 'absent_over_time({app="api"}[10s])', 0, 30, 10)).toEqual(['{app="api"} = 1 1 - 1']);
    // What a second matcher narrows has no one value.
    expect(await instant(engine, 'absent_over_time({app="z", env="x", app!="y"}[10s])')).toEqual(['{env="x"} = 1']);
  });

  it('answers expressions without lines', async () => {
    const engine = await engineOf([]);
    expect(await instant(engine, '1 + 2 * 3')).toEqual(['7']);
    expect(await range(engine, 'vector(2) * 2', 0, 20, 10)).toEqual(['{} = 4 4 4']);
    expect(await range(engine, '3', 0, 20, 10)).toEqual(['{} = 3 3 3']);
  });
});

describe('unwrapped values', () => {
  const lines = [4, 1, 3, 2].map((v, i) => ({ at: i + 1, line: `v=${v} d=${v * 100}ms pod=${i % 2 ? 'b' : 'a'}` }));
  it.each([
    ['sum_over_time', 10],
    ['avg_over_time', 2.5],
    ['min_over_time', 1],
    ['max_over_time', 4],
    ['first_over_time', 4],
    ['last_over_time', 2],
    ['stdvar_over_time', 1.25],
    ['stddev_over_time', Math.sqrt(1.25)],
    ['rate', 1],
  ])('%s', async (op, wanted) => {
    const engine = await engineOf(lines);
    // Labels that differ from line to line would make four series.
    expect(await instant(engine, `${op}({app="api"} | logfmt v | unwrap v [10s])`, 10)).toEqual([`{app="api"} = ${wanted}`]);
  });

  it('has quantiles by group, and durations in seconds', async () => {
    const engine = await engineOf(lines);
    expect(await instant(engine, 'quantile_over_time(0.5, {app="api"} | logfmt | unwrap v [10s]) by (pod)', 10)).toEqual([
      '{pod="a"} = 3.5',
      '{pod="b"} = 1.5',
    ]);
    expect(await instant(engine, 'max_over_time({app="api"} | logfmt d | unwrap duration(d) [10s])', 10)).toEqual(['{app="api"} = 0.4']);
  });

  it('extrapolates counters over resets', async () => {
    const engine = await engineOf([10, 20, 5, 15].map((v, i) => ({ at: i * 10, line: `c=${v}` })));
    // 10 more, a reset to 5, 10 more: 25 in 30 s, from 0 to 30 of a window that begins there.
    expect(await instant(engine, 'rate_counter({app="api"} | logfmt c | unwrap c [31s])', 30)).toEqual([
      `{app="api"} = ${(25 * (31 / 30)) / 31}`,
    ]);
  });

  it('refuses lines that cannot be processed, unless they are filtered', async () => {
    const engine = await engineOf([
      { at: 1, line: 'v=1' },
      { at: 2, line: 'v=x' },
    ]);
    await expect(instant(engine, 'sum_over_time({app="api"} | logfmt | unwrap v [10s])', 10)).rejects.toThrow(
      "pipeline error: 'SampleExtractionErr' for series:",
    );
    expect(await instant(engine, 'sum_over_time({app="api"} | logfmt | unwrap v | __error__="" [10s])', 10)).toEqual(['{app="api"} = 1']);
    await expect(instant(engine, 'count_over_time({app="api"} | json [10s])', 10)).rejects.toThrow("pipeline error: 'JSONParserErr'");
  });
});

describe('limits', () => {
  it('bound series, points and time', async () => {
    const engine = await engineOf(
      Array.from({ length: 20 }, (_, i) => ({ at: 1, line: `id=${i}` })),
      { maxSeries: 10 },
    );
    await expect(instant(engine, 'count_over_time({app="api"} | logfmt [1m])')).rejects.toMatchObject({ code: 'logql.too_many_series' });
    await expect(range(engine, 'rate({app="api"}[1m])', 0, 110_020, 10)).rejects.toMatchObject({ code: 'logql.too_many_points' });
    const query = { ...ask, query: '{app="api"}', startNs: T0, endNs: T0 + SECOND, stepNs: SECOND };
    await expect(engine.range({ ...query, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'logql.cancelled' });
  });
});

describe('the answer', () => {
  it('is bounded in characters, for lines may be long', async () => {
    const engine = await engineOf(Array.from({ length: 70 }, (_, at) => ({ at, line: 'x'.repeat(1024 * 1024) })));
    await expect(range(engine, '{app="api"}', 0, 100)).rejects.toMatchObject({ code: 'logql.too_many_lines' });
    expect(await range(engine, '{app="api"} | line_format "short"', 0, 100)).toHaveLength(70);
  });
});

describe('a worker', () => {
  const QUERIES = [
    '{app=~".+"} |= "1" | logfmt | v > 3',
    'sum by (app) (rate({app=~".+"}[7s]))',
    'bytes_over_time({app=~".+"} != "2" [5s])',
    'quantile_over_time(0.9, {app=~".+"} | logfmt | unwrap v [9s]) by (app)',
    'stddev_over_time({app=~".+"} | logfmt v | unwrap v [9s]) / on (app) count_over_time({app=~".+"}[4s])',
    'topk(1, sum by (app) (count_over_time({app=~".+"}[3s]))) or vector(1)',
  ];

  it('answers what the main thread answers', { timeout: 60_000 }, async () => {
    const line = fc.record({
      at: fc.integer({ min: 0, max: 60 }),
      v: fc.integer({ min: 0, max: 20 }),
      app: fc.constantFrom('a', 'b', 'c'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), async (drawn) => {
        const lines = drawn.map(({ at, v, app }) => ({ at, line: `v=${v}`, labels: { app } }));
        const [here, there] = [await engineOf(lines), await engineOf(lines, { maxInlineLines: -1 })];
        for (const query of QUERIES) expect(await range(there, query), query).toEqual(await range(here, query));
        await there.close();
      }),
      { numRuns: 8 },
    );
  });

  it('counts as a naive count does', async () => {
    const line = fc.record({ at: fc.integer({ min: 0, max: 60 }), app: fc.constantFrom('a', 'b') });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 60 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 20 }),
        async (drawn, window, step) => {
          const engine = await engineOf(drawn.map(({ at, app }) => ({ at, line: 'x', labels: { app } })));
          const steps = Math.floor(60 / step) + 1;
          const naive = ['a', 'b'].flatMap((app) => {
            const cells = Array.from({ length: steps }, (_, t) => {
              const count = drawn.filter((one) => one.app === app && one.at > t * step - window && one.at <= t * step).length;
              return count === 0 ? '-' : count;
            });
            return cells.every((cell) => cell === '-') ? [] : [`{app="${app}"} = ${cells.join(' ')}`];
          });
          expect(await range(engine, `count_over_time({app=~".+"}[${window}s])`, 0, 60, step)).toEqual(naive);
        },
      ),
    );
  });
});
