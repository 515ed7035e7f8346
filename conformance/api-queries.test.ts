// Queries over HTTP beside a real Prometheus 3.5 on the same samples: what a query cost, how times and durations are read, limits,
// parameters that are missing, bad or given twice, forms.
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPrometheus } from './peers/prometheus.ts';
import { ask, nameOf, type Parameters, type Question } from './testing/api-asking.ts';
import { type ApiPair, startApiPair } from './testing/api-pair.ts';

const binary = findPrometheus();
if (!binary) console.log('Left out: queries over HTTP beside a real Prometheus; node scripts/peers.mjs fetches it');

const STEP = 15_000;
const START = Math.floor((Date.now() - 2 * 3_600_000) / STEP) * STEP;
const COUNT = 240;
const SERIES = [
  ...['200', '404', '500'].map((code, i) => ({
    labels: { __name__: 'hits_total', job: 'api', code },
    values: Array.from({ length: i === 2 ? 100 : COUNT }, (_, at) => at * (i + 1)),
  })),
  { labels: { __name__: 'load', job: 'api' }, values: Array.from({ length: COUNT }, (_, at) => Math.sin(at)) },
  { labels: { __name__: 'a.b', 'x/y': '1' }, values: Array.from({ length: COUNT }, () => 1) },
];
const T = (steps: number) => String((START + steps * STEP) / 1000);

const COSTED = [
  'hits_total',
  'hits_total[1m]',
  'hits_total[5m:30s]',
  'rate(hits_total[1m])[5m:30s]',
  'rate(hits_total[1m])',
  'sum(hits_total)',
  'sum by (code) (rate(hits_total[1m]))',
  'hits_total + hits_total',
  'hits_total + 1',
  '1 + 2',
  'hits_total + (1 + 2)',
  'hits_total * on () group_left () load',
  'max_over_time(hits_total[1m:15s])',
  'sum_over_time(rate(hits_total[1m])[1m:15s])',
  'hits_total @ START',
  'rate(hits_total[1m] @ START)',
  'sum(rate(hits_total[1m] @ end()))',
  'sum(rate(hits_total[1m])) / sum(load)',
  'topk(1, hits_total)',
  'quantile by (job) (0.5, hits_total)',
  'count_values("v", topk(1, hits_total))',
  'absent(nothing)',
  'absent_over_time(hits_total[1m])',
  'abs(hits_total)',
  'clamp(hits_total, 1, 5)',
  'round(hits_total)',
  'timestamp(hits_total)',
  'time()',
  'time() - 1',
  'vector(1)',
  'vector(time())',
  'label_replace(load, "a", "b", "", "")',
  'hits_total > 100',
  'hits_total and load',
  'hits_total or load',
  'hits_total unless on (job) load',
  'quantile_over_time(0.5, hits_total[1m])',
  '-hits_total',
  'scalar(load)',
  'load + scalar(load)',
  'max(hits_total offset 10m)',
  '1 + hits_total @ START',
  'nothing',
  'histogram_quantile(0.9, hits_total)',
  'day_of_week()',
  'avg(hits_total) by (code) + on (code) group_left () hits_total',
].map((expr) => expr.replace('START', T(90)));

const at = (query: string, ...more: Parameters): Question => ({
  path: '/api/v1/query',
  parameters: [['query', query], ['time', T(120)], ...more],
});
const over = (query: string, ...more: Parameters): Question => ({
  path: '/api/v1/query_range',
  parameters: [['query', query], ['start', T(92)], ['end', T(113)], ['step', '45'], ...more],
});
const query = (...parameters: Parameters): Question => ({ path: '/api/v1/query', parameters });

/** So much work that other threads do it, and write the text in memory that they share. */
const IN_WORKERS = ['', ' > 400', ' > 1e9'].flatMap((filter) =>
  [{}, { 'accept-encoding': 'gzip' }].map((headers): Question => {
    const expr = `sum by (code) (max_over_time(hits_total[30m:1s]))${filter}`;
    const parameters = Object.entries({ query: expr, start: T(0), end: T(COUNT), step: '15' });
    return { path: '/api/v1/query_range', parameters, headers };
  }),
);

