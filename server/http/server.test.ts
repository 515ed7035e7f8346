import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { FastifyPluginAsync } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../model/clock.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { Secret } from '../model/secret.ts';
import { abortOnDisconnect } from './abort.ts';
import { Authenticator } from './auth/authenticator.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './server.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const BIG = 'x'.repeat(100_000);

const routes: FastifyPluginAsync = async (app) => {
  app.get('/read', { config: { access: 'read' } }, () => ({ ok: true }));
  app.get('/own', () => ({ ok: true }));
  app.get('/big', (_request, reply) => reply.type('text/plain').send(BIG));
  app.post('/change', (request) => ({ got: request.body }));
  app.get('/open', { config: { access: 'open' } }, () => 'open');
  app.get('/broken', () => {
    throw new Error('wires crossed');
  });
};

let server: HttpServer | undefined;
const reported: string[] = [];

async function start(options: Partial<HttpServerOptions> = {}, plugin = routes): Promise<HttpServer> {
  server = await createHttpServer(
    {
      clock: systemClock,
      listen: LOCAL,
      noAuth: false,
      externalUrl: '',
      maxRequestBytes: 10_000,
      reportError: (error, request) => reported.push(`${request}: ${String(error)}`),
      ...options,
    },
    [plugin],
  );
  return server;
}

const get = (url: string, headers: Record<string, string> = {}) =>
  (server as HttpServer).app.inject({ method: 'GET', url, headers: { host: 'localhost', ...headers } });
const post = (url: string, headers: Record<string, string> = {}, payload: string | Buffer = '{"a":1}') =>
  (server as HttpServer).app.inject({
    method: 'POST',
    url,
    headers: { host: 'localhost:9090', 'content-type': 'application/json', ...headers },
    payload,
  });

afterEach(async () => {
  await server?.close();
  server = undefined;
  reported.length = 0;
});

it('takes names of this machine on the listener that others reach, not on the local one', async () => {
  const { listen } = await start({ noAuth: true });
  const [local, open] = [await listen(), await listen({ host: '0.0.0.0', port: 0 })];
  const ask = (port: number) =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/own', headers: { host: `monitoring.lan:${port}` } };
      request(options, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
  expect([await ask(local.port), await ask(open.port)]).toEqual([403, 200]);
});

describe('listening', () => {
  it('takes a free port for 0 and answers there', async () => {
    const { port } = await (await start()).listen();
    const response = await fetch(`http://127.0.0.1:${port}/own`);
    expect(await response.json()).toEqual({ ok: true });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('says which port is taken and what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await start({ listen: { host: '127.0.0.1', port } });
    const failure = await server?.listen().catch((error: unknown) => error);
    other.close();
    expect(failure).toMatchObject({ code: 'http.port_taken' });
    expect(String(failure)).toContain(`cannot listen on 127.0.0.1:${port}: port ${port} is taken`);
    expect(String(failure)).toContain(`--listen 127.0.0.1:${port + 1}`);
  });

  it('names an address that this machine does not have', async () => {
    await start({ listen: { host: '127.0.0.1', port: 0 }, noAuth: true });
    await expect(server?.listen({ host: '192.0.2.1', port: 0 })).rejects.toThrow('this machine has no address "192.0.2.1"');
  });

  it('refuses an address that others can reach without credentials', async () => {
    await start({ listen: { host: '0.0.0.0', port: 0 } });
    const failure = await server?.listen().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'http.needs_credentials' });
    expect(String(failure)).toMatch(/ALIDADE_TOKEN.*127\.0\.0\.1.*--no-auth/);
  });

  it('opens it with credentials or when told to do without', async () => {
    await start({
      listen: { host: '0.0.0.0', port: 0 },
      authenticator: new Authenticator({ clock: systemClock, token: new Secret('hush') }),
    });
    expect((await server?.listen())?.port).toBeGreaterThan(0);
    await server?.close();
    await start({ listen: { host: '0.0.0.0', port: 0 }, noAuth: true });
    expect((await server?.listen())?.port).toBeGreaterThan(0);
  });

  it('lets a running request finish when it closes', async () => {
    let running: () => void = () => undefined;
    const isRunning = new Promise<void>((resolve) => {
      running = resolve;
    });
    const slow: FastifyPluginAsync = async (app) => {
      app.get('/slow', async () => {
        running();
        await new Promise((resolve) => setTimeout(resolve, 150));
        return 'done';
      });
    };
    const { port } = await (await start({}, slow)).listen();
    const answer = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.text());
    await isRunning;
    await server?.close();
    expect(await answer).toBe('done');
    await expect(fetch(`http://127.0.0.1:${port}/slow`)).rejects.toThrow();
  });
});

