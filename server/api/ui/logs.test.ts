import type { LogLines, LogVolume } from '@alidade/sdk/schema';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogEngine } from '../../logql/engine/log-engine.ts';
import type { LogQueryEngine } from '../../logql/query.ts';
import { messageOf } from '../../model/app-error.ts';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { uiStatusOf } from './errors.ts';
import { addLogRoutes } from './logs.ts';

const START = 1_700_000_100_000;
const MINUTE = 60_000;
let app: FastifyInstance;
let logEngine: LogQueryEngine;

beforeAll(async () => {
  const store = openMemoryStore(new FakeClock(START));
  const stream = (labels: Record<string, string>, ...lines: [number, string, Record<string, string>?][]) => ({
    labels: Labels.from(labels),
    entries: lines.map(([afterMs, line, metadata = {}]) => ({
      timestampNs: BigInt(START + afterMs) * 1_000_000n,
      line,
      metadata: Labels.from(metadata),
    })),
  });
  await store.logs.append([
    stream({ app: 'api' }, [0, 'level=info n=1'], [1, 'level=ERROR n=2'], [MINUTE, 'level=warn n=3'], [9 * MINUTE, 'level=info n=4']),
    stream({ app: 'db', level: 'debug' }, [2, 'query', { trace_id: 'abc' }], [9 * MINUTE + 1, 'query']),
    stream({ app: 'odd' }, [3, 'no word of it']),
  ]);
  logEngine = createLogEngine({ store: store.logs, clock: systemClock });
  app = Fastify();
  app.setErrorHandler((error, _request, reply) => reply.code(uiStatusOf(error)).send(messageOf(error)));
  addLogRoutes(app, { logEngine });
});
afterAll(async () => {
  await app.close();
  await logEngine.close();
});

const SPAN = { fromMs: String(START), toMs: String(START + 10 * MINUTE) };
const get = (path: string, parameters: Record<string, string>) => app.inject(`${path}?${new URLSearchParams({ ...SPAN, ...parameters })}`);
const lines = async (parameters: Record<string, string>) => {
  const answer = await get('/api/ui/logs', parameters);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<LogLines>();
};
const volume = async (parameters: Record<string, string>) => {
  const answer = await get('/api/ui/logs/volume', parameters);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<LogVolume>();
};

describe('lines', () => {
  it('stand in order of time over all streams, with their level', async () => {
    const answer = await lines({ query: '{app=~".+"}' });
    expect(answer.isCut).toBe(false);
    expect(answer.linesProcessed).toBe(7);
    expect(answer.lines.map(({ line, level }) => `${level}: ${line}`)).toEqual([
      'debug: query',
      'info: level=info n=4',
      'warn: level=warn n=3',
      'unknown: no word of it',
      'debug: query',
      'error: level=ERROR n=2',
      'info: level=info n=1',
    ]);
    expect(answer.lines[4]).toEqual({
      timestampNs: `${START + 2}000000`,
      line: 'query',
      level: 'debug',
      stream: { app: 'db', level: 'debug' },
      metadata: { trace_id: 'abc' },
      parsed: {},
    });
  });

  it('have what parsers found apart from the labels of their stream', async () => {
    const { lines: found } = await lines({ query: '{app="api"} | logfmt | n > 2', direction: 'forward' });
    expect(found.map(({ stream, parsed, level }) => ({ stream, parsed, level }))).toEqual([
      { stream: { app: 'api' }, parsed: { level: 'warn', n: '3' }, level: 'warn' },
      { stream: { app: 'api' }, parsed: { level: 'info', n: '4' }, level: 'info' },
    ]);
  });

  it('are cut to the limit, and the answer says so', async () => {
    const newest = await lines({ query: '{app=~".+"}', limit: '2' });
    expect([newest.isCut, newest.lines.map(({ line }) => line)]).toEqual([true, ['query', 'level=info n=4']]);
    const all = await lines({ query: '{app=~".+"}', limit: '7' });
    expect([all.isCut, all.lines.length]).toEqual([false, 7]);
  });
});

describe('volume', () => {
  it('counts lines of each level in buckets on round boundaries, the most severe first', async () => {
    const { startMs, stepMs, levels } = await volume({ query: '{app=~".+"} # all\n# of them', buckets: '10' });
    expect([stepMs, startMs]).toEqual([MINUTE, Math.floor(START / MINUTE) * MINUTE]);
    const at = (afterMs: number) => Math.floor((START + afterMs - startMs) / MINUTE);
    const counts = (...times: number[]) => {
      const expected = new Array<number>(Math.ceil((START + 10 * MINUTE - startMs) / MINUTE)).fill(0);
      for (const time of times) expected[at(time)] = (expected[at(time)] as number) + 1;
      return expected;
    };
    expect(levels).toEqual([
      { level: 'error', counts: counts(1) },
      { level: 'warn', counts: counts(MINUTE) },
      { level: 'info', counts: counts(0, 9 * MINUTE) },
      { level: 'debug', counts: counts(2, 9 * MINUTE + 1) },
      { level: 'unknown', counts: counts(3) },
    ]);
  });

  it('takes any pipeline', async () => {
    const { levels } = await volume({ query: '{app="api"} |= "level" | logfmt | n != 2 | line_format "{{.n}}"', buckets: '1' });
    expect(levels.map(({ level, counts }) => [level, counts.reduce((a, b) => a + b)])).toEqual([
      ['warn', 1],
      ['info', 2],
    ]);
  });

  it('counts lines that a parser could not read: they are among the lines, too', async () => {
    const { levels } = await volume({ query: '{app="api"} | json', buckets: '1' });
    const total = levels.flatMap(({ counts }) => counts).reduce((a, b) => a + b);
    expect(total).toBe((await lines({ query: '{app="api"} | json' })).lines.length);
  });

  it('of nothing is empty', async () => {
    expect((await volume({ query: '{app="none"}' })).levels).toEqual([]);
  });
});

it.each<[string, Record<string, string>, RegExp]>([
  ['/api/ui/logs', { query: '{app=' }, /^parse error at line 1, col /],
  ['/api/ui/logs', { query: 'rate({app="api"}[1m])' }, /^this query counts lines/],
  ['/api/ui/logs/volume', { query: 'rate({app="api"}[1m])' }, /^this query counts lines/],
  ['/api/ui/logs', { query: '{app="api"}', fromMs: 'x' }, /^fromMs: /],
  ['/api/ui/logs', { query: '{app="api"}', toMs: '1' }, /^toMs: must not be before fromMs$/],
  ['/api/ui/logs', { query: '{app="api"}', limit: '5001', direction: 'up' }, /^limit: .*; direction: /],
  ['/api/ui/logs/volume', { query: '{app="api"}', buckets: '0' }, /^buckets: /],
])('%s with %j is refused in words', async (path, parameters, message) => {
  const answer = await get(path, parameters);
  expect([answer.statusCode, answer.body]).toEqual([400, expect.stringMatching(message)]);
});
