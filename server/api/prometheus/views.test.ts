import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testConfig } from '../testing/settings.ts';
import { type Lab, startLab } from './testing/lab.ts';

let lab: Lab;
const get: Lab['get'] = (path, parameters) => lab.get(path, parameters);
const data: Lab['data'] = (path, parameters) => lab.data(path, parameters);
const post: Lab['post'] = (path, payload, headers) => lab.post(path, payload, headers);

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

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

describe('management', () => {
  it('says whether it is well and ready', async () => {
    expect(await get('/-/healthy')).toMatchObject({ status: 200, body: 'Prometheus Server is Healthy.\n' });
    expect(await get('/-/ready')).toMatchObject({ status: 200, body: 'Prometheus Server is Ready.\n' });
    lab.state.ready = false;
    expect(await get('/-/ready')).toMatchObject({ status: 503, body: 'Service Unavailable' });
    lab.state.ready = true;
    expect(await get('/metrics')).toMatchObject({
      status: 200,
      body: 'alidade_up 1\n',
      type: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    });
  });

  it('reloads, and says what is wrong when it cannot', async () => {
    expect(await post('/-/reload')).toMatchObject({ statusCode: 200, body: '' });
    expect((await lab.inject('PUT', '/-/reload')).statusCode).toBe(200);
    expect(await get('/-/reload')).toMatchObject({ status: 405, body: 'Only POST or PUT requests allowed' });
    lab.state.reloadProblems = [
      { severity: 'warning', file: 'a.yml', line: 1, path: '', message: 'not yet' },
      { severity: 'error', file: 'a.yml', line: 7, path: 'scrape_configs[0]', message: 'no job name' },
    ];
    expect((await post('/-/reload')).statusCode).toBe(200);
    lab.state.isReloadGood = false;
    expect(await post('/-/reload')).toMatchObject({
      statusCode: 500,
      body: 'failed to reload config: a.yml:7: scrape_configs[0]: no job name\n',
    });
    lab.state.reloadProblems = [];
    lab.state.isReloadGood = true;
    expect((await post('/-/reload', '', { origin: 'http://evil.example' })).statusCode).toBe(403);
    lab.state.settings = testConfig({ listen: { host: '0.0.0.0', port: 9090 } });
    expect(await post('/-/reload')).toMatchObject({ statusCode: 403, body: 'Lifecycle API is not enabled.' });
    lab.state.settings = testConfig({ listen: { host: '0.0.0.0', port: 9090 }, enableLifecycle: true });
    expect((await post('/-/reload')).statusCode).toBe(200);
    lab.state.settings = testConfig();
  });

  it('quits only when that was enabled', async () => {
    expect((await post('/-/quit')).statusCode).toBe(403);
    lab.state.settings = testConfig({ enableLifecycle: true });
    expect((await post('/-/quit')).body).toBe('Requesting termination... Goodbye!');
    expect(lab.state.quits).toBe(1);
    lab.state.settings = testConfig();
  });
});
