import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, NOW_MS, startLab } from './testing/lab.ts';

const HOUR_MS = 3_600_000;
let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.push(
    [{ app: 'api', env: 'prod' }, [1000, 'level=info took=5ms n=1'], [61_000, 'level=error took=7ms n=2.5']],
    [{ app: 'api', env: 'test' }, [2000, '{"user":{"id":7},"ok":true,"list":[1]}', { trace_id: 'abc' }]],
    [{ app: 'db', pool: 'a<b' }, [5 * HOUR_MS, 'x']],
    [{ app: 'old' }, [7 * HOUR_MS, 'y']],
  );
});
afterAll(() => lab.close());

const BASE = '/loki/api/v1';

describe('labels', () => {
  it('of the last six hours', async () => {
    for (const path of ['labels', 'label']) expect(await lab.data(`${BASE}/${path}`)).toEqual(['app', 'env', 'pool']);
    expect(await lab.data(`${BASE}/label/app/values`)).toEqual(['api', 'db']);
    expect(await lab.data(`${BASE}/label/app/values`, { since: '8h' })).toEqual(['api', 'db', 'old']);
    expect(await lab.data(`${BASE}/label/app/values`, { start: String(NOW_MS / 1000 - 60) })).toEqual(['api']);
  });

  it('of streams that a selector finds', async () => {
    expect(await lab.data(`${BASE}/labels`, { query: '{app="db"}' })).toEqual(['app', 'pool']);
    expect(await lab.data(`${BASE}/label/env/values`, { query: '{env!="prod", app="api"}' })).toEqual(['test']);
  });

  it('that there are none of are left out', async () => {
    expect((await lab.get(`${BASE}/label/none/values`)).body).toBe('{"status":"success"}\n');
    expect((await lab.get(`${BASE}/labels`, { start: '10', end: '5' })).body).toBe('{"status":"success"}\n');
  });

  it('of a broken selector are refused', async () => {
    const answer = await lab.get(`${BASE}/labels`, { query: '{app=' });
    expect([answer.status, answer.body]).toEqual([400, expect.stringMatching(/^parse error at line 1, col /)]);
  });
});

describe('series', () => {
  it('are the streams that any selector finds', async () => {
    expect(await lab.data(`${BASE}/series`)).toHaveLength(3);
    const match: [string, string][] = [
      ['match[]', '{env="prod"}'],
      ['match', '{app="db"}'],
    ];
    expect(await lab.data(`${BASE}/series`, match)).toEqual([
      { app: 'api', env: 'prod' },
      { app: 'db', pool: 'a<b' },
    ]);
    expect((await lab.get(`${BASE}/series`, { 'match[]': '{app="none"}' })).body).toBe('{"status":"success","data":[]}\n');
  });

  it('may be asked for by a form', async () => {
    const answer = await lab.post(`${BASE}/series`, 'match[]=%7Benv%3D%22prod%22%7D', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(JSON.parse(answer.body).data).toEqual([{ app: 'api', env: 'prod' }]);
  });
});

describe('how much there is', () => {
  it('altogether', async () => {
    const { body } = await lab.get(`${BASE}/index/stats`, { query: '{app="api"}' });
    expect(JSON.parse(body)).toEqual({ streams: 2, chunks: 2, entries: 3, bytes: 23 + 26 + 38 });
  });

  it('by the labels of the selector, by others, and by each label', async () => {
    const volume = async (parameters: Record<string, string>) => {
      const data = (await lab.data(`${BASE}/index/volume`, { since: '8h', ...parameters })) as {
        result: { metric: object; value: unknown }[];
      };
      return data.result.map(({ metric, value }) => [metric, (value as [number, string])[1]]);
    };
    expect(await volume({ query: '{app=~"api|db"}' })).toEqual([
      [{ app: 'api' }, '87'],
      [{ app: 'db' }, '1'],
    ]);
    expect(await volume({ query: '{app=~".+"}', targetLabels: 'env', limit: '2' })).toEqual([
      [{ env: 'prod' }, '49'],
      [{ env: 'test' }, '38'],
    ]);
    expect(await volume({ query: '{app="api"}', aggregateBy: 'labels' })).toEqual([
      [{ app: '' }, '87'],
      [{ env: '' }, '87'],
    ]);
  });

  it('over time', async () => {
    const start = NOW_MS / 1000 - 120;
    const data = await lab.data(`${BASE}/index/volume_range`, {
      query: '{app="api"}',
      start: `${start}`,
      end: `${NOW_MS / 1000}`,
      step: '60',
    });
    expect(data).toMatchObject({
      resultType: 'matrix',
      result: [
        {
          metric: { app: 'api' },
          values: [
            [start, '26'],
            [start + 60, '61'],
          ],
        },
      ],
    });
  });
});

describe('what is detected', () => {
  it('as labels', async () => {
    const { body } = await lab.get(`${BASE}/detected_labels`, { query: '{app="api"}' });
    expect(JSON.parse(body)).toEqual({
      detectedLabels: [
        { label: 'app', cardinality: 1 },
        { label: 'env', cardinality: 2 },
      ],
    });
  });

  it('as fields', async () => {
    const { body } = await lab.get(`${BASE}/detected_fields`, { query: '{app="api"}' });
    expect(JSON.parse(body)).toEqual({
      fields: [
        { label: 'level', type: 'string', cardinality: 2, parsers: ['logfmt'] },
        { label: 'n', type: 'float', cardinality: 2, parsers: ['logfmt'] },
        { label: 'ok', type: 'boolean', cardinality: 1, parsers: ['json'] },
        { label: 'took', type: 'duration', cardinality: 2, parsers: ['logfmt'] },
        { label: 'trace_id', type: 'string', cardinality: 1, parsers: null },
        { label: 'user_id', type: 'int', cardinality: 1, parsers: ['json'] },
      ],
      limit: 1000,
    });
  });
});

it('says that it is ready, and which Loki it is', async () => {
  expect((await lab.get('/ready')).body).toBe('ready\n');
  lab.isReady = false;
  expect((await lab.get('/ready')).status).toBe(503);
  lab.isReady = true;
  expect(JSON.parse((await lab.get(`${BASE}/status/buildinfo`)).body)).toMatchObject({ version: '3.0.0' });
});