const TIMES = [
  '0',
  '-1.5',
  '1e9',
  '1.5e3',
  '.5',
  '5.',
  '+5',
  ' 5',
  '1_000',
  '0x10',
  'now',
  '1e400',
  '-0.0005',
  '0.0005',
  '1.9999',
  '1700000000.123456',
  '2023-01-01T00:00:00Z',
  '2023-01-01T00:00:00.123456789Z',
  '2023-01-01T00:00:00,5Z',
  '2023-01-01T00:00:00+02:00',
  '2023-01-01T00:00:00-00:30',
  '2023-01-01T00:00:00+25:00',
  '2023-01-01t00:00:00z',
  '2023-1-1T00:00:00Z',
  '2023-01-01 00:00:00Z',
  '2023-01-01T00:00:00',
  '2023-01-01',
  '2023-02-30T00:00:00Z',
  '2024-02-29T12:00:00Z',
  '2023-01-01T24:00:00Z',
  '2023-01-01T00:00:60Z',
  '-292273086-05-16T16:47:06.001Z',
  '',
];
const STEPS = [
  '30',
  '30s',
  '1m30s',
  '0.5m',
  '1h',
  '1e2',
  'x',
  '-1',
  '0s',
  '-30s',
  '1d2x',
  ' 30',
  '30 ',
  '9223372036',
  '9223372037',
  '1y',
  '1ms',
  '0.0001',
  'Inf',
  '+Inf',
  '-Inf',
  'nan',
  '1_0',
  '0x1e',
];
const LIMITS = ['0', '1', '2', '3', '100', '-1', 'x', '1.5', '+1', ' 1', '9223372036854775807', '9223372036854775808', '1e3', ''];
const EVERYWHERE = ['/api/v1/labels', '/api/v1/label/code/values', '/api/v1/series'] as const;
const matching = (path: string, ...more: Parameters): Question => ({ path, parameters: [['match[]', '{job="api"}'], ...more] });

