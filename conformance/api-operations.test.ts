// What a server knows about itself, beside a real Prometheus 3.5 that scrapes the same targets and evaluates the same rules:
// targets, metadata, rules, alerts, status, administration; and HTTP around it: methods, cross-origin requests, compression.
import { gunzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPrometheus } from './peers/prometheus.ts';
import { type Answer, ask, nameOf, type Question } from './testing/api-asking.ts';
import { type ApiPair, startApiPair } from './testing/api-pair.ts';

const binary = findPrometheus();
if (!binary) console.log('Left out: the state of a server beside a real Prometheus; node scripts/peers.mjs fetches it');

const START = Math.floor(Date.now() / 1000 - 7_200) * 1000;
const SERIES = ['a', 'b', 'c'].map((name) => ({ labels: { __name__: 'kept', name }, values: Array.from({ length: 240 }, (_, at) => at) }));

/** Members whose values are those of one run or one program. */
const OF_ONE_RUN =
  'globalUrl|lastError|lastScrape|lastScrapeDuration|lastEvaluation|evaluationTime|activeAt|startTime|serverTime|lastConfigTime|CWD|goroutineCount|GOMEMLIMIT|GOGC|storageRetention|version|revision|branch|buildUser|buildDate|goVersion';
const MASKED = new RegExp(`"(${OF_ONE_RUN})":("(?:[^"\\\\]|\\\\.)*"|[^,}]*)`, 'g');

/** All headers that a client acts upon. */
function comparable(pair: ApiPair, { status, headers, body }: Answer) {
  const { 'content-type': type, vary, allow } = headers;
  const cors = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
  return { status, type, vary, allow, cors, body: pair.alike(body.toString('utf8')).replace(MASKED, '"$1":"…"') };
}

const paths = (path: string, ...queries: string[]): Question[] => queries.map((text) => ({ path: text === '' ? path : `${path}?${text}` }));

