import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpClientConfig } from '../config/http-client.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { Secret } from '../model/secret.ts';
import { createHttpClient, type HttpClientDeps } from './http-client.ts';

const testdata = new URL('./testdata/', import.meta.url);
const certificate = fileURLToPath(new URL('server.crt', testdata));
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(listener: RequestListener, isSecure = false): Promise<number> {
  const server = isSecure
    ? createSecureServer(
        { key: await readFile(new URL('server.key', testdata)), cert: await readFile(new URL('server.crt', testdata)) },
        listener,
      )
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function client(config: Partial<HttpClientConfig> = {}, deps: HttpClientDeps = {}) {
  const made = createHttpClient({ followRedirects: true, ...config }, deps);
  cleanups.push(() => made.close());
  return made;
}

function text(body: Uint8Array): string {
  return Buffer.from(body).toString('utf8');
}

/** A folder that is gone after the test. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'alidade-http-client-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  return folder;
}

describe('a certificate file that changes', () => {
  async function rotating(more: Partial<HttpClientConfig> = {}) {
    const caFile = join(await makeFolder(), 'ca.crt');
    const pem = await readFile(certificate, 'utf8');
    await writeFile(caFile, pem);
    const made = client({ tls: { caFile, insecureSkipVerify: false }, ...more });
    return { made, rotate: () => writeFile(caFile, `${pem}\n`) };
  }

  it('while a token is fetched does no harm', async () => {
    const port = await serve((_request, response) => response.end('ok'));
    const target = `http://127.0.0.1:${port}/`;
    let onAsked: () => Promise<void> = async () => undefined;
    const tokens = await serve(async (_request, response) => {
      await onAsked();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"t"}');
    });
    const oauth2 = { clientId: 'me', scopes: [], tokenUrl: `http://127.0.0.1:${tokens}/`, endpointParams: {} };
    const { made, rotate } = await rotating({ oauth2 });
    let second: Promise<unknown> | undefined;
    onAsked = async () => {
      await rotate();
      second = made.request(target);
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    expect(text((await made.request(target)).body)).toBe('ok');
    await second;
  });

  it('leaves requests over the old connections that closing ends', async () => {
    let asked = 0;
    const port = await serve((_request, response) => {
      if (++asked > 1) response.end();
    });
    const target = `http://127.0.0.1:${port}/`;
    const { made, rotate } = await rotating();
    const pending = made.request(target).catch((error: unknown) => error);
    await vi.waitFor(() => expect(asked).toBe(1));
    await rotate();
    await made.request(target);
    await made.close();
    expect(await pending).toMatchObject({ code: 'http_client.closed' });
  });
});

describe('requests', () => {
  it('returns status, headers and body of any answer', async () => {
    const port = await serve((_request, response) => response.writeHead(503, { 'x-a': 'b' }).end('sorry'));
    const answer = await client().request(`http://127.0.0.1:${port}/`);
    expect([answer.status, answer.headers['x-a'], text(answer.body)]).toEqual([503, 'b', 'sorry']);
  });

  it('posts a body with headers', async () => {
    const port = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.end(`${request.method} ${request.headers['content-type']} ${Buffer.concat(chunks)}`);
    });
    const answer = await client().request(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'content-type': 'text/x' },
      body: 'hi',
    });
    expect(text(answer.body)).toBe('POST text/x hi');
  });

  it('maps compose-style names, keeping the Host header', async () => {
    const port = await serve((request, response) => response.end(request.headers.host));
    const answer = await client({}, { resolve: { app: '127.0.0.1' } }).request(`http://app:${port}/`);
    expect(text(answer.body)).toBe(`app:${port}`);
  });

  it('decompresses gzip and limits the decompressed size', async () => {
    const zipped = gzipSync(Buffer.alloc(100_000, 'a'));
    const port = await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped));
    const url = `http://127.0.0.1:${port}/`;
    expect((await client().request(url)).body.length).toBe(100_000);
    await expect(client().request(url, { maxBytes: 50_000 })).rejects.toThrow('body size limit of 50000 bytes exceeded');
  });

  it('says when a gzip body is broken', async () => {
    const port = await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'));
    await expect(client().request(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'http_client.bad_body' });
  });
});

describe('credentials', () => {
  async function echoAuth() {
    return await serve((request, response) => response.end(request.headers.authorization ?? 'none'));
  }

  it('sends basic auth and reads the password file at each request', async () => {
    const file = join(await makeFolder(), 'password');
    const port = await echoAuth();
    const made = client({ basicAuth: { username: 'u', passwordFile: file } });
    for (const password of ['one', 'two']) {
      await writeFile(file, `${password}\n`);
      const answer = await made.request(`http://127.0.0.1:${port}/`);
      expect(text(answer.body)).toBe(`Basic ${Buffer.from(`u:${password}`).toString('base64')}`);
    }
  });

  it('sends a bearer token', async () => {
    const port = await echoAuth();
    const answer = await client({ authorization: { type: 'Bearer', credentials: new Secret('t') } }).request(`http://127.0.0.1:${port}/`);
    expect(text(answer.body)).toBe('Bearer t');
  });

  it('names the file of a secret that cannot be read', async () => {
    const made = client({ authorization: { type: 'Bearer', credentialsFile: '/nonexistent/token' } });
    await expect(made.request('http://127.0.0.1:1/')).rejects.toThrow('cannot read "/nonexistent/token"');
  });

  it('does not take credentials to another origin', async () => {
    const other = await echoAuth();
    const port = await serve((_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${other}/` }).end());
    const url = `http://127.0.0.1:${port}/`;
    const configured = await client({ authorization: { type: 'Bearer', credentials: new Secret('t') } }).request(url);
    const given = await client().request(url, { headers: { Authorization: 'Bearer t' } });
    expect([text(configured.body), text(given.body)]).toEqual(['none', 'none']);
  });
});

describe('redirects', () => {
  it('follows them only when told to, and not for ever', async () => {
    const port = await serve((request, response) =>
      request.url === '/to'
        ? response.end('there')
        : response.writeHead(302, { location: request.url === '/loop' ? '/loop' : '/to' }).end(),
    );
    expect(text((await client().request(`http://127.0.0.1:${port}/`)).body)).toBe('there');
    expect((await client({ followRedirects: false }).request(`http://127.0.0.1:${port}/`)).status).toBe(302);
    await expect(client().request(`http://127.0.0.1:${port}/loop`)).rejects.toThrow('stopped after 10 redirects');
  });
});

describe('failures', () => {
  it('says that nobody listens', async () => {
    await expect(client().request('http://127.0.0.1:1/')).rejects.toThrow('connection refused: nobody listens at 127.0.0.1:1');
  });

  it('says that a name does not resolve, and the cure', async () => {
    await expect(client().request('http://app.invalid:5000/')).rejects.toThrow(
      'no such host "app.invalid"; map it with --resolve app.invalid=127.0.0.1',
    );
  });

  it('refuses what is not a URL', async () => {
    await expect(client().request('app:5000')).rejects.toThrow('not an absolute http or https URL: "app:5000"');
  });

  it('stops at the time limit of the clock', async () => {
    const clock = new FakeClock();
    const port = await serve(() => undefined);
    const pending = client({}, { clock }).request(`http://127.0.0.1:${port}/`, { timeoutMs: 5_000 });
    const outcome = expect(pending).rejects.toThrow('context deadline exceeded: no complete answer within 5s');
    await clock.advance(5_000);
    await outcome;
  });

  it('stops when the caller goes away', async () => {
    const port = await serve(() => undefined);
    const controller = new AbortController();
    const pending = client().request(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    controller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'http_client.cancelled' });
  });

  it('says when the connection ends early', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    await expect(client().request(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'http_client.failed' });
  });
});

describe('TLS', () => {
  it('trusts the named authority and checks the name', async () => {
    const port = await serve((_request, response) => response.end('safe'), true);
    const tls = { caFile: certificate, insecureSkipVerify: false };
    const named = client({ tls: { ...tls, serverName: 'app.test' } });
    expect(text((await named.request(`https://127.0.0.1:${port}/`)).body)).toBe('safe');
    await expect(client({ tls }).request(`https://127.0.0.1:${port}/`)).rejects.toThrow('tls_config.server_name');
  });

  it('refuses a certificate that nobody vouches for, unless told to', async () => {
    const port = await serve((_request, response) => response.end('safe'), true);
    await expect(client().request(`https://127.0.0.1:${port}/`)).rejects.toThrow('tls_config.ca_file');
    const careless = client({ tls: { insecureSkipVerify: true } });
    expect(text((await careless.request(`https://127.0.0.1:${port}/`)).body)).toBe('safe');
  });

  it('shows a client certificate where one is wanted', async () => {
    const [key, cert] = await Promise.all(['server.key', 'server.crt'].map((name) => readFile(new URL(name, testdata))));
    const server = createSecureServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: true }, (_request, response) => {
      response.end('known');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const tls = { caFile: certificate, serverName: 'app.test', insecureSkipVerify: false };
    const keyFile = fileURLToPath(new URL('server.key', testdata));
    expect(text((await client({ tls: { ...tls, certFile: certificate, keyFile } }).request(url)).body)).toBe('known');
    await expect(client({ tls }).request(url)).rejects.toThrow();
  });

  it('says when the other side does not speak TLS', async () => {
    const port = await serve((_request, response) => response.end('plain'));
    await expect(client().request(`https://127.0.0.1:${port}/`)).rejects.toThrow('scheme: http');
  });
});

describe('proxies', () => {
  it('sends plain requests to the proxy with the full address', async () => {
    const port = await serve((request, response) => response.end(`proxied ${request.url}`));
    const answer = await client({ proxyUrl: `http://127.0.0.1:${port}` }).request('http://app:5000/metrics');
    expect(text(answer.body)).toBe('proxied http://app:5000/metrics');
  });

  it('tunnels secured requests, resolving mapped names itself', async () => {
    const target = await serve((_request, response) => response.end('through'), true);
    const tunnels: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url);
      const upstream = connect(target, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      cleanups.push(() => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => proxy.close());
    const proxyUrl = `http://proxy:${(proxy.address() as AddressInfo).port}`;
    const made = client({ proxyUrl, tls: { insecureSkipVerify: false, caFile: certificate } }, { resolve: { proxy: '127.0.0.1' } });
    expect(text((await made.request('https://app.test/metrics')).body)).toBe('through');
    expect(tunnels).toEqual(['app.test:443']);
  });
});
