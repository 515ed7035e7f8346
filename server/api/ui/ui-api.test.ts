// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes variables that way
import type { DashboardAnswer, FrameLine, FramesRequest } from '@alidade/sdk/schema';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDashboard } from '../../dashboards/dashboard.ts';
import { createHttpServer, type HttpServer } from '../../http/server.ts';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { createQueryEngine } from '../../promql/engine/query-engine.ts';
import type { QueryEngine } from '../../promql/query.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import type { Store } from '../../storage/store.ts';
import { appendSamples } from '../testing/samples.ts';
import { uiApi } from './plugin.ts';

const START = 1_700_000_100_000;
const MINUTE = 60_000;
let store: Store;
let engine: QueryEngine;
let http: HttpServer;
let dashboards: DashboardAnswer[];
const reported: unknown[] = [];

beforeEach(async () => {
  const clock = new FakeClock(START + 30 * MINUTE);
  store = openMemoryStore(clock);
  engine = createQueryEngine({ store: store.metrics, clock: systemClock, workers: 0 });
  const series = [
    { labels: { __name__: 'hits_total', job: 'api', code: '200' }, values: Array.from({ length: 121 }, (_, i) => i * 15) },
    { labels: { __name__: 'hits_total', job: 'api', code: '500' }, values: Array.from({ length: 60 }, (_, i) => i) },
    { labels: { __name__: 'odd', job: 'x.y' }, values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.5] },
  ];
  await appendSamples(store.metrics, series, START, 15_000);
  dashboards = [];
  http = await createHttpServer(
    {
      clock: systemClock,
      listen: { host: '127.0.0.1', port: 0 },
      noAuth: false,
      externalUrl: '',
      maxRequestBytes: 1e6,
      reportError: (e) => reported.push(e),
    },
    [
      uiApi({
        clock,
        engine,
        metrics: store.metrics,
        dashboards: {
          list: () => dashboards.map(({ summary }) => summary),
          get: (uid) => dashboards.find(({ summary }) => summary.uid === uid),
        },
        status: () => ({
          version: '0.1.0',
          startedAtMs: START,
          nowMs: clock.nowMs(),
          dir: '',
          config: { loadedAtMs: START, stale: false, problems: [] },
          ingest: { samplesPerSecond: 1, logLinesPerSecond: 0, spansPerSecond: 0 },
          store: { series: store.stats().series, diskBytes: 0, pendingBytes: 0 },
          hasAlertmanager: false,
        }),
        notifications: () => [],
        defaultMinStepMs: () => 15_000,
        reportError: (error) => reported.push(error),
      }),
    ],
  );
  reported.length = 0;
});
afterEach(async () => {
  await http.close();
  await engine.close();
});

const ask = (body: unknown) => http.app.inject({ method: 'POST', url: '/api/ui/frames', payload: body as object });
const request = (queries: unknown[], more: Partial<FramesRequest> = {}) => ({
  fromMs: START,
  toMs: START + 10 * MINUTE,
  panels: [{ id: 'p1', maxDataPoints: 100, queries }],
  ...more,
});
async function lines(queries: unknown[], more: Partial<FramesRequest> = {}): Promise<FrameLine[]> {
  const response = await ask(request(queries, more));
  expect(response.statusCode, response.body).toBe(200);
  expect(response.headers['content-type']).toBe('application/x-ndjson');
  return response.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as FrameLine);
}
const query = (expr: string, more: object = {}) => ({ refId: 'A', expr, kind: 'range', legendFormat: '', ...more });

