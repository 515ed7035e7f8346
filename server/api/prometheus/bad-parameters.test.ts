import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from './testing/lab.ts';

let lab: Lab;
const get: Lab['get'] = (path, parameters) => lab.get(path, parameters);

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

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
    expect(lab.state.reported).toEqual([]);
  });
});
