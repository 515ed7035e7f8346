import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from './testing/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const PATH = '/loki/api/v1/format_query';

describe('format_query', () => {
  it('writes a query readably, by GET and by POST', async () => {
    expect(await lab.data(PATH, { query: '{foo=   "b<r"}|json' })).toBe('{foo="b<r"} | json');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, body } = await lab.post(PATH, new URLSearchParams({ query: 'sum(rate({a="b"}[1m]))by(c)' }).toString(), form);
    expect([status, JSON.parse(body)]).toEqual([200, { status: 'success', data: 'sum by (c) (rate({a="b"}[1m]))' }]);
  });

  it.each(['', '{a=', '{a="b"} | nothing'])('says in JSON what is wrong with %j', async (query) => {
    const { status, body } = await lab.get(PATH, { query });
    expect([status, JSON.parse(body)]).toEqual([400, { status: 'invalid-query', error: expect.stringContaining('parse error') }]);
  });
});