const QUESTIONS: readonly Question[] = [
  ...IN_WORKERS,
  ...COSTED.flatMap((expr) => [at(expr, ['stats', 'all']), over(expr, ['stats', 'all'])]),
  ...['true', '1', 'x', '', 'All'].flatMap((stats) => [at('load', ['stats', stats]), over('load', ['stats', stats])]),
  at('{', ['stats', 'all']),
  at('hits_total', ['stats', 'all'], ['limit', '1']),
  ...TIMES.map((time) => query(['query', time === '' || time === 'now' ? '"x"' : 'time()'], ['time', time === '' ? T(3) : time])),
  ...TIMES.filter((time) => time !== '').flatMap((time) => [
    {
      path: '/api/v1/query_range',
      parameters: [
        ['query', 'time()'],
        ['start', time],
        ['end', time],
        ['step', '1'],
      ],
    } as Question,
    ...EVERYWHERE.map((path) => matching(path, ['start', time])),
    ...EVERYWHERE.map((path) => matching(path, ['start', T(0)], ['end', time])),
  ]),
  ...STEPS.map(
    (step) =>
      ({
        path: '/api/v1/query_range',
        parameters: [
          ['query', 'load'],
          ['start', T(100)],
          ['end', T(104)],
          ['step', step],
        ],
      }) as Question,
  ),
  // Upstream answers times out at once by chance.
  ...STEPS.filter((timeout) => !/^(0|-|nan)/i.test(timeout)).map((timeout) => at('1', ['timeout', timeout])),
  ...STEPS.map((lookback) => at('load', ['lookback_delta', lookback])),
  ...LIMITS.flatMap((limit) => [
    at('hits_total', ['limit', limit]),
    over('hits_total', ['limit', limit]),
    at('sort_desc(hits_total)', ['limit', limit]),
    ...EVERYWHERE.map((path) => matching(path, ['limit', limit])),
  ]),
  // Given twice, the first counts; unknown ones are ignored.
  query(['query', '1'], ['query', '2'], ['time', '5'], ['time', '6']),
  query(['query', ''], ['query', '2'], ['time', '5']),
  query(['query', '1'], ['time', '5'], ['nothing', 'x'], ['Query', '3']),
  { path: '/api/v1/query?query=1&time=5&query' },
  { path: '/api/v1/query?query=1;time=3&time=5' },
  { path: '/api/v1/query?query=%zz&time=5' },
  { path: '/api/v1/query?query=%ff&time=5' },
  { path: '/api/v1/query?query=%22%c3%a9%22&time=5' },
  { path: '/api/v1/query?query=%22a+b%2Bc%22&time=5' },
  { path: '/api/v1/query?&&query=1&&time=5&' },
  { path: '/api/v1/query?query=1=1&time=5' },
  { path: '/api/v1/query?query=%221=2%22&time=5#fragment' },
  ...['{__name__="a.b"}', '{"a.b"}', '{"a.b","x/y"="1"}', '{"x/y"="1"}', '{"x/y"!=""}'].flatMap((selector) => [
    at(selector),
    ...EVERYWHERE.map((path): Question => ({ path, parameters: [['match[]', selector]] })),
  ]),
  ...[
    'U__x_2f_y',
    'U__x_2F_y',
    'U__code',
    'U__c__ode',
    'x%20y',
    'a.b',
    'U___',
    'U__x_2f',
    'U__x_110000_y',
    'U__x_d800_y',
    'U__x_zz_y',
    '%C3%A9',
    'code;',
    '1code',
  ].map((name): Question => ({ path: `/api/v1/label/${name}/values`, parameters: [['match[]', '{__name__=~"a.b|hits_total"}']] })),
  ...[
    'hits_total{code!="200"}',
    'hits_total[1m]',
    'hits_total offset 1m',
    'sum(hits_total)',
    '1',
    '"x"',
    'hits_total @ 1',
    '-hits_total',
    '(hits_total)',
    'hits_total{',
    '',
    ' ',
    '{}',
    '{a=""}',
    '{a!="b"}',
    '{job=~"("}',
  ].flatMap((selector) =>
    EVERYWHERE.map(
      (path): Question => ({
        path,
        parameters: [
          ['match[]', selector],
          ['match[]', 'load'],
        ],
      }),
    ),
  ),
  ...EVERYWHERE.flatMap((path): Question[] => [
    {
      path,
      parameters: [
        ['match[]', 'load'],
        ['start', T(300)],
        ['end', T(200)],
      ],
    },
    { path, parameters: [['match', 'load']] },
  ]),
  { path: '/api/v1/series', parameters: [] },
  over('load', ['start', T(1)]),
  ...[['start'], ['end'], ['step'], ['query']].map(
    ([left]): Question => ({ path: '/api/v1/query_range', parameters: (over('load').parameters ?? []).filter(([name]) => name !== left) }),
  ),
  {
    path: '/api/v1/query_range',
    parameters: [
      ['query', 'load'],
      ['start', T(0)],
      ['end', String(Number(T(0)) + 11_000)],
      ['step', '1'],
      ['limit', '1'],
    ],
  },
  {
    path: '/api/v1/query_range',
    parameters: [
      ['query', 'load'],
      ['start', T(0)],
      ['end', String(Number(T(0)) + 11_001)],
      ['step', '1'],
    ],
  },
  {
    path: '/api/v1/query_range',
    parameters: [
      ['query', '"x"'],
      ['start', T(0)],
      ['end', T(1)],
      ['step', '1'],
    ],
  },
  {
    path: '/api/v1/query_range',
    parameters: [
      ['query', 'load[1m]'],
      ['start', T(0)],
      ['end', T(1)],
      ['step', '1'],
    ],
  },
  { method: 'POST', path: `/api/v1/query?query=2&time=${T(5)}`, parameters: [['query', '3']] },
  {
    method: 'POST',
    path: '/api/v1/query?time=5',
    body: 'query=1',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  },
  { method: 'POST', path: '/api/v1/query?time=5', body: 'query=1', headers: { 'content-type': 'APPLICATION/X-WWW-FORM-URLENCODED' } },
  { method: 'POST', path: '/api/v1/query?time=5', body: 'query=1', headers: { 'content-type': 'application/json' } },
  { method: 'POST', path: '/api/v1/query?time=5&query=7', body: '{"query":"1"}', headers: { 'content-type': 'application/json' } },
  { method: 'POST', path: '/api/v1/query?time=5', body: 'query=%zz', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  { method: 'POST', path: '/api/v1/query?time=5', body: '', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
];

/** Times of a run are nobody's; costs are. That compression varies is told by us alone. */
function comparable({ status, headers, body }: Awaited<ReturnType<typeof ask>>) {
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  const text = plain.toString('utf8').replace(/"timings":\{[^}]*\}/, (json) => json.replace(/:[\d.e-]+/g, ':0'));
  return { status, type: headers['content-type'], vary: headers.vary?.replace(', accept-encoding', ''), body: text };
}

describe.skipIf(!binary)('queries over HTTP beside a real Prometheus', () => {
  let pair: ApiPair;

  beforeAll(async () => {
    pair = await startApiPair(binary as string, SERIES, START, STEP);
  });
  afterAll(() => pair?.close());

  it.each(QUESTIONS.map((question) => [nameOf(question), question] as const))('%s', async (_name, question) => {
    const [peer, own] = await Promise.all([ask(pair.peerUrl, question), ask(pair.ownUrl, question)]);
    expect(comparable(own)).toEqual(comparable(peer));
  });
});
