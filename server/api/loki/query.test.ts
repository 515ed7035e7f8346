import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, NOW_MS, NOW_NS, startLab } from './testing/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.push(
    [
      { app: 'api', env: 'prod' },
      [3000, 'level=info status=200 took=5ms'],
      [2000, 'level=error status=500 <b> & "x"'],
      [1000, 'level=info status=200'],
    ],
    [{ app: 'api', env: 'test' }, [2500, 'level=warn', { trace_id: 'abc' }]],
    [{ app: 'db' }, [1500, '{"level":"info","ms":12}'], [4_000_000, 'an hour ago']],
  );
});
afterAll(() => lab.close());

const RANGE = '/loki/api/v1/query_range';
const INSTANT = '/loki/api/v1/query';
const at = (ageMs: number) => `${NOW_NS - BigInt(ageMs) * 1_000_000n}`;
const seconds = (ageMs: number) => (NOW_MS - ageMs) / 1000;
type Data = { resultType: string; result: unknown; stats: Record<string, Record<string, number>>; encodingFlags?: string[] };
const range = async (query: string, parameters: Record<string, string> = {}, headers = {}) =>
  (await lab.data(RANGE, { query, ...parameters }, headers)) as Data;

describe('a log query', () => {
  it('answers streams in order of their labels, lines newest first, byte for byte as Loki', async () => {
    const { status, body, headers } = await lab.get(RANGE, { query: '{app="api"}' });
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=UTF-8']);
    expect(body.replace(/"stats":.*/s, '')).toBe(
      '{"status":"success","data":{"resultType":"streams","result":[' +
        `{"stream":{"app":"api","env":"prod"},"values":[["${at(1000)}","level=info status=200"],` +
        `["${at(2000)}","level=error status=500 \\u003cb\\u003e \\u0026 \\"x\\""],["${at(3000)}","level=info status=200 took=5ms"]]},` +
        `{"stream":{"app":"api","env":"test","trace_id":"abc"},"values":[["${at(2500)}","level=warn"]]}],`,
    );
    expect(body).toMatch(/\}\n$/);
  });

  it('has the stats that clients read', async () => {
    const { stats } = await range('{app="api"} |= "status"');
    expect(stats.summary).toMatchObject({
      totalEntriesReturned: 3,
      totalPostFilterLines: 3,
      queueTime: 0,
      subqueries: 0,
      splits: 0,
      shards: 0,
    });
    expect(stats.summary?.execTime).toBeGreaterThan(0);
    expect(Object.keys(stats)).toEqual(['summary', 'querier', 'ingester', 'cache', 'index']);
  });

  it('cuts to the limit over all streams, and turns round', async () => {
    const lines = async (parameters: Record<string, string>) => {
      const { result } = await range('{app=~".+"}', parameters);
      return (result as { values: [string, string][] }[]).flatMap(({ values }) =>
        values.map(([ns]) => Number((NOW_NS - BigInt(ns)) / 1_000_000n)),
      );
    };
    expect((await lines({ limit: '2' })).sort()).toEqual([1000, 1500]);
    expect((await lines({ limit: '2', direction: 'forward' })).sort()).toEqual([2500, 3000]);
    expect(await lines({ direction: 'FORWARD', start: at(2500), end: at(1500) })).toEqual([2000, 2500]);
    expect(await lines({ since: '2h', limit: '5000' })).toContain(4_000_000);
  });

  it('keeps lines apart by interval', async () => {
    const ages = async (parameters: Record<string, string>) => {
      const { result } = await range('{app=~".+"}', parameters);
      return (result as { values: [string, string][] }[])
        .flatMap(({ values }) => values.map(([ns]) => Number((NOW_NS - BigInt(ns)) / 1_000_000n)))
        .sort((a, b) => a - b);
    };
    expect(await ages({ interval: '1s' })).toEqual([1000, 2000, 3000]);
    expect(await ages({ interval: '1s', limit: '2' })).toEqual([1000, 2000]);
    expect(await ages({ interval: '0.6', direction: 'forward' })).toEqual([1000, 2000, 3000]);
    expect(await ages({ interval: '1h', since: '3h' })).toEqual([1000, 4_000_000]);
  });

  it('tells stream labels, structured metadata and parsed labels apart when asked to', async () => {
    const { result, encodingFlags } = await range(
      '{app="api"} | logfmt | level != "error"',
      {},
      { 'x-loki-response-encoding-flags': 'categorize-labels' },
    );
    expect(encodingFlags).toEqual(['categorize-labels']);
    expect(result).toEqual([
      {
        stream: { app: 'api', env: 'prod' },
        values: [
          [at(1000), 'level=info status=200', { parsed: { level: 'info', status: '200' } }],
          [at(3000), 'level=info status=200 took=5ms', { parsed: { level: 'info', status: '200', took: '5ms' } }],
        ],
      },
      {
        stream: { app: 'api', env: 'test' },
        values: [[at(2500), 'level=warn', { structuredMetadata: { trace_id: 'abc' }, parsed: { level: 'warn' } }]],
      },
    ]);
    const plain = await range('{app="db"}', {}, { 'x-loki-response-encoding-flags': 'categorize-labels' });
    expect(plain.result).toEqual([{ stream: { app: 'db' }, values: [[at(1500), '{"level":"info","ms":12}', {}]] }]);
  });

  it('that finds nothing has an empty result', async () => {
    expect((await range('{app="none"}')).result).toEqual([]);
  });

  it('takes its parameters from a form as well', async () => {
    const payload = new URLSearchParams({ query: '{app="db"}', limit: '1' }).toString();
    const answer = await lab.post(RANGE, payload, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(JSON.parse(answer.body).data.result).toHaveLength(1);
  });
});