describe('POST /api/ui/frames', () => {
  it('answers a range on the step grid, with null where there is no sample', async () => {
    const [line] = await lines([query('hits_total{code="500"}', { legendFormat: '{{job}} / {{ code }} {{gone}}' })], {
      toMs: START + 30 * MINUTE,
    });
    expect(line).toMatchObject({ panel: 'p1', refId: 'A', startMs: START, stepMs: 20_000, steps: 91, warnings: [] });
    expect(line?.series).toHaveLength(1);
    const { name, labels, values } = line?.series[0] ?? { name: '', labels: {}, values: [] };
    expect(name).toBe('api / 500 ');
    expect(labels).toEqual({ __name__: 'hits_total', job: 'api', code: '500' });
    expect(values).toHaveLength(91);
    expect(values.slice(0, 3)).toEqual([0, 1, 2]);
    expect(values.at(-1)).toBeNull();
  });

  it('answers only the tail when the rest is known, on the same grid and with the same variables', async () => {
    const queries = [query('sum(increase(hits_total[$__range]))'), query('vector(1)', { refId: 'B', kind: 'instant' })];
    const panelOf = (sinceMs?: number) => [{ id: 'p1', maxDataPoints: 100, queries, ...(sinceMs !== undefined && { sinceMs }) }] as never;
    const whole = (await lines([], { panels: panelOf() })).find(({ refId }) => refId === 'A');
    const tailOf = async (sinceMs: number) => (await lines([], { panels: panelOf(sinceMs) })).find(({ refId }) => refId === 'A');
    const stepMs = whole?.stepMs ?? 0;
    const last = (whole?.startMs ?? 0) + ((whole?.steps ?? 0) - 1) * stepMs;
    const tail = await tailOf(last - 2 * stepMs + 1);
    expect(tail).toMatchObject({ startMs: last - 2 * stepMs, stepMs, steps: 3 });
    expect(tail?.series[0]?.values).toEqual(whole?.series[0]?.values.slice(-3));
    expect(await tailOf(last + 10 * stepMs)).toMatchObject({ startMs: last, steps: 1 });
    expect(await tailOf(0)).toMatchObject({ startMs: whole?.startMs, steps: whole?.steps });
    const instant = (await lines([], { panels: panelOf(last) })).find(({ refId }) => refId === 'B');
    expect(instant).toMatchObject({ startMs: START + 10 * MINUTE, steps: 1 });
    expect((await ask({ ...request([]), panels: panelOf(-1) })).statusCode).toBe(400);
  });

  it('carries the numbers that JSON lacks, and names series by themselves', async () => {
    const [line] = await lines([query('odd', { minStep: '15s' })], { toMs: START + 45_000 });
    expect(line?.series).toEqual([
      { name: 'odd{job="x.y"}', labels: { __name__: 'odd', job: 'x.y' }, values: ['NaN', '+Inf', '-Inf', -0.5] },
    ]);
    const [sum] = await lines([query('sum(odd * 0 + 1)', { kind: 'instant' })], { toMs: START + 45_000 });
    expect(sum).toMatchObject({
      steps: 1,
      stepMs: 0,
      startMs: START + 45_000,
      series: [{ name: 'sum(odd * 0 + 1)', labels: {}, values: [1] }],
    });
    expect((await lines([query('1 + 1', { kind: 'instant' })]))[0]?.series[0]?.values).toEqual([2]);
  });

  it('fills variables', async () => {
    const variables = { code: ['200', '500'], job: 'api' };
    const [line] = await lines(
      [query('sum(increase(hits_total{job="$job",code=~"$code"}[$__rate_interval]))', { legendFormat: 'all $job' })],
      { variables },
    );
    expect(line?.error).toBeUndefined();
    expect(line?.series[0]?.name).toBe('all api');
    const exprs = ['$__interval', '$__range', '${__range_s}s', '[[__interval]]'];
    for (const text of exprs) expect((await lines([query(`rate(hits_total[${text}])`)]))[0]?.error, text).toBeUndefined();
  });

  it('lets one query fail without the others', async () => {
    const all = await lines([
      query('up{', { refId: 'A' }),
      query('vector(1)', { refId: 'B' }),
      query('hits_total[5m]', { refId: 'C', kind: 'instant' }),
      query('$nothing', { refId: 'D' }),
    ]);
    const byRef = new Map(all.map((line) => [line.refId, line]));
    expect(byRef.get('A')).toMatchObject({
      series: [],
      error: { code: 'promql.parse', message: '1:4: parse error: unexpected end of input inside braces' },
    });
    expect(byRef.get('B')?.series).toHaveLength(1);
    expect(byRef.get('C')?.error).toMatchObject({ code: 'ui.unsupported' });
    expect(byRef.get('D')?.error?.code).toBe('promql.parse');
    expect(reported).toEqual([]);
  });

  it('keeps panels apart', async () => {
    const panels = [
      { id: 'one', maxDataPoints: 10, queries: [query('vector(1)')] },
      { id: 'two', maxDataPoints: 1000, queries: [query('vector(2)'), query('vector(3)', { refId: 'B' })] },
      { id: 'none', maxDataPoints: 10, queries: [] },
    ] as FramesRequest['panels'];
    const all = await lines([], { panels });
    expect(all.map(({ panel, refId, stepMs }) => `${panel}${refId} ${stepMs}`).sort()).toEqual(['oneA 60000', 'twoA 15000', 'twoB 15000']);
  });

  it('says everything that is wrong with a request', async () => {
    const response = await ask({ fromMs: 5, toMs: 1, panels: [{ id: 'x', maxDataPoints: 0, queries: [{ expr: 1 }] }] });
    expect(response.statusCode).toBe(400);
    const { code, message } = response.json().error;
    expect(code).toBe('ui.bad_request');
    expect(message).toContain('panels.0.maxDataPoints');
    expect(message).toContain('panels.0.queries.0.refId');
    expect((await ask(request([], { fromMs: 9, toMs: 1 }))).json().error.message).toBe('toMs: must not be before fromMs');
    expect(
      (await http.app.inject({ method: 'POST', url: '/api/ui/frames', payload: '{', headers: { 'content-type': 'application/json' } }))
        .statusCode,
    ).toBe(400);
  });

  it('is not for pages of other sites', async () => {
    const headers = { origin: 'http://evil.example' };
    const preflight = await http.app.inject({ method: 'OPTIONS', url: '/api/ui/frames', headers });
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
    expect((await http.app.inject({ url: '/api/ui/status', headers })).headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('sends each line as soon as its query has finished', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { range } = engine;
    engine.range = async (asked) => {
      if (asked.expr === 'vector(2)') await held;
      return range.call(engine, asked);
    };
    const { port } = await http.listen();
    const body = JSON.stringify(request([query('vector(2)', { refId: 'slow' }), query('vector(1)', { refId: 'fast' })]));
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip' };
    const response = await fetch(`http://127.0.0.1:${port}/api/ui/frames`, { method: 'POST', headers, body });
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    expect(JSON.parse((await reader.read()).value ?? '').refId).toBe('fast');
    release();
    expect(JSON.parse((await reader.read()).value ?? '').refId).toBe('slow');
    expect((await reader.read()).done).toBe(true);
  });

  it('takes variables also for the smallest step', async () => {
    const [line] = await lines([query('vector(1)', { minStep: '$step' })], { variables: { step: '2m' } });
    expect(line?.stepMs).toBe(120_000);
    expect((await lines([query('vector(1)', { minStep: 'nonsense' })]))[0]?.stepMs).toBe(15_000);
  });

  it('stops asking when the browser goes away', async () => {
    const { port } = await http.listen();
    const heavy = 'sum(count_over_time(hits_total[1h:10ms])) '.padEnd(60);
    const abort = new AbortController();
    const body = JSON.stringify(request(Array.from({ length: 40 }, (_, i) => query(heavy, { refId: `Q${i}` }))));
    const answer = fetch(`http://127.0.0.1:${port}/api/ui/frames`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: abort.signal,
    }).then((response) => response.text());
    setTimeout(() => abort.abort(), 50);
    await expect(answer).rejects.toThrow();
    expect(reported).toEqual([]);
  });
});

describe('dashboards', () => {
  function add(json: object): void {
    const { dashboard, notes } = readDashboard(json, { datasources: [], uid: 'u', title: 't' });
    const { uid, title, tags } = dashboard;
    dashboards.push({ summary: { uid, title, folder: '', tags, file: 'f.json', panels: 0 }, dashboard, notes });
  }

  it('are listed and found', async () => {
    add({ uid: 'one', title: 'One', panels: [] });
    expect((await http.app.inject('/api/ui/dashboards')).json()).toMatchObject([{ uid: 'one', title: 'One' }]);
    expect((await http.app.inject('/api/ui/dashboards/one')).json()).toMatchObject({ summary: { uid: 'one' }, dashboard: { panels: [] } });
    const missing = await http.app.inject('/api/ui/dashboards/two');
    expect(missing.statusCode).toBe(404);
    expect(missing.json().error.message).toContain('no dashboard with the uid "two"');
  });

  it('come with the choices of their query variables', async () => {
    const list = [
      { name: 'job', type: 'query', query: 'label_values(hits_total, job)' },
      { name: 'code', type: 'query', query: 'label_values(hits_total{job="$job"}, code)', regex: '/(\\d)00/' },
      { name: 'name', type: 'query', query: 'metrics(hits)' },
      { name: 'labels', type: 'query', query: 'label_names()' },
      { name: 'result', type: 'query', query: 'query_result(max by (job) (hits_total))', regex: '/job="(?<value>[^"]+)"/' },
      { name: 'broken', type: 'query', query: 'query_result(up{)' },
      { name: 'regex', type: 'query', query: 'label_names()', regex: '(' },
    ];
    add({ uid: 'vars', panels: [], templating: { list } });
    const { dashboard, notes } = (await http.app.inject('/api/ui/dashboards/vars')).json() as DashboardAnswer;
    expect(dashboard.variables.map(({ name, options, current }) => [name, options, current])).toEqual([
      ['job', ['api'], ['api']],
      ['code', ['2', '5'], ['2']],
      ['name', ['hits_total'], ['hits_total']],
      ['labels', ['__name__', 'code', 'job'], ['__name__']],
      ['result', ['api'], ['api']],
      ['broken', [], []],
      ['regex', [], []],
    ]);
    expect(notes).toEqual([
      expect.stringContaining('variable "broken": 1:'),
      expect.stringContaining('variable "regex": the regular expression "(" is invalid'),
    ]);
  });
});

describe('the rest', () => {
  it('answers what Home shows', async () => {
    expect((await http.app.inject('/api/ui/status')).json()).toMatchObject({ version: '0.1.0', store: { series: 3 } });
    expect((await http.app.inject('/api/ui/notifications')).json()).toEqual([]);
  });
});
