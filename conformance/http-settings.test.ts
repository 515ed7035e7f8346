// The HTTP settings of a scrape job beside a real Prometheus: both scrape the same kinds of servers through the same kinds of proxies, and every request
// that token servers, proxies and targets get must be the same.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findPrometheus, startPrometheus } from './peers/prometheus.ts';
import { root, startServer, until } from './testing/processes.ts';

const prometheus = findPrometheus();
const fixtures = join(root, 'server/discovery/testing');
const cleanups: (() => unknown)[] = [];

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const JOBS = [
  'oauth2',
  'oauth2-form',
  'proxied',
  'proxied-user',
  'no-proxy',
  'environment',
  'tunnel',
  'headers',
  'redirected',
  'not-redirected',
  'elsewhere',
];

/** Everything that one of the two sees: its own servers, so that its requests are known apart. */
class World {
  /** By job: what servers were asked, without what differs from program to program. */
  readonly requests = new Map<string, Set<string>>();
  readonly #folder: string;
  #ports: Record<'plain' | 'secure' | 'proxy' | 'other', number> = { plain: 0, secure: 0, proxy: 0, other: 0 };

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    const [key, cert] = await Promise.all(['api-server.key', 'api-server.crt'].map((name) => readFile(join(fixtures, name))));
    const proxy = createServer((request, response) => {
      this.#record('proxy', request);
      response.writeHead(200, { 'content-type': 'text/plain' }).end('up_through_proxy 1\n');
    }).on('connect', (request, socket) => {
      this.#record('tunnel', request);
      const upstream = connect(this.#ports.secure, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on('error', () => end.destroy());
    });
    this.#ports = {
      plain: await listen(createServer((request, response) => void this.#answer(request, response))),
      other: await listen(createServer((request, response) => void this.#answer(request, response, 'other'))),
      secure: await listen(
        createSecureServer(
          { key: key as Buffer, cert: cert as Buffer },
          (request, response) => void this.#answer(request, response, 'secure'),
        ),
      ),
      proxy: await listen(proxy),
    };
    await writeFile(join(this.#folder, 'tenant'), 'from-file\n');
    await writeFile(join(this.#folder, 'client-secret'), 's3cret/+\n');
  }

  get env(): Record<string, string> {
    return { HTTP_PROXY: `http://127.0.0.1:${this.#ports.proxy}`, NO_PROXY: 'skip.test' };
  }

  get config(): string {
    const { plain, secure, proxy } = this.#ports;
    const job = (name: string, settings: string, target = `127.0.0.1:${plain}`, scheme = 'http') =>
      `  - {job_name: ${name}, metrics_path: /${name}, scheme: ${scheme}, ${settings}, static_configs: [{targets: ['${target}']}]}\n`;
    const token = (name: string) => `token_url: 'http://127.0.0.1:${plain}/token/${name}'`;
    const ca = `tls_config: {ca_file: '${join(fixtures, 'api-server.crt')}', server_name: localhost}`;
    return `global: {scrape_interval: 1s}
scrape_configs:
${job('oauth2', `oauth2: {client_id: 'me:1', client_secret_file: '${this.#folder}/client-secret', ${token('oauth2')}, scopes: [read, write], endpoint_params: {audience: 'a b'}}`)}
${job('oauth2-form', `oauth2: {client_id: me, client_secret: s, ${token('oauth2-form')}}`)}
${job('proxied', `proxy_url: 'http://127.0.0.1:${proxy}', basic_auth: {username: u, password: p}`, 'app.test:8000')}
${job('proxied-user', `proxy_url: 'http://pu:pp@127.0.0.1:${proxy}', proxy_connect_header: {X-Tunnel: [secret]}`, 'app.test:8000')}
${job('no-proxy', `proxy_url: 'http://127.0.0.1:${proxy}', no_proxy: '10.0.0.0/8'`)}
${job('environment', 'proxy_from_environment: true', 'app.test:8000')}
${job('tunnel', `proxy_url: 'http://127.0.0.1:${proxy}', proxy_connect_header: {X-Tunnel: [secret]}, ${ca}`, `app.test:${secure}`, 'https')}
${job('headers', `http_headers: {X-Scope: {values: [a, b], secrets: [c], files: ['${this.#folder}/tenant']}}`)}
${job('redirected', 'authorization: {credentials: t}, http_headers: {X-Scope: {values: [a]}}')}
${job('not-redirected', 'follow_redirects: false')}
${job('elsewhere', 'authorization: {credentials: t}, http_headers: {X-Scope: {values: [a]}}')}
`;
  }

  async #answer(request: IncomingMessage, response: import('node:http').ServerResponse, place = 'target'): Promise<void> {
    const body = await read(request);
    this.#record(place, request, body);
    const path = request.url ?? '';
    if (path.startsWith('/token/')) {
      const refuses = path.endsWith('-form') && request.headers.authorization !== undefined;
      response.writeHead(refuses ? 401 : 200, { 'content-type': 'application/json' });
      response.end(refuses ? '{"error":"invalid_client"}' : '{"access_token":"the-token","token_type":"bearer","expires_in":3600}');
      return;
    }
    if (path === '/redirected' || path === '/not-redirected') response.writeHead(302, { location: `${path}/there` }).end();
    else if (path === '/elsewhere' && place === 'target')
      response.writeHead(307, { location: `http://127.0.0.1:${this.#ports.other}${path}` }).end();
    else response.writeHead(200, { 'content-type': 'text/plain' }).end('a_sample 1\n');
  }

  #record(place: string, request: IncomingMessage, body = ''): void {
    const named = [
      'host',
      'authorization',
      'proxy-authorization',
      'x-scope',
      'x-tunnel',
      'accept-encoding',
      'content-type',
      'x-prometheus-scrape-timeout-seconds',
    ];
    const headers = named.flatMap((name) => (request.headers[name] === undefined ? [] : [`${name}=${valuesOf(request.headers, name)}`]));
    let line = `${place} ${request.method} ${request.url} ${headers.join(' ')} ${body.split('&').sort().join('&')}`.trim();
    for (const [name, port] of Object.entries(this.#ports)) line = line.replaceAll(`:${port}`, `:<${name}>`);
    const job = JOBS.find((name) => new RegExp(`/${name}( |/|$)`).test(line)) ?? (place === 'tunnel' ? 'tunnel' : 'unknown');
    this.requests.set(job, (this.requests.get(job) ?? new Set()).add(line));
  }
}

function valuesOf(headers: IncomingHttpHeaders, name: string): string {
  return String(headers[name]);
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Health {
  readonly data: {
    readonly activeTargets: readonly { readonly scrapePool: string; readonly health: string; readonly lastError: string }[];
  };
}

async function healthOf(url: string): Promise<Record<string, string>> {
  const { data } = (await (await fetch(`${url}/api/v1/targets`)).json()) as Health;
  // Ours has a job of its own beside them, the host collector's.
  const active = data.activeTargets.filter(({ scrapePool }) => JOBS.includes(scrapePool));
  return Object.fromEntries(active.map(({ scrapePool, health, lastError }) => [scrapePool, `${health} ${lastError}`.trim()]));
}

describe.skipIf(!prometheus)('HTTP settings beside Prometheus (skipped without .cache/peers/prometheus-3)', () => {
  it('make the same requests', async () => {
    const worlds = await Promise.all(
      [0, 1].map(async () => {
        const folder = await mkdtemp(join(tmpdir(), 'alidade-http-'));
        cleanups.push(() => rm(folder, { recursive: true, force: true }));
        const world = new World(folder);
        await world.open();
        await writeFile(join(folder, 'prometheus.yml'), world.config);
        return { world, folder };
      }),
    );
    const [ours, theirs] = worlds as [(typeof worlds)[0], (typeof worlds)[0]];
    Object.assign(process.env, theirs.world.env);
    const peer = await startPrometheus(prometheus as string, { config: theirs.world.config });
    for (const name of Object.keys(theirs.world.env)) delete process.env[name];
    cleanups.push(() => peer.close());
    const server = await startServer([ours.folder], { env: ours.world.env });
    cleanups.push(() => server.stop());
    for (const url of [peer.url, server.url]) {
      let health: Record<string, string> = {};
      const isDone = async () => {
        health = await healthOf(url);
        return Object.values(health).filter((state) => state !== 'unknown').length === JOBS.length;
      };
      await until('all jobs are scraped', isDone, 20_000).catch((error) => {
        throw new Error(`${error} ${JSON.stringify(health)}`);
      });
    }
    const told = ({ world }: (typeof worlds)[0]) =>
      Object.fromEntries(JOBS.map((job) => [job, [...(world.requests.get(job) ?? [])].sort()]));
    // The one difference, on purpose: a server that we are redirected to gets no credentials of the first one.
    const { elsewhere: all = [], ...rest } = told(theirs);
    // If there was time for a second scrape, Prometheus has added its header again to the request of the first.
    const elsewhere = all.filter((line) => !line.includes('x-scope=a, a'));
    expect(elsewhere.some((line) => line.startsWith('other') && line.includes('authorization=Bearer t x-scope=a '))).toBe(true);
    const bare = elsewhere.map((line) => (line.startsWith('other') ? line.replace('authorization=Bearer t x-scope=a ', '') : line));
    expect(told(ours)).toEqual({ ...rest, elsewhere: bare });
    expect(await healthOf(server.url)).toEqual(await healthOf(peer.url));
  });
});
