import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from '../../http/server.ts';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { createQueryEngine } from '../../promql/engine/query-engine.ts';
import type { QueryEngine } from '../../promql/query.ts';
import type { RuleGroupStatus } from '../../rules/rule-status.ts';
import type { ActiveTarget } from '../../scrape/target-status.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { appendSamples } from '../testing/samples.ts';
import { testConfig } from '../testing/settings.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { prometheusApi } from './plugin.ts';

const START = 1_700_000_000_000;
const NOW = START + 600_000;
const reported: string[] = [];
let engine: QueryEngine;
let http: HttpServer;
let ready = true;
let reloadProblems: Awaited<ReturnType<PrometheusApiDeps['lifecycle']['reload']>> = [];
let settings = testConfig();
let isReloadGood = true;
let quits = 0;

beforeAll(async () => {
  const clock = new FakeClock(NOW);
  const store = openMemoryStore(clock);
  await appendSamples(
    store.metrics,
    [
      { labels: { __name__: 'up', instance: 'a:1', job: 'api' }, values: Array.from({ length: 41 }, () => 1) },
      { labels: { __name__: 'up', instance: 'b:1', job: 'db' }, values: Array.from({ length: 41 }, () => 0) },
      {
        labels: { __name__: 'hits_total', instance: 'a:1', job: 'api', path: '/<x>&' },
        values: Array.from({ length: 41 }, (_, i) => i * 3),
      },
      { labels: { __name__: 'temp', 'my.label': 'été', job: 'api' }, values: [1.5] },
    ],
    START,
    15_000,
  );
  engine = createQueryEngine({ store: store.metrics, clock: systemClock, workers: 1 });
  const deps: PrometheusApiDeps = {
    clock,
    engine,
    metrics: store.metrics,
    targets: {
      active: () => TARGETS,
      dropped: () => DROPPED,
      metadata: (metric) => METADATA.filter((entry) => !metric || entry.metric === metric),
    },
    rules: { groups: () => GROUPS },
    lifecycle: {
      startedAtMs: START,
      isReady: () => ready,
      reload: async () => reloadProblems,
      lastReload: () => ({ atMs: START + 1_234, succeeded: isReloadGood }),
      quit: () => {
        quits++;
      },
    },
    ownMetrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', metrics: async () => 'alidade_up 1\n' },
    version: '0.1.0',
    config: () => settings,
    alertmanagers: () => ({ active: ['http://am:9093/api/v2/alerts'], dropped: [] }),
    reportError: (error, request) => reported.push(`${request}: ${String(error)}`),
  };
  http = await createHttpServer(
    {
      clock: systemClock,
      listen: { host: '127.0.0.1', port: 0 },
      noAuth: false,
      externalUrl: '',
      maxRequestBytes: 1e7,
      reportError: (e) => reported.push(String(e)),
    },
    [prometheusApi(deps)],
  );
});
afterAll(async () => {
  await http.close();
  await engine.close();
});