const SAME: readonly Question[] = [
  ...paths('/api/v1/targets', '', 'state=active', 'state=dropped', 'state=any', 'state=ACTIVE', 'state=x', 'state='),
  ...paths('/api/v1/targets', 'scrapePool=lab', 'scrapePool=none', 'scrapePool=lab&state=dropped', 'state=active&state=dropped'),
  { path: '/api/v1/scrape_pools' },
  ...paths(
    '/api/v1/targets/metadata',
    'metric=jobs',
    'metric=jobs_total',
    'metric=none',
    'metric=my.gauge',
    'limit=0',
    'limit=x',
    'limit=1.5',
  ),
  ...paths(
    '/api/v1/targets/metadata',
    'match_target={job="no"}',
    'match_target={',
    'match_target=up&metric=queue',
    'match_target={}&metric=queue',
  ),
  ...paths('/api/v1/targets/metadata', 'match_target=x[5m]', 'metric=queue&limit=1', 'limit=99999999999999999999'),
  ...paths(
    '/api/v1/metadata',
    '',
    'limit=0',
    'limit=-1',
    'limit=1.5',
    'limit=100',
    'limit_per_metric=1',
    'limit_per_metric=0',
    'limit_per_metric=-1',
  ),
  ...paths(
    '/api/v1/metadata',
    'limit_per_metric=x',
    'metric=queue',
    'metric=none',
    'metric=my.gauge',
    'metric=queue&limit=1',
    'limit=',
    'metric=queue&metric=size',
  ),
  ...paths(
    '/api/v1/rules',
    '',
    'type=alert',
    'type=record',
    'type=ALERT',
    'type=x',
    'type=',
    'exclude_alerts=true',
    'exclude_alerts=T',
    'exclude_alerts=yes',
  ),
  ...paths(
    '/api/v1/rules',
    'rule_name[]=Always',
    'rule_name[]=Always&rule_name[]=later',
    'rule_name[]=',
    'rule_name[]=none',
    'rule_name=Always',
  ),
  ...paths('/api/v1/rules', 'rule_group[]=third', 'rule_group[]=third&rule_name[]=Always', 'rule_group[]=', 'file[]=x', 'file[]='),
  ...paths(
    '/api/v1/rules',
    'match[]={severity="page"}',
    'match[]={',
    'match[]={}',
    'match[]={severity=""}',
    'match[]={severity!~"p.*"}',
    'match[]=up',
  ),
  ...paths(
    '/api/v1/rules',
    'match[]={team=~".*core.*"}&match[]={severity="page"}',
    'match[]={where="{{%20$labels.instance%20}}"}',
    'match[]={a=""}',
  ),
  ...paths(
    '/api/v1/rules',
    'group_limit=1',
    'group_limit=2',
    'group_limit=5',
    'group_limit=x',
    'group_limit=-1',
    'group_limit=0',
    'group_limit=',
  ),
  ...paths(
    '/api/v1/rules',
    'group_limit=99999999999999999999',
    'group_limit=1&rule_group[]=second',
    'group_limit=1&type=record&rule_name[]=bare',
  ),
  ...paths('/api/v1/rules', 'group_next_token=x', 'group_limit=1&group_next_token=x', 'type=alert&rule_name[]=bare'),
  { path: '/api/v1/alertmanagers' },
  ...paths(
    '/api/v1/query_exemplars',
    'query=jobs_total',
    'query=took_seconds_bucket%2Bjobs_total',
    'query={__name__=~".%2B"}',
    'query=1',
    'query=',
    '',
  ),
  ...paths('/api/v1/query_exemplars', 'query=jobs_total{', 'query=queue', 'query=jobs_total{kind="a"}%20or%20jobs_total'),
  ...[
    'start=1699999999&end=1700000001',
    'start=1700000000.5&end=1700000000.5',
    'start=x',
    'end=x',
    'start=2&end=1',
    'start=2023-11-14T22:13:20Z',
  ].map((span): Question => ({ path: `/api/v1/query_exemplars?query=took_seconds_bucket&${span}` })),
  ...['/api/v1/status/runtimeinfo', '/api/v1/status/buildinfo', '/api/v1/status/walreplay', '/version', '/api/v1/notifications'].map(
    (path) => ({ path }),
  ),
  ...paths('/api/v1/status/tsdb', 'limit=0', 'limit=-1', 'limit=x', 'limit=1.5'),
  ...['/api/v1/status', '/api/v1/status/nothing', '/api/v1/', '/api/v2', '/api/', '/nothing', '/agent', '/-/nothing'].map((path) => ({
    path,
  })),
  ...[
    '/-/healthy',
    '/-/ready',
    '/-/reload',
    '/-/quit',
    '/federate',
    '/federate?match[]=',
    '/federate?match[]=x{',
    '/federate?match[]=x[5m]',
    '/federate?match[]={}',
  ].map((path) => ({ path })),
  ...['POST', 'PUT'].flatMap((method) =>
    [
      'delete_series',
      'delete_series?match[]={',
      'delete_series?match[]=',
      'delete_series?match[]=x[1m]',
      'delete_series?match[]=none&start=x',
    ].map((name): Question => ({ method, path: `/api/v1/admin/tsdb/${name}` })),
  ),
  ...['end=x', 'start=5&end=1'].map(
    (span): Question => ({ method: 'POST', path: `/api/v1/admin/tsdb/delete_series?match[]=none&${span}` }),
  ),
  { method: 'POST', path: '/api/v1/admin/tsdb/snapshot?skip_head=x' },
];

const ROUTES = [
  'query?query=1&time=5',
  'query_range',
  'query_exemplars',
  'series',
  'labels',
  'label/job/values',
  'rules',
  'alerts',
  'targets',
  'metadata',
  'targets/metadata',
  'scrape_pools',
  'alertmanagers',
  'status/tsdb',
  'status/flags',
  'status/config',
  'format_query?query=a',
  'parse_query?query=a',
  'notifications',
  'nothing',
  'admin/tsdb/snapshot',
  'admin/tsdb/delete_series',
  'admin/tsdb/clean_tombstones',
  'admin/tsdb/nothing',
].map((name) => `/api/v1/${name}`);
const OTHER = { origin: 'http://other.example' };