describe('a metric query', () => {
  it('over a range answers a matrix', async () => {
    const { resultType, result } = await range('sum by (app) (count_over_time({app="api"}[1s]))', {
      start: String(NOW_MS / 1000 - 3),
      end: String(NOW_MS / 1000),
      step: '1',
    });
    expect(resultType).toBe('matrix');
    expect(result).toEqual([
      {
        metric: { app: 'api' },
        values: [
          [seconds(3000), '1'],
          [seconds(2000), '2'],
          [seconds(1000), '1'],
        ],
      },
    ]);
  });

  it('at fractions of a second writes three digits', async () => {
    const start = String(NOW_MS / 1000 - 2.5);
    const { body } = await lab.get(RANGE, {
      query: 'count_over_time({env="test"}[1s])',
      start,
      end: start.replace('.5', '.6'),
      step: '100ms',
    });
    expect(body).toContain(`"values":[[${(seconds(2500)).toFixed(3)},"1"],[${seconds(2400).toFixed(3)},"1"]]`);
  });

  it('at an instant answers a vector or a scalar', async () => {
    const vector = (await lab.data(INSTANT, { query: 'rate({app="api",env="prod"}[5s])' })) as Data;
    expect([vector.resultType, vector.result]).toEqual([
      'vector',
      [{ metric: { app: 'api', env: 'prod' }, value: [NOW_MS / 1000, '0.6'] }],
    ]);
    expect(vector.stats.summary?.totalEntriesReturned).toBe(1);
    const scalar = (await lab.data(INSTANT, { query: '1 + 2', time: '1700000000' })) as Data;
    expect([scalar.resultType, scalar.result]).toEqual(['scalar', [1_700_000_000, '3']]);
  });
});

describe('a question that cannot be answered', () => {
  it.each<[string, string, Record<string, string>, number, string | RegExp]>([
    [
      'a log query at an instant',
      INSTANT,
      { query: '{app="api"}' },
      400,
      'log queries are not supported as an instant query type, please change your query to a range query type\n',
    ],
    ['a broken query', RANGE, { query: '{app="api"' }, 400, /^parse error at line 1, col \d+: syntax error: .*\n$/],
    ['a broken instant query', INSTANT, { query: 'rate({app="api"})' }, 400, /^parse error at line 1, col \d+: /],
    ['no query', RANGE, {}, 400, /^parse error/],
    ['a selector without a matcher that narrows', RANGE, { query: '{}' }, 400, /at least one regexp or equality matcher/],
    [
      'too many lines',
      RANGE,
      { query: '{app="api"}', limit: '5001' },
      400,
      'max entries limit per query exceeded, limit > max_entries_limit (5001 > 5000)\n',
    ],
    ['a limit that is none', RANGE, { query: '{app="api"}', limit: 'x' }, 400, 'strconv.Atoi: parsing "x": invalid syntax\n'],
    ['a time that is none', RANGE, { query: '{app="api"}', start: 'x' }, 400, /^could not parse 'start' parameter: /],
    [
      'a range that ends before it begins',
      RANGE,
      { query: '{app="api"}', start: '20', end: '10' },
      400,
      /^end timestamp must not be before/,
    ],
    ['too fine a step', RANGE, { query: '{app="api"}', step: '1ms' }, 400, /^exceeded maximum resolution of 11,000 points/],
    ['another direction', RANGE, { query: '{app="api"}', direction: 'up' }, 400, "invalid direction 'up'\n"],
  ])('%s', async (_name, path, parameters, status, message) => {
    const answer = await lab.get(path, parameters);
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/plain; charset=utf-8']);
    if (typeof message === 'string') expect(answer.body).toBe(message);
    else expect(answer.body).toMatch(message);
    expect(lab.reported).toEqual([]);
  });

  it('a metric query may have any limit', async () => {
    expect((await range('count_over_time({app="api"}[1m])', { limit: '100000' })).resultType).toBe('matrix');
  });
});

it('long answers leave in parts and arrive whole', async () => {
  const lines = Array.from({ length: 4000 }, (_, i): [number, string] => [i + 1, `${i} ${'é'.repeat(400)}`]);
  for (let i = 0; i < lines.length; i += 1000) await lab.push([{ app: 'long' }, ...lines.slice(i, i + 1000)]);
  const { result } = await range('{app="long"}', { limit: '4000' });
  expect(result).toEqual([{ stream: { app: 'long' }, values: lines.map(([age, line]) => [at(age), line]) }]);
  const plain = await lab.get(RANGE, { query: '{app="long"}', limit: '5000' }, { 'accept-encoding': 'gzip' });
  expect(plain.headers['content-encoding']).toBe('gzip');
});
