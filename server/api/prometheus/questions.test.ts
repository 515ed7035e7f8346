import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, NOW, startLab } from './testing/lab.ts';
import { START } from './testing/views.ts';

let lab: Lab;
const get: Lab['get'] = (path, parameters) => lab.get(path, parameters);
const data: Lab['data'] = (path, parameters) => lab.data(path, parameters);
const post: Lab['post'] = (path, payload, headers) => lab.post(path, payload, headers);

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

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

  it('keeps results, unless told not to', async () => {
    const question = { query: 'up + 41', start: '1700000000', end: '1700000060', step: '15' };
    const first = await data('/api/v1/query_range', question);
    const { hits, misses } = lab.cache;
    expect(await data('/api/v1/query_range', question)).toBe(first);
    expect(lab.cache).toMatchObject({ hits: hits + 1, misses });
    expect(await data('/api/v1/query_range', { ...question, nocache: '0' })).toBe(first);
    expect(await data('/api/v1/query_range', { ...question, nocache: '1' })).toBe(first);
    expect((await data('/api/v1/query_range', { ...question, stats: 'all' })).startsWith(first.slice(0, -1))).toBe(true);
    expect((await post('/api/v1/query_range', new URLSearchParams({ ...question, nocache: 'true' }).toString())).body).toContain(first);
    expect(lab.cache).toMatchObject({ hits: hits + 2, misses });
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

describe('/api/v1/query_exemplars', () => {
  const at = (seconds: number) => String(START / 1000 + seconds);

  it('finds the exemplars of all selectors in the exact form', async () => {
    const query = 'rate(hits_total[5m]) / on (job) group_left () (up == 1)';
    expect(await data('/api/v1/query_exemplars', { query, start: at(0), end: at(120) })).toBe(
      '[{"seriesLabels":{"__name__":"hits_total","instance":"a:1","job":"api","path":"/<x>&"},"exemplars":[' +
        `{"labels":{"trace_id":"abc"},"value":"0.25","timestamp":${at(1)}.500},{"labels":{"trace_id":"def"},"value":"3","timestamp":${at(60)}}]}]`,
    );
    expect(JSON.parse(await data('/api/v1/query_exemplars', { query, start: at(2), end: at(60) }))[0].exemplars).toHaveLength(1);
    expect(await data('/api/v1/query_exemplars', { query: 'up' })).toBe('[]');
    expect((await get('/api/v1/query_exemplars', { query: '1 + 1' })).status).toBe(204);
  });

  it('refuses what it cannot read', async () => {
    expect((await get('/api/v1/query_exemplars', { query: 'up{' })).status).toBe(400);
    expect((await get('/api/v1/query_exemplars', { query: 'up', start: '5', end: '4' })).body).toContain(
      'end timestamp must not be before start timestamp',
    );
  });
});