const METHODS: readonly Question[] = [
  ...[...ROUTES, '/-/healthy', '/-/ready', '/federate']
    .flatMap((path) => ['PUT', 'DELETE', 'PATCH', 'TRACE', 'COPY', 'OPTIONS'].map((method) => ({ method, path })))
    .filter(({ method, path }) => !(method === 'PUT' && path.includes('/admin/'))),
  ...[...ROUTES, '/federate'].map((path) => ({ method: 'HEAD', path })),
  ...ROUTES.filter((path) => !/admin|tsdb|flags|config|query|series|labels$/.test(path)).map((path) => ({ method: 'POST', path })),
  ...ROUTES.filter((path) => path.includes('/admin/')).map((path) => ({ path })),
  ...ROUTES.filter((path) => !/admin|flags|config|tsdb|targets\/metadata|nothing|alerts$/.test(path)).map((path) => ({
    path,
    headers: OTHER,
  })),
  ...ROUTES.filter((path) => !/admin|nothing/.test(path)).map((path) => ({ method: 'OPTIONS', path, headers: OTHER })),
  {
    method: 'POST',
    path: '/api/v1/query',
    parameters: [
      ['query', '1'],
      ['time', '5'],
    ],
    headers: OTHER,
  },
  ...['/federate', '/-/healthy', '/-/ready'].map((path) => ({ path, headers: OTHER })),
];

