import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, createServer as createSocketServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpClientConfig } from '../config/http-client.ts';
import { Secret } from '../model/secret.ts';
import { createHttpClient, type HttpClientDeps } from './http-client.ts';

const testdata = new URL('./testdata/', import.meta.url);
const caFile = fileURLToPath(new URL('server.crt', testdata));
const tls = { caFile, serverName: 'app.test', insecureSkipVerify: false };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function keyPair(): Promise<{ key: Buffer; cert: Buffer }> {
  const [key, cert] = await Promise.all(['server.key', 'server.crt'].map((name) => readFile(new URL(name, testdata))));
  return { key: key as Buffer, cert: cert as Buffer };
}

function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  cleanups.push(() => server.closeAllConnections());
  return listen(server);
}

async function get(config: Partial<HttpClientConfig>, url: string, deps: HttpClientDeps = {}): Promise<string> {
  const client = createHttpClient({ followRedirects: true, ...config }, deps);
  cleanups.push(() => client.close());
  return Buffer.from((await client.request(url)).body).toString();
}

/** A folder that is gone after the test. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'alidade-http-client-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  return folder;
}

describe('http_headers', () => {
  it('sends values, secrets and what stands in files now, one line for each', async () => {
    const file = join(await makeFolder(), 'tenant');
    const port = await serve((request, response) => {
      const lines = request.rawHeaders.flatMap((name, i) => (i % 2 === 0 && name === 'X-Scope' ? [request.rawHeaders[i + 1]] : []));
      response.end(JSON.stringify(lines));
    });
    const headers = { 'X-Scope': { values: ['a', 'b'], secrets: [new Secret('c')], files: [file] } };
    for (const tenant of ['d', 'e']) {
      await writeFile(file, `${tenant}\n`);
      expect(await get({ headers }, `http://127.0.0.1:${port}/`)).toBe(`["a","b","c","${tenant}"]`);
    }
  });
});

describe('HTTP/2', () => {
  it('is spoken where the server knows it, unless it is turned off', async () => {
    const server = createHttp2Server({ ...(await keyPair()), allowHTTP1: true }, (request, response) => {
      response.end(`${request.httpVersion} ${request.headers['x-a']}`);
    });
    const port = await listen(server);
    const headers = { 'X-A': { values: ['1', '2'], secrets: [], files: [] } };
    expect(await get({ tls, headers }, `https://127.0.0.1:${port}/`)).toBe('2.0 1, 2');
    expect(await get({ tls, headers, enableHttp2: false }, `https://127.0.0.1:${port}/`)).toBe('1.1 1, 2');
  });
});

describe('an HTTP/2 connection that leads nowhere', () => {
  it('is left after the first request without an answer', async () => {
    const server = createHttp2Server(await keyPair(), (_request, response) => response.end('here'));
    const target = await listen(server);
    let isDead = false;
    const network = createSocketServer((socket) => {
      const upstream = connect(target, '127.0.0.1');
      const isOld = !isDead;
      socket.on('data', (data) => (isOld && isDead ? undefined : upstream.write(data)));
      upstream.on('data', (data) => (isOld && isDead ? undefined : socket.write(data)));
      for (const end of [socket, upstream]) end.on('error', () => end.destroy());
      cleanups.push(() => [socket, upstream].map((end) => end.destroy()));
    });
    const url = `https://127.0.0.1:${await listen(network)}/`;
    const client = createHttpClient({ followRedirects: true, tls });
    cleanups.push(() => client.close());
    expect((await client.request(url)).status).toBe(200);
    isDead = true;
    await expect(client.request(url, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'http_client.timeout' });
    expect((await client.request(url, { timeoutMs: 5_000 })).status).toBe(200);
  });
});

describe('TLS versions', () => {
  it('are held to', async () => {
    const server = createSecureServer({ ...(await keyPair()), maxVersion: 'TLSv1.2' }, (request, response) => {
      response.end((request.socket as unknown as { getProtocol(): string }).getProtocol());
    });
    const url = `https://127.0.0.1:${await listen(server)}/`;
    expect(await get({ tls: { ...tls, minVersion: 'TLS12', maxVersion: 'TLS12' } }, url)).toBe('TLSv1.2');
    await expect(get({ tls: { ...tls, minVersion: 'TLS13' } }, url)).rejects.toMatchObject({ code: 'http_client.tls' });
  });

  it('reach down to TLS 1.0 where that is asked for', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const server = createSecureServer({ ...(await keyPair()), ...old }, (_request, response) => response.end('old'));
    const url = `https://127.0.0.1:${await listen(server)}/`;
    expect(await get({ tls: { ...tls, minVersion: 'TLS10' } }, url)).toBe('old');
    await expect(get({ tls }, url)).rejects.toMatchObject({ code: 'http_client.tls' });
  });
});

describe('proxies', () => {
  const proxy = () => serve((request, response) => response.end(`proxied ${request.url}`));

  it('are left out for what no_proxy names', async () => {
    const target = await serve((_request, response) => response.end('direct'));
    const config = { proxyUrl: `http://127.0.0.1:${await proxy()}`, noProxy: 'app.test' };
    const resolve = { 'app.test': '127.0.0.1' };
    expect(await get(config, `http://app.test:${target}/`, { resolve })).toBe('direct');
    expect(await get(config, 'http://other.test/', { resolve })).toBe('proxied http://other.test/');
  });

  it('come from the environment', async () => {
    const env = { http_proxy: `http://127.0.0.1:${await proxy()}` };
    expect(await get({ proxyFromEnvironment: true }, 'http://app.test/', { env })).toBe('proxied http://app.test/');
  });

  it('get their own headers with the request for a tunnel, which the target does not see', async () => {
    const target = await listen(
      createSecureServer(await keyPair(), (request, response) => response.end(String(request.headers['x-to-proxy']))),
    );
    const seen: unknown[] = [];
    const tunnels = createServer().on('connect', (request, socket) => {
      seen.push(request.headers['x-to-proxy']);
      const upstream = connect(target, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      cleanups.push(() => upstream.destroy());
    });
    const config = { proxyUrl: `http://127.0.0.1:${await listen(tunnels)}`, proxyConnectHeaders: { 'X-To-Proxy': [new Secret('s')] }, tls };
    expect(await get(config, 'https://app.test/')).toBe('undefined');
    expect(seen).toEqual(['s']);
  });

  it('may speak SOCKS5, and resolve the name themselves', async () => {
    const target = await serve((request, response) => response.end(`through to ${request.headers.host}`));
    const names: string[] = [];
    const socks = createSocketServer((socket) => {
      let step = 0;
      socket.on('error', () => socket.destroy());
      socket.on('data', (data) => {
        if (step++ === 0) return socket.write(Buffer.from([5, 0]));
        if (step > 2) return undefined;
        names.push(data.subarray(5, 5 + (data[4] ?? 0)).toString());
        socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        const upstream = connect(target, '127.0.0.1');
        socket.pipe(upstream).pipe(socket);
        cleanups.push(() => upstream.destroy());
        return undefined;
      });
      cleanups.push(() => socket.destroy());
    });
    expect(await get({ proxyUrl: `socks5://127.0.0.1:${await listen(socks)}` }, 'http://app.test/')).toBe('through to app.test');
    expect(names).toEqual(['app.test']);
  });
});

describe('unix sockets', () => {
  it('take the place of every address', async () => {
    const path = join(await makeFolder(), 'api.sock');
    const server = createServer((request, response) => response.end(`${request.headers.host}${request.url}`));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    cleanups.push(() => server.close());
    expect(await get({}, 'http://docker/info', { socketPath: path })).toBe('docker/info');
    await expect(get({}, 'http://docker/info', { socketPath: `${path}.gone` })).rejects.toThrow(`no such socket "${path}.gone"`);
  });
});
