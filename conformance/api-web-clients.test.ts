// What the web clients of Prometheus (the page of 3.x with its editor, the older page) and Grafana's data source send, in their own
// words, to this server and to a real Prometheus 3.5.
import { readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPrometheus } from './peers/prometheus.ts';
import { type Answer, ask, nameOf, type Parameters, type Question } from './testing/api-asking.ts';
import { type ApiPair, startApiPair } from './testing/api-pair.ts';
import { until } from './testing/processes.ts';

const binary = findPrometheus();
if (!binary) console.log('Left out: the requests of web clients beside a real Prometheus; node scripts/peers.mjs fetches it');

const STEP = 15_000;
const START = Math.floor((Date.now() - 2 * 3_600_000) / STEP) * STEP;
const SERIES = ['200', '404'].map((code, i) => ({
  labels: { __name__: 'hits_total', job: 'api', code },
  values: Array.from({ length: 240 }, (_, at) => at * (i + 1)),
}));
const T = (steps: number) => ((START + steps * STEP) / 1000).toFixed(3);

const get = (path: string, ...parameters: Parameters): Question => ({ path, parameters });
const post = (path: string, ...parameters: Parameters): Question => ({ method: 'POST', path, parameters });
const SPAN: Parameters = [
  ['start', T(0)],
  ['end', T(240)],
];

/** The page of 3.x: query, its tree, its form; targets, rules, alerts, service discovery; status pages; the banner. */
const PAGE: readonly Question[] = [
  get('/api/v1/query', ['query', 'sum by (code) (rate(hits_total[5m]))'], ['time', T(120)]),
  get('/api/v1/query', ['query', 'hits_total'], ['time', T(120)], ['stats', 'true'], ['lookback_delta', '1m']),
  get('/api/v1/query_range', ['query', 'rate(hits_total[5m])'], ['step', '14'], ['start', T(100)], ['end', T(200)]),
  get('/api/v1/query_range', ['query', 'rate(hits_total['], ['step', '14'], ['start', T(100)], ['end', T(200)]),
  get('/api/v1/query_exemplars', ['query', 'jobs_total'], ['start', '1699999999'], ['end', '1700000002']),
  get('/api/v1/parse_query', ['query', 'sum by (code) (rate(hits_total{code!~"5.."}[5m] offset 1m)) > bool 0.5']),
  get('/api/v1/parse_query', ['query', 'sum by (']),
  get('/api/v1/format_query', ['query', 'sum(rate(hits_total{code!~"5.."}[5m])) by (code)>bool .5']),
  get('/api/v1/format_query', ['query', 'sum(']),
  get('/api/v1/series', ['match[]', 'hits_total'], ...SPAN, ['limit', '1']),
  // Without a selector upstream names what there is at other times too.
  get('/api/v1/label/__name__/values', ['limit', '10000'], ['match[]', '{job="api"}'], ...SPAN),
  get('/api/v1/label/__name__/values', ['limit', '1'], ['match[]', '{job="api"}'], ...SPAN),
  get('/api/v1/label/code/values', ['match[]', 'hits_total'], ...SPAN),
  get('/api/v1/metadata', ['metric', 'jobs']),
  get('/api/v1/metadata', ['metric', 'hits_total']),
  get('/api/v1/targets', ['state', 'active'], ['scrapePool', 'lab']),
  get('/api/v1/targets', ['state', 'active'], ['scrapePool', '']),
  get('/api/v1/scrape_pools'),
  get('/api/v1/rules', ['type', 'alert'], ['group_limit', '1']),
  get('/api/v1/rules', ['type', 'alert'], ['match[]', '{severity="page"}'], ['group_limit', '5'], ['group_next_token', '']),
  get('/api/v1/rules', ['type', 'record'], ['exclude_alerts', 'true'], ['file[]', 'none.yml']),
  get('/api/v1/alertmanagers'),
  get('/api/v1/status/runtimeinfo'),
  get('/api/v1/status/buildinfo'),
  get('/api/v1/status/walreplay'),
  get('/api/v1/notifications'),
  get('/-/healthy'),
  get('/-/ready'),
];

/** The editor's completion (codemirror-promql): forms, and times as it writes them. */
const EDITOR: readonly Question[] = [
  post('/api/v1/labels', ['match[]', 'hits_total'], ...SPAN),
  post('/api/v1/series', ['match[]', 'hits_total{code="200"}'], ...SPAN),
  post('/api/v1/series', ['match[]', 'hits_total{'], ...SPAN),
  get('/api/v1/label/code/values', ...SPAN),
  get(
    '/api/v1/label/code/values',
    ['match[]', 'hits_total'],
    ['start', new Date(START).toISOString()],
    ['end', new Date(START + 3_600_000).toISOString()],
  ),
];