const TARGETS: readonly ActiveTarget[] = [
  {
    scrapePool: 'db',
    scrapeUrl: 'http://b:1/metrics',
    globalUrl: 'http://b:1/metrics',
    labels: Labels.from({ job: 'db', instance: 'b:1' }),
    discoveredLabels: Labels.from({ __address__: 'b:1', job: 'db' }),
    health: 'down',
    lastError: 'connection refused',
    lastScrapeMs: START + 500,
    lastScrapeDurationSeconds: 0.0025,
    scrapeIntervalMs: 90_000,
    scrapeTimeoutMs: 10_000,
    lastSamples: 0,
  },
  {
    scrapePool: 'api',
    scrapeUrl: 'http://a:1/metrics',
    globalUrl: 'http://a:1/metrics',
    labels: Labels.from({ job: 'api', instance: 'a:1' }),
    discoveredLabels: Labels.from({ __address__: 'a:1', job: 'api' }),
    health: 'unknown',
    lastError: '',
    lastScrapeMs: 0,
    lastScrapeDurationSeconds: 0,
    scrapeIntervalMs: 15_000,
    scrapeTimeoutMs: 10_000,
    lastSamples: 0,
  },
];
const DROPPED = [{ scrapePool: 'gone', discoveredLabels: Labels.from({ __address__: 'c:1' }) }];
const METADATA = [
  { metric: 'up', type: 'gauge', help: 'Is it <up>?', unit: '', target: Labels.from({ job: 'api' }) },
  { metric: 'hits_total', type: 'counter', help: 'Hits.', unit: '', target: Labels.from({ job: 'api' }) },
  { metric: 'hits_total', type: 'counter', help: 'Hits of the database.', unit: '', target: Labels.from({ job: 'db' }) },
] as const;
const BASE = { health: 'ok', lastError: '', lastEvaluationMs: START + 120, evaluationSeconds: 0.0005 } as const;
const GROUPS: readonly RuleGroupStatus[] = [
  {
    name: 'g1',
    file: 'rules.yml',
    intervalMs: 2_500,
    limit: 0,
    evaluationSeconds: 0.001,
    lastEvaluationMs: START,
    rules: [
      { type: 'recording', name: 'job:up', expr: 'sum by (job) (up)', labels: {}, ...BASE },
      {
        type: 'alerting',
        name: 'Down',
        expr: 'up < 1',
        labels: { severity: 'critical' },
        annotations: { summary: '{{ $labels.instance }} down' },
        forMs: 60_000,
        keepFiringForMs: 0,
        state: 'firing',
        alerts: [
          {
            labels: Labels.from({ alertname: 'Down', instance: 'b:1' }),
            annotations: { summary: '<b:1> & down' },
            state: 'firing',
            activeAtMs: START,
            keepFiringSinceMs: START + 890,
            value: 1234.5,
          },
        ],
        ...BASE,
        health: 'err',
        lastError: 'wires crossed',
      },
    ],
  },
  {
    name: 'g2',
    file: 'more.yml',
    intervalMs: 60_000,
    limit: 5,
    evaluationSeconds: 0,
    lastEvaluationMs: 0,
    rules: [{ type: 'recording', name: 'x:y', expr: 'vector(1)', labels: { team: 'x' }, ...BASE, health: 'unknown', lastEvaluationMs: 0 }],
  },
];

const get = async (path: string, parameters: Record<string, string> | [string, string][] = {}) => {
  const search = new URLSearchParams(parameters).toString();
  const response = await http.app.inject(`${path}${search === '' ? '' : `?${search}`}`);
  return { status: response.statusCode, body: response.body, type: response.headers['content-type'] };
};
/** The `data` member as text, to compare byte by byte. */
const data = async (path: string, parameters: Record<string, string> | [string, string][] = {}) => {
  const { status, body } = await get(path, parameters);
  expect(status, body).toBe(200);
  const text = /^\{"status":"success","data":(.*)\}$/.exec(body)?.[1];
  return text ?? body;
};
const post = (path: string, payload = '', headers: Record<string, string> = {}) =>
  http.app.inject({ method: 'POST', url: path, payload, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });

describe('/api/v1/query', () => {
  it('answers in the exact form', async () => {
    expect(await get('/api/v1/query', { query: 'up == 1', time: '1700000060.5' })).toEqual({
      status: 200,
      type: 'application/json',
      body: '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"a:1","job":"api"},"value":[1700000060.500,"1"]}]}}',
    });
    expect(await data('/api/v1/query', { query: '1', time: '2023-11-14T22:13:20Z' })).toBe(
      '{"resultType":"scalar","result":[1700000000,"1"]}',
    );
    expect(await data('/api/v1/query', { query: '2' })).toBe(`{"resultType":"scalar","result":[${NOW / 1000},"2"]}`);
  });

  it('tells annotations beside the data', async () => {
    const { body } = await get('/api/v1/query', { query: 'rate(up[1m]) + quantile(2, up)' });
    expect(body).toContain('"warnings":["PromQL warning: quantile value should be between 0 and 1, got 2 (1:25)"]');
    expect(body).toContain('"infos":["PromQL info: metric might not be a counter');
  });

  it('takes forms, which win over the query string', async () => {
    expect((await post('/api/v1/query?query=2', 'query=1&time=5')).json().data.result).toEqual([5, '1']);
    expect(
      (await post('/api/v1/query?query=2&time=5', '{"query":"1"}', { 'content-type': 'application/json' })).json().data.result,
    ).toEqual([5, '2']);
    expect((await post('/api/v1/query', 'time=5&query=%22a%2Bb%20c%22')).json().data.result).toEqual([5, 'a+b c']);
  });

  it('cuts at a limit without touching the rest', async () => {
    const { body } = await get('/api/v1/query', { query: 'up', limit: '1', time: String(NOW / 1000) });
    expect(body).toBe(
      `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"a:1","job":"api"},"value":[${NOW / 1000},"1"]}]},"warnings":["results truncated due to limit"]}`,
    );
    expect((await get('/api/v1/query', { query: 'up', limit: '2' })).body).not.toContain('truncated');
    expect((await get('/api/v1/query', { query: '1', limit: '1' })).body).not.toContain('truncated');
    const raw = JSON.parse((await get('/api/v1/query', { query: '{job="api"}[1m]', limit: '1' })).body);
    expect(raw.data.result).toHaveLength(1);
    expect(raw.data.result[0].metric.path).toBe('/<x>&');
  });

  it('honours a look-back of its own', async () => {
    const at = String((START + 60_000) / 1000);
    expect(JSON.parse(await data('/api/v1/query', { query: 'temp', time: at })).result).toHaveLength(1);
    expect(JSON.parse(await data('/api/v1/query', { query: 'temp', time: at, lookback_delta: '30s' })).result).toHaveLength(0);
    expect(JSON.parse(await data('/api/v1/query', { query: 'temp', time: at, lookback_delta: '0' })).result).toHaveLength(1);
  });

  it('ends at its timeout', async () => {
    const heavy = { query: 'sum(sum_over_time((up + on(instance) up)[100d:1s]))', timeout: '0.01' };
    const { status, body } = await get('/api/v1/query', heavy);
    expect(JSON.parse(body)).toMatchObject({ status: 'error', errorType: 'timeout' });
    expect(status).toBe(503);
  });
});

