import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from '../../http/server.ts';
import { systemClock } from '../../model/clock.ts';
import { PushGroups } from '../../push/push-groups.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { parseGroupingPath } from './grouping-path.ts';
import { pushgatewayApi } from './plugin.ts';

const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

describe('the API of the Pushgateway', () => {
  let server: HttpServer;
  let app: FastifyInstance;
  let groups: PushGroups;
  let isAdminEnabled = false;
  let disk: Promise<void>;
  let isWriting = false;
  const observed: string[] = [];

  beforeEach(async () => {
    observed.length = 0;
    isAdminEnabled = false;
    disk = Promise.resolve();
    const { state } = openMemoryStore(systemClock);
    const put = state.put.bind(state);
    isWriting = false;
    state.put = async (...entry) => {
      isWriting = true;
      await disk;
      await put(...entry);
    };
    groups = new PushGroups({ state, clock: systemClock });
    const listen = { host: '127.0.0.1', port: 0 };
    const options = { clock: systemClock, listen, noAuth: false, externalUrl: '', maxRequestBytes: 1e8, reportError: () => undefined };
    const api = pushgatewayApi({
      groups,
      version: '1',
      startedAtMs: 0,
      isReady: () => true,
      maxWaitingBytes: 8 * 1024 * 1024,
      isAdminEnabled: () => isAdminEnabled,
      url: () => 'http://here',
      observe: (result) => void observed.push(result),
      reportError: () => undefined,
    });
    server = await createHttpServer(options, [api]);
    app = server.app;
  });
  afterEach(() => server.close());

  const push = async (payload: string | Buffer, type = 'text/plain', url = '/metrics/job/j') => {
    const { statusCode, body } = await app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload });
    return { statusCode, body };
  };

  it('takes pushes at both of its paths, whatever the body calls itself, or when it calls itself nothing', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json', 'what', ''])
      expect((await push('a 1\n', type)).statusCode).toBe(200);
    expect((await push('b 1\n', 'text/plain', '/pushgateway/metrics/job/j')).statusCode).toBe(200);
    const exposed = await app.inject('/pushgateway/metrics');
    expect(exposed.body.split('\n')).toEqual(expect.arrayContaining(['a{instance="",job="j"} 1', 'b{instance="",job="j"} 1']));
    const inProtobuf = await app.inject({ url: '/pushgateway/metrics', headers: { accept: PROTOBUF } });
    expect((await push(inProtobuf.rawPayload, PROTOBUF, '/metrics/job/k')).statusCode).toBe(200);
    expect((await app.inject('/pushgateway/metrics')).body).toContain('\nb{instance="",job="k"} 1\n');
  });

  it.each([
    ['a body that is too large', Buffer.alloc(9_000_000, 'a'), 'text/plain', 413, 'too large'],
    ['a label that is not UTF-8', Buffer.from('a{b="\xff"} 1\n', 'latin1'), 'text/plain', 400, 'line 1'],
    ['a line that is none', 'a 1\n{{{\n', 'text/plain', 400, 'line 2'],
    ['protobuf that is cut', Buffer.from([20, 10, 1]), PROTOBUF, 400, 'protobuf format parsing error'],
    ['protobuf that is none', Buffer.from('this is no protobuf'), PROTOBUF, 400, 'protobuf format parsing error'],
  ] as const)('refuses %s', async (_name, body, type, status, text) => {
    const answer = await push(body as Buffer, type);
    expect(answer).toEqual({ statusCode: status, body: expect.stringContaining(text) });
    expect(groups.groups).toEqual([]);
    expect(observed).toEqual(['refused']);
  });

  it('refuses pushes while too many wait', async () => {
    let write: (() => void) | undefined;
    disk = new Promise((resolve) => {
      write = resolve;
    });
    const large = `#${'a'.repeat(5_000_000)}\na 1\n`;
    const first = push(large);
    await expect.poll(() => isWriting).toBe(true);
    expect(await push(large)).toEqual({ statusCode: 503, body: expect.stringContaining('too many pushes are waiting') });
    const url = '/pushgateway/metrics/job/k';
    const answer = await app.inject({ method: 'PUT', url, payload: large });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    const small = push('b 1\n');
    write?.();
    expect((await first).statusCode).toBe(200);
    expect((await small).statusCode).toBe(200);
    expect((await push(large)).statusCode).toBe(200);
  });

  it('lets nobody wipe it who may not', async () => {
    await push('a 1\n');
    expect((await app.inject({ method: 'PUT', url: '/pushgateway/api/v1/admin/wipe' })).statusCode).toBe(404);
    isAdminEnabled = true;
    expect((await app.inject({ method: 'PUT', url: '/pushgateway/api/v1/admin/wipe' })).statusCode).toBe(202);
    expect(groups.groups).toEqual([]);
  });

  it.each([
    ['job/a', { job: 'a' }],
    ['job/a/', { job: 'a' }],
    ['job/a/x/', { x: '', job: 'a' }],
    ['job@base64/L3Zhci90bXA', { job: '/var/tmp' }],
    ['job/a/path@base64/=/b/c%20d', { path: '', b: 'c d', job: 'a' }],
    ['job/a/job/b', { job: 'a' }],
  ])('reads %s as %o', (path, labels) => {
    expect(Object.fromEntries(parseGroupingPath(path))).toEqual(labels);
  });
});