describe('closing', () => {
  it('does not wait for a client that never stops asking', async () => {
    let answer: (() => void) | undefined;
    const held: FastifyPluginAsync = async (app) => {
      app.get('/held', async () => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return 'done';
      });
      app.get('/next', () => 'done');
    };
    // Time stands still: no grace period ends and idle connections are not looked for again.
    const { port } = await (await start({ clock: new FakeClock() }, held)).listen();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string) =>
      new Promise<string | undefined>((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, path, agent }, (response) => {
          response.resume().once('end', () => resolve(response.headers.connection));
        });
        asked.once('error', reject).end();
      });
    const first = ask('/held');
    await vi.waitUntil(() => answer !== undefined);
    const closed = server?.close();
    answer?.();
    expect(await first).toBe('keep-alive');
    expect(await ask('/next')).toBe('close');
    await closed;
    agent.destroy();
  });

  it('does not wait for a connection on which nothing was ever asked', async () => {
    const { port } = await (await start({ clock: new FakeClock() })).listen();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    // The server has noticed it when it has answered a later one.
    await fetch(`http://127.0.0.1:${port}/own`).then((answer) => answer.text());
    const ended = once(socket, 'close');
    await server?.close();
    await ended;
  });
});

describe('credentials', () => {
  const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

  it('are asked for everywhere but on open routes', async () => {
    await start({ authenticator: new Authenticator({ clock: systemClock, token: new Secret('hush') }) });
    const refused = await get('/own');
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['www-authenticate']).toContain('Basic');
    expect(refused.json().error.code).toBe('http.unauthorized');
    expect((await get('/nowhere')).statusCode).toBe(401);
    expect((await get('/open')).statusCode).toBe(200);
  });

  it('are a bearer token, or the token as password', async () => {
    await start({ authenticator: new Authenticator({ clock: systemClock, token: new Secret('hush') }) });
    expect((await get('/own', { authorization: 'Bearer hush' })).statusCode).toBe(200);
    expect((await get('/own', { authorization: 'bearer hush' })).statusCode).toBe(200);
    expect((await get('/own', basic('anyone:hush'))).statusCode).toBe(200);
    for (const headers of [{ authorization: 'Bearer hush2' }, { authorization: 'hush' }, basic('hush'), basic('hush:')])
      expect((await get('/own', headers)).statusCode).toBe(401);
  });
});