describe('/api/v1/query_range', () => {
  it('answers in the exact form', async () => {
    const answer = await data('/api/v1/query_range', { query: 'up{job="api"} * 0.5', start: '1700000000', end: '1700000005', step: '2.5' });
    expect(answer).toBe(
      '{"resultType":"matrix","result":[{"metric":{"instance":"a:1","job":"api"},"values":[[1700000000,"0.5"],[1700000002.500,"0.5"],[1700000005,"0.5"]]}]}',
    );
    const limited = await get('/api/v1/query_range', { query: 'up', start: '1700000000', end: '1700000001', step: '1s', limit: '1' });
    expect(limited.body).toContain('"warnings":["results truncated due to limit"]');
    expect(JSON.parse(limited.body).data.result).toHaveLength(1);
  });

  it('allows 11,000 steps and no more', async () => {
    const ask = (end: string) => get('/api/v1/query_range', { query: '1', start: '0', end, step: '1' });
    expect((await ask('11000')).status).toBe(200);
    expect(JSON.parse((await ask('11001')).body).error).toBe(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  });
});

describe('series and labels', () => {
  it('list what there is', async () => {
    expect(await data('/api/v1/labels')).toBe('["__name__","instance","job","my.label","path"]');
    expect(await data('/api/v1/labels', { 'match[]': 'up' })).toBe('["__name__","instance","job"]');
    expect(await data('/api/v1/label/job/values')).toBe('["api","db"]');
    expect(await data('/api/v1/label/path/values')).toBe('["/\\u003cx\\u003e\\u0026"]');
    expect(
      await data('/api/v1/series', [
        ['match[]', 'up{job="db"}'],
        ['match[]', 'temp'],
      ]),
    ).toBe('[{"__name__":"temp","job":"api","my.label":"été"},{"__name__":"up","instance":"b:1","job":"db"}]');
    expect((await post('/api/v1/series', 'match[]=temp')).json().data).toHaveLength(1);
    expect((await post('/api/v1/labels', 'limit=1')).json()).toEqual({
      status: 'success',
      data: ['__name__'],
      warnings: ['results truncated due to limit'],
    });
  });

  it('read UTF-8 names in both notations', async () => {
    for (const name of ['my.label', 'U__my_2e_label', 'my%2Elabel']) expect(await data(`/api/v1/label/${name}/values`)).toBe('["été"]');
    expect(await data('/api/v1/label/U__nothing__here/values')).toBe('[]');
    expect((await get('/api/v1/label/U__/values')).body).toContain('invalid label name: \\"\\"');
  });

  it('look only at the time asked about', async () => {
    expect(await data('/api/v1/label/my.label/values', { start: String(START / 1000 + 1) })).toBe('[]');
    expect(await data('/api/v1/labels', { end: '1' })).toBe('[]');
    expect(await data('/api/v1/labels', { start: '2', end: '1' })).toBe('[]');
    expect(await data('/api/v1/series', { 'match[]': 'temp', start: '0', end: String(START / 1000) })).toContain('temp');
  });
});

describe('targets', () => {
  it('answers in the exact form', async () => {
    const [api, db] = [
      '{"discoveredLabels":{"__address__":"a:1","job":"api"},"labels":{"instance":"a:1","job":"api"},"scrapePool":"api","scrapeUrl":"http://a:1/metrics","globalUrl":"http://a:1/metrics","lastError":"","lastScrape":"0001-01-01T00:00:00Z","lastScrapeDuration":0,"health":"unknown","scrapeInterval":"15s","scrapeTimeout":"10s"}',
      '{"discoveredLabels":{"__address__":"b:1","job":"db"},"labels":{"instance":"b:1","job":"db"},"scrapePool":"db","scrapeUrl":"http://b:1/metrics","globalUrl":"http://b:1/metrics","lastError":"connection refused","lastScrape":"2023-11-14T22:13:20.5Z","lastScrapeDuration":0.0025,"health":"down","scrapeInterval":"1m30s","scrapeTimeout":"10s"}',
    ];
    const dropped = '[{"discoveredLabels":{"__address__":"c:1"},"scrapePool":"gone"}]';
    const counts = '{"api":0,"db":0,"gone":1}';
    const answer = (active: string, gone: string, count: string) =>
      `{"activeTargets":${active},"droppedTargets":${gone},"droppedTargetCounts":${count}}`;
    expect(await data('/api/v1/targets')).toBe(answer(`[${api},${db}]`, dropped, counts));
    expect(await data('/api/v1/targets', { state: 'ACTIVE' })).toBe(answer(`[${api},${db}]`, '[]', 'null'));
    expect(await data('/api/v1/targets', { state: 'dropped' })).toBe(answer('[]', dropped, counts));
    expect(await data('/api/v1/targets', { scrapePool: 'db' })).toBe(answer(`[${db}]`, '[]', counts));
    expect(await data('/api/v1/targets', { state: 'foo' })).toBe(answer('[]', '[]', 'null'));
    expect(await data('/api/v1/scrape_pools')).toBe('{"scrapePools":["api","db","gone"]}');
  });

  it('tells metadata by family and by target', async () => {
    const up = '"up":[{"type":"gauge","unit":"","help":"Is it \\u003cup\\u003e?"}]';
    const hits = '{"type":"counter","unit":"","help":"Hits."}';
    const both = `"hits_total":[${hits},{"type":"counter","unit":"","help":"Hits of the database."}]`;
    expect(await data('/api/v1/metadata')).toBe(`{${both},${up}}`);
    expect(await data('/api/v1/metadata', { limit: '1' })).toBe(`{${both}}`);
    expect(await data('/api/v1/metadata', { limit: '0' })).toBe('{}');
    expect(await data('/api/v1/metadata', { limit_per_metric: '1', metric: 'hits_total' })).toBe(`{"hits_total":[${hits}]}`);
    expect(await data('/api/v1/targets/metadata', { match_target: '{job="db"}' })).toBe(
      '[{"target":{"job":"db"},"metric":"hits_total","type":"counter","help":"Hits of the database.","unit":""}]',
    );
    expect(await data('/api/v1/targets/metadata', { metric: 'up' })).toBe(
      '[{"target":{"job":"api"},"type":"gauge","help":"Is it \\u003cup\\u003e?","unit":""}]',
    );
  });
});

describe('rules and alerts', () => {
  const alert =
    '{"labels":{"alertname":"Down","instance":"b:1"},"annotations":{"summary":"<b:1> & down"},"state":"firing","activeAt":"2023-11-14T22:13:20Z","keepFiringSince":"2023-11-14T22:13:20.89Z","value":"1.2345e+03"}';
  const tail = '"evaluationTime":0.0005,"lastEvaluation":"2023-11-14T22:13:20.12Z"';
  const down = (alerts: string) =>
    `{"state":"firing","name":"Down","query":"up \\u003c 1","duration":60,"keepFiringFor":0,"labels":{"severity":"critical"},"annotations":{"summary":"{{ $labels.instance }} down"},"alerts":${alerts},"health":"err","lastError":"wires crossed",${tail},"type":"alerting"}`;
  const jobUp = `{"name":"job:up","query":"sum by (job) (up)","health":"ok",${tail},"type":"recording"}`;
  const g1 = (rules: string) =>
    `{"name":"g1","file":"rules.yml","rules":[${rules}],"interval":2.5,"limit":0,"evaluationTime":0.001,"lastEvaluation":"2023-11-14T22:13:20Z"}`;
  const g2 =
    '{"name":"g2","file":"more.yml","rules":[{"name":"x:y","query":"vector(1)","labels":{"team":"x"},"health":"unknown","evaluationTime":0.0005,"lastEvaluation":"0001-01-01T00:00:00Z","type":"recording"}],"interval":60,"limit":5,"evaluationTime":0,"lastEvaluation":"0001-01-01T00:00:00Z"}';
  const groups = (...list: string[]) => `{"groups":[${list.join(',')}]}`;

  it('are told in the exact form', async () => {
    expect(await data('/api/v1/rules')).toBe(groups(g1(`${jobUp},${down(`[${alert}]`)}`), g2));
    expect(await data('/api/v1/alerts')).toBe(`{"alerts":[${alert}]}`);
    expect(await data('/api/v1/alertmanagers')).toBe(
      '{"activeAlertmanagers":[{"url":"http://am:9093/api/v2/alerts"}],"droppedAlertmanagers":[]}',
    );
  });

  it('are filtered', async () => {
    expect(await data('/api/v1/rules', { type: 'alert', exclude_alerts: 'true' })).toBe(groups(g1(down('null'))));
    expect(await data('/api/v1/rules', { type: 'record' })).toBe(groups(g1(jobUp), g2));
    expect(await data('/api/v1/rules', { 'rule_group[]': 'g2' })).toBe(groups(g2));
    expect(await data('/api/v1/rules', { 'file[]': 'more.yml' })).toBe(groups(g2));
    expect(await data('/api/v1/rules', { 'rule_name[]': 'job:up' })).toBe(groups(g1(jobUp)));
    expect(await data('/api/v1/rules', { 'match[]': '{team="x"}' })).toBe(groups(g2));
    expect(await data('/api/v1/rules', { 'rule_name[]': 'nothing' })).toBe(groups());
  });

  it('come in pages', async () => {
    const first = JSON.parse(await data('/api/v1/rules', { group_limit: '1' }));
    expect(first.groups).toHaveLength(1);
    const rest = await data('/api/v1/rules', { group_limit: '1', group_next_token: first.groupNextToken });
    expect(rest).toBe(groups(g2));
  });
});

describe('bad parameters', () => {
  const range = { query: '1', start: '0', end: '10', step: '5' };
  const cases: [path: string, parameters: Record<string, string>, error: string][] = [
    ['query', {}, 'invalid parameter "query": unknown position: parse error: no expression found in input'],
    ['query', { query: 'up{' }, 'invalid parameter "query": 1:4: parse error: unexpected end of input inside braces'],
    [
      'query',
      { query: '1', time: 'abc' },
      `invalid parameter "time": invalid time value for 'time': cannot parse "abc" to a valid timestamp`,
    ],
    ['query', { query: '1', timeout: 'abc' }, 'invalid parameter "timeout": cannot parse "abc" to a valid duration'],
    ['query', { query: '1', timeout: '1e30' }, 'invalid parameter "timeout": cannot parse "1e30" to a valid duration. It overflows int64'],
    ['query', { query: '1', timeout: '-1' }, 'invalid parameter "query": context deadline exceeded'],
    ['query', { query: '1', limit: 'abc' }, 'invalid parameter "limit": strconv.Atoi: parsing "abc": invalid syntax'],
    ['query', { query: '1', limit: '-1' }, 'invalid parameter "limit": limit must be non-negative'],
    ['query', { query: 'up', lookback_delta: 'abc' }, 'error parsing lookback delta duration: cannot parse "abc" to a valid duration'],
    ['query_range', { query: '1' }, 'invalid parameter "start": cannot parse "" to a valid timestamp'],
    ['query_range', { query: '1', start: '0' }, 'invalid parameter "end": cannot parse "" to a valid timestamp'],
    ['query_range', { query: '1', start: '0', end: '10' }, 'invalid parameter "step": cannot parse "" to a valid duration'],
    ['query_range', { ...range, step: '-1s' }, 'invalid parameter "step": cannot parse "-1s" to a valid duration'],
    ['query_range', { ...range, step: 'Inf' }, 'invalid parameter "step": cannot parse "Inf" to a valid duration. It overflows int64'],
    ...['0', '-1', 'NaN'].map((step): [string, Record<string, string>, string] => [
      'query_range',
      { ...range, step },
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    ]),
    ['query_range', { ...range, start: '20' }, 'invalid parameter "end": end timestamp must not be before start time'],
    [
      'query_range',
      { ...range, query: 'up[5m]' },
      'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    ],
    ['query_exemplars', { query: 'up', start: '5', end: '1' }, 'end timestamp must not be before start timestamp'],
    ['query_exemplars', { query: 'up{' }, '1:4: parse error: unexpected end of input inside braces'],
    ['labels', { limit: 'x' }, 'invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax'],
    ['labels', { start: 'x' }, `invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp`],
    ['labels', { 'match[]': '{}' }, 'match[] must contain at least one non-empty matcher'],
    ['labels', { 'match[]': '{a=~".*"}' }, 'match[] must contain at least one non-empty matcher'],
    ['labels', { 'match[]': '' }, 'unknown position: parse error: unexpected end of input'],
    ['labels', { 'match[]': 'rate(up[5m])' }, '1:5: parse error: unexpected "("'],
    ['series', {}, 'no match[] parameter provided'],
    ['series', { 'match[]': 'up{' }, 'invalid parameter "match[]": 1:4: parse error: unexpected end of input inside braces'],
    ['series', { 'match[]': '{}' }, 'invalid parameter "match[]": match[] must contain at least one non-empty matcher'],
    ['metadata', { limit: 'x' }, 'limit must be a number'],
    ['metadata', { limit_per_metric: 'x' }, 'limit_per_metric must be a number'],
    [
      'targets/metadata',
      { match_target: '{' },
      'invalid parameter "match_target": 1:2: parse error: unexpected end of input inside braces',
    ],
    ['rules', { type: 'x' }, 'invalid parameter "type": not supported value "x"'],
    [
      'rules',
      { exclude_alerts: 'x' },
      'invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "x": invalid syntax',
    ],
    ['rules', { 'match[]': '{' }, '1:2: parse error: unexpected end of input inside braces'],
    ['rules', { group_limit: '0' }, 'invalid parameter "group_limit": group_limit needs to be greater than 0'],
    [
      'rules',
      { group_limit: 'x' },
      'invalid parameter "group_limit": group_limit needs to be a valid number: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      'rules',
      { group_next_token: 'x' },
      'invalid parameter "group_next_token": group_limit needs to be present in order to paginate over the groups',
    ],
    [
      'rules',
      { group_limit: '1', group_next_token: 'x' },
      `invalid parameter "group_next_token": invalid group_next_token 'x'. were rule groups changed?`,
    ],
  ];
  it.each(cases)('%s %j', async (path, parameters, error) => {
    const { status, body, type } = await get(`/api/v1/${path}`, parameters);
    expect({ status, type, answer: JSON.parse(body) }).toEqual({
      status: 400,
      type: 'application/json',
      answer: { status: 'error', errorType: 'bad_data', error },
    });
  });

  it('is told from what cannot be evaluated', async () => {
    const { status, body } = await get('/api/v1/query', { query: 'up * on(job) group_left up{job="api"} * on() up' });
    expect(status).toBe(422);
    expect(JSON.parse(body)).toMatchObject({ status: 'error', errorType: 'execution' });
  });

  it('is not reported as our own fault', () => {
    expect(reported).toEqual([]);
  });
});

describe('status', () => {
  it('tells versions, times and settings', async () => {
    expect(JSON.parse(await data('/api/v1/status/buildinfo'))).toMatchObject({ version: '3.5.0+alidade.0.1.0', revision: '0.1.0' });
    const runtime = await data('/api/v1/status/runtimeinfo');
    expect(Object.keys(JSON.parse(runtime))).toEqual([
      ...['startTime', 'CWD', 'hostname', 'serverTime', 'reloadConfigSuccess', 'lastConfigTime', 'corruptionCount'],
      ...['goroutineCount', 'GOMAXPROCS', 'GOMEMLIMIT', 'GOGC', 'GODEBUG', 'storageRetention'],
    ]);
    expect(JSON.parse(runtime)).toMatchObject({
      startTime: '2023-11-14T22:13:20Z',
      lastConfigTime: '2023-11-14T22:13:21Z',
      storageRetention: '15d',
    });
    expect(JSON.parse(await data('/api/v1/status/flags'))).toMatchObject({ 'query.timeout': '2m', 'query.lookback-delta': '5m' });
    expect(await data('/api/v1/status/config')).toBe('{"yaml":"global: {}\\n"}');
    expect(await data('/api/v1/query_exemplars', { query: 'up' })).toBe('[]');
  });
});

describe('/federate', () => {
  it('tells the latest samples with external labels', async () => {
    const wanted: [string, string][] = [
      ['match[]', 'up'],
      ['match[]', 'hits_total'],
      ['match[]', 'up{job="db"}'],
      ['match[]', 'temp'],
      ['match[]', '{}'],
    ];
    expect(await get('/federate', wanted)).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
      body: [
        '# TYPE hits_total untyped',
        `hits_total{instance="a:1",job="api",path="/<x>&",site="lab"} 120 ${NOW}`,
        '# TYPE up untyped',
        `up{instance="a:1",job="api",site="lab"} 1 ${NOW}`,
        `up{instance="b:1",job="db",site="lab"} 0 ${NOW}`,
        '',
      ].join('\n'),
    });
    expect(await get('/federate', { 'match[]': 'up{' })).toMatchObject({ status: 400, body: expect.stringContaining('1:4: parse error') });
  });
});

