import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Alerting, createAlerting } from '../../alerting/alerting.ts';
import type { AlertmanagerConfig, RouteConfig } from '../../config/alertmanager.ts';
import { createHttpServer, type HttpServer } from '../../http/server.ts';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { alertmanagerApi } from './plugin.ts';

const NOW = Date.parse('2026-05-01T10:00:00.500Z');
const reported: string[] = [];
let clock: FakeClock;
let alerting: Alerting;
let http: HttpServer;

const ROUTE: RouteConfig = {
  receiver: 'default',
  groupBy: ['alertname'],
  groupByAll: false,
  groupWaitMs: 1_000,
  groupIntervalMs: 5_000,
  repeatIntervalMs: 3_600_000,
  matchers: [],
  continue: false,
  muteTimeIntervals: [],
  activeTimeIntervals: [],
  routes: [],
};
const CONFIG: AlertmanagerConfig = {
  file: 'alertmanager.yml',
  text: '',
  resolveTimeoutMs: 300_000,
  route: { ...ROUTE, routes: [{ ...ROUTE, receiver: 'web', matchers: [{ type: '=', name: 'severity', value: 'critical' }] }] },
  receivers: [
    { name: 'default', integrations: [], unsupported: [] },
    { name: 'web', integrations: [], unsupported: [] },
  ],
  inhibitRules: [
    {
      sourceMatchers: [{ type: '=', name: 'severity', value: 'critical' }],
      targetMatchers: [{ type: '=', name: 'severity', value: 'warning' }],
      equal: ['instance'],
    },
  ],
  templates: [],
};

beforeEach(async () => {
  clock = new FakeClock(NOW);
  alerting = createAlerting({ clock, state: openMemoryStore(clock).state, externalUrl: 'http://localhost:9090', resolve: {} });
  await alerting.apply(CONFIG);
  const options = { clock: systemClock, listen: { host: '127.0.0.1', port: 0 }, noAuth: false, externalUrl: '', maxRequestBytes: 1e6 };
  const reportError = (error: unknown) => reported.push(String(error));
  const api = alertmanagerApi({ clock, alerting, startedAtMs: NOW, version: '0.1.0', configText: () => 'route: {}\n', reportError });
  http = await createHttpServer({ ...options, reportError }, [api]);
});
afterEach(async () => {
  await http.close();
  await alerting.stop();
  expect(reported).toEqual([]);
});