/** Grafana's data source: forms with its headers, its trials of what a server can do. */
const GRAFANA_HEADERS = { 'user-agent': 'Grafana/12.0.0', 'x-grafana-org-id': '1', 'accept-encoding': 'gzip' };
const GRAFANA: readonly Question[] = [
  post('/api/v1/query', ['query', '1+1'], ['time', '4']),
  post('/api/v1/query_range', ['query', 'rate(hits_total[1m0s])'], ['start', T(100)], ['end', T(200)], ['step', '15']),
  post('/api/v1/query', ['query', 'hits_total'], ['time', new Date(START + 120 * STEP).toISOString()], ['timeout', '60s']),
  get('/api/v1/labels', ['match[]', '{__name__="hits_total"}'], ['limit', '40000'], ...SPAN),
  get('/api/v1/label/job/values', ['match[]', 'hits_total{code=~".*"}'], ['limit', '40000'], ...SPAN),
  get('/api/v1/label/__name__/values', ['match[]', '{__name__=~"(?i).*hits.*"}'], ...SPAN),
  get('/api/v1/metadata', ['limit', '100'], ['limit_per_metric', '1']),
  get('/api/v1/status/buildinfo'),
  get('/api/v1/rules'),
].map((question) => ({ ...question, headers: GRAFANA_HEADERS }));

/** Values of one run or one program. */
const OF_ONE_RUN =
  /"(globalUrl|lastError|lastScrape|lastScrapeDuration|lastEvaluation|evaluationTime|activeAt|startTime|serverTime|lastConfigTime|CWD|goroutineCount|GOMEMLIMIT|GOGC|storageRetention|version|revision|branch|buildUser|buildDate|goVersion|date)":("(?:[^"\\]|\\.)*"|[^,}]*)/g;

describe.skipIf(!binary)('web clients of Prometheus find here what they find there', () => {
  let pair: ApiPair;

  const comparable = ({ status, headers, body }: Answer) => {
    const { 'content-type': type, vary, 'content-encoding': encoding } = headers;
    // Compressed bodies are read elsewhere (api-operations); their clients only must be able to.
    const text = encoding === undefined ? body.toString('utf8') : '';
    const timings = /"timings":\{[^}]*\}/;
    return {
      status,
      type,
      // What is compressed varies with what was asked for; upstream does not say so.
      vary: vary?.replace(/, accept-encoding$/, ''),
      encoding,
      body: pair
        .alike(text)
        .replace(OF_ONE_RUN, '"$1":"…"')
        .replace(timings, (json) => json.replace(/:[\d.e-]+/g, ':0')),
    };
  };

  beforeAll(async () => {
    pair = await startApiPair(binary as string, SERIES, START, STEP);
  });
  afterAll(() => pair?.close());

  it.each([...PAGE, ...EDITOR, ...GRAFANA].map((question) => [nameOf(question), question] as const))('%s', async (_name, question) => {
    const [own, peer] = await Promise.all([ask(pair.ownUrl, question), ask(pair.peerUrl, question)]);
    expect(comparable(own)).toEqual(comparable(peer));
  });

  it('is told live that a configuration is bad, and that it is good again', async () => {
    const file = join(pair.folder, 'prometheus.yml');
    const good = await readFile(file, 'utf8');
    const urls = [pair.ownUrl, pair.peerUrl];
    const streams = await Promise.all(urls.map(listen));
    const reload = () => Promise.all(urls.map(async (url) => (await ask(url, { method: 'POST', path: '/-/reload' })).status));
    const texts = () => streams.map(({ text }) => text().replace(/"date":"[^"]*"/g, '"date":"…"'));
    try {
      await writeFile(file, 'scrape_configs: 5\n');
      expect(await reload()).toEqual([500, 500]);
      await until('both to tell of the bad one', () => texts().every((text) => text.includes('"active":true')));
      await writeFile(file, good);
      expect(await reload()).toEqual([200, 200]);
      await until('both to tell of the good one', () => texts().every((text) => text.includes('"active":false')));
      const [own, peer] = texts();
      expect(own).toBe(peer);
      expect(streams[0]?.headers).toEqual(streams[1]?.headers);
    } finally {
      await writeFile(file, good);
      for (const { close } of streams) close();
    }
  });
});

/** A stream of server-sent events and what has come of it. */
async function listen(url: string) {
  const sent = request(`${url}/api/v1/notifications/live`, { headers: { accept: 'text/event-stream' }, agent: false });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.end();
  });
  let text = '';
  answer.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  answer.on('error', () => undefined);
  const { 'content-type': type, 'cache-control': cache, 'content-encoding': encoding } = answer.headers;
  return { headers: { status: answer.statusCode, type, cache, encoding }, text: () => text, close: () => sent.destroy() };
}