describe('a form', () => {
  it('is bounded', async () => {
    const response = await post('/api/v1/query', `query=${'1'.repeat(3_000_000)}`);
    expect(response.statusCode).toBe(413);
    expect(response.json()).toMatchObject({ status: 'error', errorType: 'bad_data' });
  });
});

describe('management', () => {
  it('says whether it is well and ready', async () => {
    expect(await get('/-/healthy')).toMatchObject({ status: 200, body: 'Prometheus Server is Healthy.\n' });
    expect(await get('/-/ready')).toMatchObject({ status: 200, body: 'Prometheus Server is Ready.\n' });
    ready = false;
    expect(await get('/-/ready')).toMatchObject({ status: 503, body: 'Service Unavailable' });
    ready = true;
    expect(await get('/metrics')).toMatchObject({ status: 200, body: 'alidade_up 1\n', type: 'text/plain; version=0.0.4; charset=utf-8' });
  });

  it('reloads, and says what is wrong when it cannot', async () => {
    expect(await post('/-/reload')).toMatchObject({ statusCode: 200, body: '' });
    expect((await http.app.inject({ method: 'PUT', url: '/-/reload' })).statusCode).toBe(200);
    expect(await get('/-/reload')).toMatchObject({ status: 405, body: 'Only POST or PUT requests allowed' });
    reloadProblems = [
      { severity: 'warning', file: 'a.yml', line: 1, path: '', message: 'not yet' },
      { severity: 'error', file: 'a.yml', line: 7, path: 'scrape_configs[0]', message: 'no job name' },
    ];
    expect((await post('/-/reload')).statusCode).toBe(200);
    isReloadGood = false;
    expect(await post('/-/reload')).toMatchObject({
      statusCode: 500,
      body: 'failed to reload config: a.yml:7: scrape_configs[0]: no job name\n',
    });
    reloadProblems = [];
    isReloadGood = true;
    expect((await post('/-/reload', '', { origin: 'http://evil.example' })).statusCode).toBe(403);
    settings = testConfig({ listen: { host: '0.0.0.0', port: 9090 } });
    expect(await post('/-/reload')).toMatchObject({ statusCode: 403, body: 'Lifecycle API is not enabled.' });
    settings = testConfig({ listen: { host: '0.0.0.0', port: 9090 }, enableLifecycle: true });
    expect((await post('/-/reload')).statusCode).toBe(200);
    settings = testConfig();
  });

  it('quits only when that was enabled', async () => {
    expect((await post('/-/quit')).statusCode).toBe(403);
    settings = testConfig({ enableLifecycle: true });
    expect((await post('/-/quit')).body).toBe('Requesting termination... Goodbye!');
    expect(quits).toBe(1);
    settings = testConfig();
  });
});