describe('other sites', () => {
  it('may read what is meant for it', async () => {
    await start();
    const response = await get('/read', { origin: 'http://evil.example' });
    expect(response.headers).toMatchObject({ 'access-control-allow-origin': 'http://evil.example', vary: 'Origin' });
    expect((await get('/own', { origin: 'http://evil.example' })).headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('get a preflight answer for routes that read, also when credentials are needed', async () => {
    await start({ authenticator: new Authenticator({ clock: systemClock, token: new Secret('hush') }) });
    const ask = (url: string) => server?.app.inject({ method: 'OPTIONS', url, headers: { host: 'localhost', origin: 'http://a.example' } });
    const response = await ask('/read');
    expect(response?.statusCode).toBe(204);
    expect(response?.headers['access-control-allow-headers']).toContain('Authorization');
    expect((await ask('/change'))?.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('cannot change anything', async () => {
    await start();
    for (const headers of [{ origin: 'http://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      const response = await post('/change', headers);
      expect(response.statusCode).toBe(403);
      expect(response.json().error.code).toBe('http.foreign_origin');
    }
    expect((await post('/change')).json()).toEqual({ got: { a: 1 } });
    expect((await post('/change', { origin: 'http://localhost:9090', 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200);
    expect((await post('/change', { origin: 'http://localhost:8080' })).statusCode).toBe(403);
  });

  it('cannot pass for us by a name that resolves to 127.0.0.1', async () => {
    await start({ allowedHosts: ['app'], externalUrl: 'https://watch.example/' });
    const response = await get('/own', { host: 'rebind.example:9090' });
    expect(response.statusCode).toBe(403);
    expect(response.json().error.message).toContain('names "rebind.example:9090"');
    for (const host of [
      'localhost:1',
      '127.0.0.1',
      '127.8.8.8:9090',
      '[::1]:9090',
      'x.localhost',
      'app:9090',
      'watch.example',
      'LOCALHOST.',
    ])
      expect((await get('/own', { host })).statusCode, host).toBe(200);
    for (const host of ['localhost.evil.example', 'evil', '127.0.0.1.evil.example'])
      expect((await get('/own', { host })).statusCode, host).toBe(403);
  });

  it('nor on an open listener, where names are not known', async () => {
    await start({ listen: { host: '0.0.0.0', port: 0 }, noAuth: true });
    expect((await get('/own', { host: 'box.lan' })).statusCode).toBe(200);
    expect((await post('/change', { host: 'box.lan' })).statusCode).toBe(200);
    expect((await post('/change', { host: 'rebind.example', origin: 'http://rebind.example' })).statusCode).toBe(403);
    expect((await post('/change', { host: '10.0.0.7:9090', origin: 'http://10.0.0.7:9090' })).statusCode).toBe(200);
  });

  it('may change through the proxy that publishes us', async () => {
    await start({ externalUrl: 'https://watch.example/alidade' });
    const response = await post('/change', { host: 'localhost:9090', origin: 'https://watch.example' });
    expect(response.statusCode).toBe(200);
  });
});

describe('bodies', () => {
  it('are unpacked, and bounded after that', async () => {
    await start();
    const small = JSON.stringify({ a: 1 });
    expect((await post('/change', { 'content-encoding': 'gzip' }, gzipSync(small))).json()).toEqual({ got: { a: 1 } });
    expect((await post('/change', { 'content-encoding': 'br' }, brotliCompressSync(small))).json()).toEqual({ got: { a: 1 } });
    const bomb = await post('/change', { 'content-encoding': 'gzip' }, gzipSync(JSON.stringify(BIG)));
    expect(bomb.statusCode).toBe(413);
    expect(bomb.json().error.code).toBe('http.too_large');
    expect((await post('/change', {}, JSON.stringify(BIG))).statusCode).toBe(413);
  });

  it('get a clear error when they cannot be read', async () => {
    await start();
    expect((await post('/change', { 'content-encoding': 'lzma' })).statusCode).toBe(415);
    expect((await post('/change', { 'content-encoding': 'gzip' }, 'no gzip')).statusCode).toBe(400);
    expect((await post('/change', {}, '{"a"')).statusCode).toBe(400);
    expect((await post('/change', { 'content-type': 'image/png' }, 'x')).statusCode).toBe(415);
    expect(reported).toEqual([]);
  });
});

describe('answers', () => {
  it('are compressed when large', async () => {
    await start();
    const big = await get('/big', { 'accept-encoding': 'gzip, deflate, br' });
    expect(big.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(big.rawPayload).toString()).toBe(BIG);
    expect((await get('/own', { 'accept-encoding': 'gzip' })).headers).not.toHaveProperty('content-encoding');
  });

  it('report what nobody foresaw', async () => {
    await start();
    const response = await get('/broken');
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({ error: { code: 'http.internal', message: 'wires crossed' } });
    expect(reported).toEqual(['GET /broken: Error: wires crossed']);
  });

  it('tell a wrong method from a wrong path', async () => {
    await start();
    expect(await get('/change')).toMatchObject({ statusCode: 405, body: 'Method Not Allowed\n', headers: { allow: 'OPTIONS, POST' } });
    expect(await get('/nowhere')).toMatchObject({ statusCode: 404, body: '404 page not found\n' });
    expect((await get('/%zz')).statusCode).toBe(400);
  });

  it.each(['plain', 'chunked'])('that are refused for their size are read to their end, so that the answer is too: %s', async (kind) => {
    const { port } = await (await start()).listen();
    const send = () =>
      new Promise<string>((resolve) => {
        const headers = { 'content-type': 'application/json', ...(kind === 'plain' ? { 'content-length': 50_000_000 } : {}) };
        const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/change', headers, agent: false }, (answer) => {
          answer.resume();
          answer.once('close', () => resolve(String(answer.statusCode)));
        });
        sent.once('error', (error) => resolve(String(error)));
        sent.end(Buffer.alloc(50_000_000, ' '));
      });
    for (let i = 0; i < 5; i++) expect(await send()).toBe('413');
  });

  it('that are refused and do not end get their answer', async () => {
    const { port } = await (await start()).listen();
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /change HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n{');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('end for the handler when the client goes away', async () => {
    let aborted: (reason: unknown) => void = () => undefined;
    const wasAborted = new Promise((resolve) => {
      aborted = resolve;
    });
    let enter: () => void = () => undefined;
    const entered = new Promise<void>((resolve) => {
      enter = resolve;
    });
    const waiting: FastifyPluginAsync = async (app) => {
      app.post('/wait', (_request, reply) => {
        const signal = abortOnDisconnect(reply);
        enter();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted(signal.reason);
            reject(signal.reason);
          });
        });
      });
    };
    let count: (status: number) => void = () => undefined;
    const counted = new Promise<number>((resolve) => {
      count = resolve;
    });
    const { port } = await (await start({ observe: ({ status }) => count(status) }, waiting)).listen();
    const client = new AbortController();
    const body = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' }, signal: client.signal };
    const answer = fetch(`http://127.0.0.1:${port}/wait`, body).catch(() => 'cut');
    await entered;
    client.abort();
    expect(await answer).toBe('cut');
    expect(String(await wasAborted)).toContain('the client went away');
    expect(await counted).toBe(499);
  });
});

describe('the web interface', () => {
  const browser = { accept: 'text/html,*/*' };

  function buildUi(): string {
    const dir = mkdtempSync(join(tmpdir(), 'alidade-ui-'));
    mkdirSync(join(dir, 'assets'));
    writeFileSync(join(dir, 'index.html'), '<!doctype html><script>theme()</script><script src="/assets/main-abc.js"></script>');
    writeFileSync(join(dir, 'assets/main-abc.js'), 'console.log(1)');
    writeFileSync(join(dir, 'favicon.svg'), '<svg/>');
    return dir;
  }

  it('is one page for all of its paths, with assets that are kept for ever', async () => {
    const dir = buildUi();
    await start({ uiDir: dir });
    for (const url of ['/', '/dashboards/ml', '/graph?g0.expr=up']) {
      const page = await get(url, browser);
      expect(page, url).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-cache' } });
      expect(page.body).toContain('theme()');
    }
    const policy = (await get('/', browser)).headers['content-security-policy'];
    expect(policy).toMatch(/script-src 'self' 'sha256-[^']+';/);
    expect((await get('/assets/main-abc.js')).headers['cache-control']).toContain('immutable');
    expect((await get('/favicon.svg')).headers['cache-control']).toBe('no-cache');
    expect((await get('/assets/gone.js')).statusCode).toBe(404);
    expect((await get('/api/v1/nowhere', browser)).statusCode).toBe(404);
    expect((await get('/nowhere')).statusCode).toBe(404);
    expect((await get('/../../etc/passwd')).statusCode).toBe(404);
    expect((await get('/%2e%2e/%2e%2e/etc/passwd')).statusCode).not.toBe(200);
    rmSync(dir, { recursive: true });
  });

  it('says how to build it when it is missing', async () => {
    await start({ uiDir: '/nowhere/at/all' });
    const page = await get('/', browser);
    expect(page.statusCode).toBe(503);
    expect(page.body).toContain('npm run build');
  });
});