const send = (method: 'POST' | 'DELETE' | 'GET', url: string, body?: unknown, headers: Record<string, string> = {}) =>
  http.app.inject({
    method,
    url,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const get = async (path: string, parameters: [string, string][] = []) => {
  const response = await send('GET', `/api/v2/${path}?${new URLSearchParams(parameters)}`);
  expect(response.statusCode, response.body).toBe(200);
  return response;
};
const A = { labels: { alertname: 'A', severity: 'critical', instance: 'x' }, annotations: { summary: '<s>' }, generatorURL: 'http://g/' };
const B = { labels: { alertname: 'B', severity: 'warning', instance: 'x' }, startsAt: '2026-05-01T09:00:00Z' };
const SILENCE = {
  matchers: [{ name: 'alertname', value: 'A', isRegex: false, isEqual: true }],
  startsAt: '2026-05-01T09:00:00.000Z',
  endsAt: '2026-05-02T10:00:00.000Z',
  createdBy: 'me',
  comment: 'c',
};
const names = (body: string) => (JSON.parse(body) as { labels: { alertname: string } }[]).map(({ labels }) => labels.alertname);

describe('/api/v2/alerts', () => {
  it('gives back what was posted, in the exact form', async () => {
    const posted = await send('POST', '/api/v2/alerts', [A, B]);
    expect([posted.statusCode, posted.body]).toEqual([200, '']);
    const { body, headers } = await get('alerts');
    expect(headers['content-type']).toBe('application/json');
    expect(body).toBe(
      '[{"annotations":{"summary":"\\u003cs\\u003e"},"endsAt":"2026-05-01T10:05:00.500Z","fingerprint":"c62f23f5e7a9168e","receivers":[{"name":"web"}],"startsAt":"2026-05-01T10:00:00.500Z","status":{"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"},"updatedAt":"2026-05-01T10:00:00.500Z","generatorURL":"http://g/","labels":{"alertname":"A","instance":"x","severity":"critical"}},' +
        '{"annotations":{},"endsAt":"2026-05-01T10:05:00.500Z","fingerprint":"fae022924ccd0006","receivers":[{"name":"default"}],"startsAt":"2026-05-01T09:00:00.000Z","status":{"inhibitedBy":["c62f23f5e7a9168e"],"mutedBy":[],"silencedBy":[],"state":"suppressed"},"updatedAt":"2026-05-01T10:00:00.500Z","labels":{"alertname":"B","instance":"x","severity":"warning"}}]\n',
    );
  });

  it('is filtered', async () => {
    await send('POST', '/api/v2/alerts', [A, B, { labels: { alertname: 'C' } }]);
    const cases: [[string, string][], string[]][] = [
      [[], ['C', 'A', 'B']],
      [[['filter', 'alertname="A"']], ['A']],
      [
        [
          ['filter', 'alertname=~"A|B"'],
          ['filter', 'severity!="critical"'],
        ],
        ['B'],
      ],
      [[['filter', 'severity=""']], ['C']],
      [[['receiver', 'web']], ['A']],
      [[['receiver', 'w.*|default']], ['C', 'A', 'B']],
      [[['active', 'false']], ['B']],
      [[['inhibited', 'false']], ['C', 'A']],
      [[['active', 'nonsense']], ['B']],
    ];
    for (const [parameters, wanted] of cases)
      expect(names((await get('alerts', parameters)).body).sort(), JSON.stringify(parameters)).toEqual(wanted.sort());
  });

  it('forgets alerts that are over', async () => {
    await send('POST', '/api/v2/alerts', [{ ...A, endsAt: '2026-05-01T10:00:10Z' }]);
    expect(names((await get('alerts')).body)).toEqual(['A']);
    await clock.advance(20_000);
    expect((await get('alerts')).body).toBe('[]\n');
  });

  it('stands in groups', async () => {
    await send('POST', '/api/v2/alerts', [A, B, { labels: { job: 'no name' } }]);
    const groups = JSON.parse((await get('alerts/groups')).body) as { labels: object; receiver: object; alerts: unknown[] }[];
    expect(groups.map(({ labels, receiver, alerts }) => [labels, receiver, alerts.length])).toEqual([
      [{}, { name: 'default' }, 1],
      [{ alertname: 'A' }, { name: 'web' }, 1],
      [{ alertname: 'B' }, { name: 'default' }, 1],
    ]);
    expect(JSON.parse((await get('alerts/groups', [['receiver', 'web']])).body)).toHaveLength(1);
  });

  it('takes good alerts beside bad ones', async () => {
    const response = await send('POST', '/api/v2/alerts', [{ labels: {} }, A, { labels: { a: '' } }]);
    expect([response.statusCode, response.body]).toEqual([400, '"at least one label pair required\\nat least one label pair required"\n']);
    expect(names((await get('alerts')).body)).toEqual(['A']);
  });

  it.each([
    [[{}], 422, { code: 602, message: '0.labels in body is required' }],
    [{}, 400, { code: 400, message: 'parsing alerts body from "" failed, because expected a list' }],
    ['{', 400, expect.objectContaining({ code: 400, message: expect.stringContaining('parsing alerts body from "" failed') })],
    [[{ labels: { a: 1 } }], 400, { code: 400, message: 'parsing alerts body from "" failed, because 1 is not a text' }],
    [[{ labels: { a: '1' }, startsAt: 'x' }], 400, expect.objectContaining({ message: expect.stringContaining('"x" is not a time') })],
    [[{ labels: { a: '1' }, startsAt: '2026-05-01T10:00:00Z', endsAt: '2026-05-01T09:00:00Z' }], 400, 'start time must be before end time'],
    [[{ labels: { a: '1' }, generatorURL: '::' }], 422, { code: 601, message: '0.generatorURL in body must be of type uri: "::"' }],
  ])('refuses %j', async (body, status, wanted) => {
    const response = await send('POST', '/api/v2/alerts', body);
    expect([response.statusCode, response.json()]).toEqual([status, wanted]);
  });

  it('refuses forms, bad filters and pages of other sites', async () => {
    const form = await send('POST', '/api/v2/alerts', '[]', { 'content-type': 'application/x-www-form-urlencoded' });
    const unsupported = 'unsupported media type "application/x-www-form-urlencoded", only [application/json] are allowed';
    expect([form.statusCode, form.json()]).toEqual([415, { code: 415, message: unsupported }]);
    expect((await send('GET', '/api/v2/alerts?filter=%7B%7B')).statusCode).toBe(400);
    const receiver = await send('GET', '/api/v2/alerts?receiver=w(');
    expect([receiver.statusCode, receiver.json()]).toEqual([400, expect.stringContaining('failed to parse receiver param')]);
    expect((await send('POST', '/api/v2/alerts', [A], { origin: 'http://evil.example' })).statusCode).toBe(403);
  });
});

describe('/api/v2/silences', () => {
  it('silences from creation to its end', async () => {
    await send('POST', '/api/v2/alerts', [A]);
    const created = await send('POST', '/api/v2/silences', SILENCE);
    expect(created.statusCode).toBe(200);
    const { silenceID: id } = created.json();
    const silence = `{"id":"${id}","status":{"state":"active"},"updatedAt":"2026-05-01T10:00:00.500Z","comment":"c","createdBy":"me","endsAt":"2026-05-02T10:00:00.000Z","matchers":[{"isEqual":true,"isRegex":false,"name":"alertname","value":"A"}],"startsAt":"2026-05-01T10:00:00.500Z"}`;
    expect((await get('silences')).body).toBe(`[${silence}]\n`);
    expect((await get(`silence/${id}`)).body).toBe(`${silence}\n`);
    expect((await get('silences', [['filter', 'alertname="B"']])).body).toBe('[]\n');
    expect(JSON.parse((await get('alerts')).body)[0].status).toEqual({
      inhibitedBy: [],
      mutedBy: [],
      silencedBy: [id],
      state: 'suppressed',
    });
    expect((await get('alerts', [['silenced', 'false']])).body).toBe('[]\n');
    expect((await send('DELETE', `/api/v2/silence/${id}`)).statusCode).toBe(200);
    expect((await send('DELETE', `/api/v2/silence/${id}`)).statusCode).toBe(200);
    expect(JSON.parse((await get('silences')).body)[0].status.state).toBe('expired');
    expect(JSON.parse((await get('alerts')).body)[0].status.state).toBe('active');
  });

  it('are listed active first, by their ends', async () => {
    const create = (comment: string, startsAt: string, endsAt: string) =>
      send('POST', '/api/v2/silences', { ...SILENCE, comment, startsAt, endsAt });
    await create('later', '2026-06-01T00:00:00Z', '2026-07-01T00:00:00Z');
    await create('long', '2026-05-01T00:00:00Z', '2026-08-01T00:00:00Z');
    await create('short', '2026-05-01T00:00:00Z', '2026-05-03T00:00:00Z');
    expect((await get('silences')).json().map(({ comment }: { comment: string }) => comment)).toEqual(['short', 'long', 'later']);
  });

  const unknown = '6ad3f0b4-0c3b-4d43-9a4f-0e0f6f6f6f6f';
  it.each([
    [{}, 422, { code: 602, message: 'comment in body is required' }],
    [{ ...SILENCE, matchers: [] }, 422, { code: 612, message: 'matchers in body should have at least 1 items' }],
    [{ ...SILENCE, matchers: [{ name: 'a', value: 'b' }] }, 422, { code: 602, message: 'matchers.0.isRegex in body is required' }],
    [{ ...SILENCE, endsAt: '2026-05-01T08:00:00Z' }, 400, 'Failed to create silence: start time must be before end time'],
    [{ ...SILENCE, endsAt: '2026-05-01T09:30:00Z' }, 400, "Failed to create silence: end time can't be in the past"],
    [{ ...SILENCE, id: unknown }, 404, 'silence not found'],
    [{ ...SILENCE, id: 'nope' }, 404, 'silence not found'],
    [
      { ...SILENCE, matchers: [{ name: 'a', value: '', isRegex: false }] },
      400,
      expect.stringContaining('at least one matcher must not match the empty string'),
    ],
    [{ ...SILENCE, matchers: [{ name: 'a', value: 'b(', isRegex: true }] }, 400, expect.stringContaining('b(')],
  ])('refuse %j', async (body, status, wanted) => {
    const response = await send('POST', '/api/v2/silences', body);
    expect([response.statusCode, response.json()]).toEqual([status, wanted]);
  });

  it('are not found by ids that do not exist', async () => {
    const invalid = { code: 601, message: 'silenceID in path must be of type uuid: "nope"' };
    for (const method of ['GET', 'DELETE'] as const) {
      expect(await send(method, `/api/v2/silence/${unknown}`)).toMatchObject({ statusCode: 404, body: '' });
      const response = await send(method, '/api/v2/silence/nope');
      expect([response.statusCode, response.json()]).toEqual([422, invalid]);
    }
  });
});

describe('the rest', () => {
  it('tells receivers and status', async () => {
    expect((await get('receivers')).body).toBe('[{"name":"default"},{"name":"web"}]\n');
    expect((await get('status')).json()).toMatchObject({
      cluster: { peers: [], status: 'disabled' },
      config: { original: 'route: {}\n' },
      uptime: '2026-05-01T10:00:00.500Z',
      versionInfo: { version: '0.28.0+alidade.0.1.0' },
    });
  });
});