describe.skipIf(!binary)('the state of a server beside a real Prometheus', () => {
  let pair: ApiPair;
  const both = (question: Question) => Promise.all([ask(pair.ownUrl, question), ask(pair.peerUrl, question)]);
  const jsonOf = async (question: Question) => (await both(question)).map(({ body }) => JSON.parse(body.toString('utf8')).data);

  beforeAll(async () => {
    pair = await startApiPair(binary as string, SERIES, START, 15_000);
  });
  afterAll(() => pair?.close());

  it.each([...SAME, ...METHODS].map((question) => [nameOf(question), question] as const))('%s', async (_name, question) => {
    const [own, peer] = await both(question);
    expect(comparable(pair, own)).toEqual(comparable(pair, peer));
  });

  it('pages through the groups of rules', async () => {
    const page = async (url: string, token: string) => {
      const { body } = await ask(url, { path: `/api/v1/rules?group_limit=2${token === '' ? '' : `&group_next_token=${token}`}` });
      const { groups, groupNextToken } = JSON.parse(body.toString('utf8')).data;
      return { names: groups.map(({ name }: { name: string }) => name), next: groupNextToken as string | undefined };
    };
    const pages = async (url: string) => {
      const first = await page(url, '');
      return [first, await page(url, first.next ?? '')];
    };
    expect(await pages(pair.ownUrl)).toEqual(await pages(pair.peerUrl));
  });

  // Upstream walks through a map of its groups: the order is another each time. Ours is that of /api/v1/rules.
  it.each([{ path: '/api/v1/alerts' }, { path: '/api/v1/alerts?state=firing' }, { path: '/api/v1/alerts', headers: OTHER }])(
    'lists the same alerts, in whatever order: %j',
    async (question) => {
      const [own, peer] = await both(question);
      const inOrder = (answer: Answer) => {
        const { body, ...rest } = comparable(pair, answer);
        const { data, ...envelope } = JSON.parse(body);
        return {
          ...rest,
          ...envelope,
          alerts: data.alerts.map((alert: unknown) => JSON.stringify(alert)).sort(),
          members: Object.keys(data),
        };
      };
      expect(inOrder(own)).toEqual(inOrder(peer));
    },
  );

  it('lists the metadata of each target, in whatever order', async () => {
    for (const query of ['', '?limit=2', '?limit=-1', '?match_target={job="lab"}']) {
      const [own, peer] = await jsonOf({ path: `/api/v1/targets/metadata${query}` });
      expect(new Set(own), query).toEqual(new Set(peer));
    }
    const [own, peer] = await jsonOf({ path: '/api/v1/metadata?limit=2' });
    expect(Object.keys(own)).toHaveLength(Object.keys(peer).length);
  });

  it('counts series in the same form', async () => {
    const shapeOf = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
      if (typeof value !== 'object' || value === null) return typeof value;
      return Object.entries(value).map(([name, member]) => [name, shapeOf(member)]);
    };
    const [own, peer] = await jsonOf({ path: '/api/v1/status/tsdb' });
    expect(shapeOf(own)).toEqual(shapeOf(peer));
    const [limited] = await jsonOf({ path: '/api/v1/status/tsdb?limit=1' });
    expect(limited.seriesCountByMetricName).toHaveLength(1);
    // What both have scraped and nobody has written besides.
    const countsOf = (data: { labelValueCountByLabelName: { name: string; value: number }[] }) =>
      data.labelValueCountByLabelName.filter(({ name }) => ['kind', 'le', 'zone', 'quantile', 'my.label'].includes(name));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    const [all, allOfPeer] = await jsonOf({ path: '/api/v1/status/tsdb?limit=1000' });
    expect(countsOf(all).sort(byName)).toEqual(countsOf(allOfPeer).sort(byName));
  });

  it('names its settings as flags', async () => {
    const [own, peer] = await jsonOf({ path: '/api/v1/status/flags' });
    expect(Object.keys(own).filter((name) => !(name in peer))).toEqual(['web.enable-otlp-receiver']);
    const settings = [
      'query.lookback-delta',
      'query.max-concurrency',
      'query.max-samples',
      'query.timeout',
      'config.file',
      'web.enable-admin-api',
      'web.max-notifications-subscribers',
    ];
    expect(settings.map((name) => own[name])).toEqual(settings.map((name) => peer[name]));
    expect(Object.keys(own)).toEqual(Object.keys(own).sort());
    const [config] = await jsonOf({ path: '/api/v1/status/config' });
    expect(config.yaml).toContain('job_name: lab');
  });

  it.each(['gzip', 'deflate', 'gzip, deflate', 'gzip, deflate, br', 'br, gzip', 'identity', 'br', ''])(
    'answers in the encoding that is asked for: %j',
    async (encoding) => {
      const unpack = ({ headers, body }: Answer) => {
        const as = headers['content-encoding'];
        return { as, text: (as === 'gzip' ? gunzipSync(body) : as === 'deflate' ? inflateSync(body) : body).toString('utf8') };
      };
      for (const path of ['/api/v1/query?query=1&time=5', '/api/v1/metadata', '/api/v1/query?query={', '/federate?match[]=none']) {
        const [own, peer] = await both({ path, headers: { 'accept-encoding': encoding } });
        expect(unpack(own), path).toEqual(unpack(peer));
      }
    },
  );

  it('federates the same samples', async () => {
    const textOf = ({ body }: Answer) => body.toString('utf8').replace(/ \d{13}$/gm, ' TIME');
    for (const selector of [
      'queue',
      '{job="lab",__name__!~"scrape_.*|ALERTS_FOR_STATE"}',
      '{__name__=~"took.*"}',
      'my_gauge',
      '{"my.gauge"}',
    ]) {
      const [own, peer] = await both({ path: '/federate', parameters: [['match[]', selector]] });
      expect(textOf(own), selector).toBe(textOf(peer));
      expect(own.headers['content-type']).toBe(peer.headers['content-type']);
    }
  });

  // What upstream has had since 3.5; its documentation is what this is held against.
  it('lists features and blocks, as newer versions do', async () => {
    const features = JSON.parse((await ask(pair.ownUrl, { path: '/api/v1/features' })).body.toString('utf8')).data;
    expect(features.api).toMatchObject({ admin: true, exclude_alerts: true });
    expect(features.promql_functions).toMatchObject({ abs: true, absent: true, sort_by_label: false });
    expect(features.promql_operators).toMatchObject({ '!=': true, sum: true, limitk: false });
    for (const category of Object.values(features as Record<string, Record<string, boolean>>)) {
      expect(Object.values(category).every((value) => typeof value === 'boolean')).toBe(true);
      expect(Object.keys(category)).toEqual(Object.keys(category).sort());
    }
    expect((await ask(pair.ownUrl, { path: '/api/v1/status/tsdb/blocks' })).body.toString('utf8')).toBe(
      '{"status":"success","data":{"blocks":[]}}',
    );
  });
});
