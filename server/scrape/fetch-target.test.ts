import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScrapeConfig } from '../config/scrape-config.ts';
import { createHttpClient, type HttpClient } from '../http-client/http-client.ts';
import { systemClock } from '../model/clock.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { Secret } from '../model/secret.ts';
import { BodyMemories } from './body-memories.ts';
import { createTargetFetch, type FetchTarget } from './fetch-target.ts';
import { createStandIn, type StandInDeps } from './stand-in.ts';
import { buildTargets } from './target.ts';
import { type Exposer, startExposer, TEXT_FORMAT } from './testing/exposer.ts';
import { groupOf, jobOf } from './testing/fixtures.ts';

let exposer: Exposer;
const clients: HttpClient[] = [];

beforeEach(async () => {
  exposer = await startExposer('a 1\n');
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await exposer.close();
});

const never = new AbortController().signal;
const hostMetrics = async () => Buffer.from('node_load1 0.5\n');

function fetchOf(changes: Partial<ScrapeConfig> = {}, address = exposer.address): FetchTarget {
  const config = jobOf('j', changes);
  const [outcome] = buildTargets(config, groupOf([address]));
  if (outcome?.type !== 'active') throw new Error('no target');
  const client = createHttpClient(config.client, {});
  clients.push(client);
  const standIn = { clock: systemClock, hostMetrics, resolve: {} };
  return createTargetFetch(outcome.target, config, { client, userAgent: 'Alidade/1.2.3', memories: new BodyMemories(), standIn });
}

const errorOf = (fetch: FetchTarget) =>
  fetch(never).then(
    (answer) => answer.body.toString(),
    (error: Error) => error.message,
  );

describe('a request', () => {
  it('names its format, its time limit and itself', async () => {
    await fetchOf({ scrapeTimeoutMs: 1500 })(never);
    expect(exposer.requests[0]?.headers).toMatchObject({
      accept:
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
        'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'accept-encoding': 'gzip',
      'user-agent': 'Alidade/1.2.3',
      'x-prometheus-scrape-timeout-seconds': '1.5',
    });
    await fetchOf({ enableCompression: false })(never);
    expect(exposer.requests[1]?.headers['accept-encoding']).toBe('identity');
    await fetchOf({ scrapeProtocols: ['PrometheusText0.0.4'] })(never);
    expect(exposer.requests[2]?.headers.accept).toBe('text/plain;version=0.0.4;q=0.6,*/*;q=0.5');
  });

  it('carries parameters and credentials', async () => {
    const client = { followRedirects: true, basicAuth: { username: 'u', password: new Secret('p') } };
    await fetchOf({ params: { module: ['a', 'b'] }, client })(never);
    expect(exposer.requests[0]?.url).toBe('/metrics?module=a&module=b');
    expect(exposer.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  });
});

describe('an answer', () => {
  it('is unpacked', async () => {
    exposer.answer((_, response) =>
      response.writeHead(200, { 'content-type': TEXT_FORMAT, 'content-encoding': 'gzip' }).end(gzipSync('a 2\n')),
    );
    expect(Buffer.from((await fetchOf()(never)).body).toString()).toBe('a 2\n');
  });

  it('may be a redirect, unless the job forbids it', async () => {
    exposer.answer((request, response) => {
      if (request.url === '/metrics') response.writeHead(302, { location: '/other' }).end();
      else response.writeHead(200, { 'content-type': 'text/plain' }).end('a 3\n');
    });
    expect(Buffer.from((await fetchOf()(never)).body).toString()).toBe('a 3\n');
    expect(await errorOf(fetchOf({ client: { followRedirects: false } }))).toBe('server returned HTTP status 302 Found');
  });

  it.each([404, 500, 204, 401])('of status %i is an error', async (status) => {
    exposer.answer((_, response) => response.writeHead(status, { 'content-type': 'text/plain' }).end());
    expect(await errorOf(fetchOf())).toMatch(new RegExp(`^server returned HTTP status ${status} [A-Z]`));
  });

  it.each<[string | undefined, string]>([
    [undefined, 'non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target (set'],
    [
      'text/html; charset=utf-8',
      'received unsupported Content-Type "text/html; charset=utf-8" and no fallback_scrape_protocol specified for target (set',
    ],
    ['application/json', 'received unsupported Content-Type "application/json" and no fallback'],
  ])('of Content-Type %s is refused, as in Prometheus 3', async (type, message) => {
    exposer.answer((_, response) => response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end('a 1\n'));
    expect(await errorOf(fetchOf())).toContain(message);
  });

  it('of any Content-Type is read where the job names the text format as fallback', async () => {
    exposer.answer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('a 1\n'));
    const { body } = await fetchOf({ fallbackProtocol: 'PrometheusText0.0.4' })(never);
    expect(Buffer.from(body).toString()).toBe('a 1\n');
    expect((await fetchOf({ fallbackProtocol: 'PrometheusProto' })(never)).format).toBe('protobuf');
    exposer.answer((_, response) => response.writeHead(200, { 'content-type': 'application/vnd.google.protobuf' }).end('a 1\n'));
    expect((await fetchOf({ fallbackProtocol: 'PrometheusText0.0.4' })(never)).format).toBe('protobuf');
  });

  it('says by its Content-Type in which format the body is', async () => {
    expect((await fetchOf()(never)).format).toBe('text');
    exposer.answer((_, response) =>
      response.writeHead(200, { 'content-type': 'application/openmetrics-text; version=1.0.0' }).end('# EOF'),
    );
    expect((await fetchOf()(never)).format).toBe('openmetrics');
  });
});

describe('a hostile target', () => {
  it('cannot send more than the limit, packed or not', async () => {
    const limit = { bodySizeLimitBytes: 1000 };
    exposer.answer('#'.repeat(1001));
    expect(await errorOf(fetchOf(limit))).toBe('body size limit exceeded (the body has more than 1000 bytes)');
    exposer.answer((_, response) =>
      response.writeHead(200, { 'content-type': TEXT_FORMAT, 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000))),
    );
    expect(await errorOf(fetchOf(limit))).toBe('body size limit exceeded (the body has more than 1000 bytes)');
  });

  it.each<[string, () => Uint8Array]>([
    ['garbage', () => Buffer.from('not gzip at all')],
    ['a truncated stream', () => gzipSync('a 1\n'.repeat(1000)).subarray(0, 30)],
  ])('that sends %s as gzip is an error', async (_, body) => {
    exposer.answer((_request, response) =>
      response.writeHead(200, { 'content-type': TEXT_FORMAT, 'content-encoding': 'gzip' }).end(body()),
    );
    expect(await errorOf(fetchOf())).toMatch(/^Get "http:\/\/127\.0\.0\.1:\d+\/metrics": the body is not valid gzip: /);
  });

  it('that closes the connection half-way is an error', async () => {
    exposer.answer((_, response) => {
      response.writeHead(200, { 'content-type': TEXT_FORMAT, 'content-length': '1000' });
      response.write('a 1\n', () => response.destroy());
    });
    expect(await errorOf(fetchOf())).toMatch(/^Get "http:\/\/127\.0\.0\.1:\d+\/metrics": connection closed by /);
  });

  it.each<[string, Parameters<Exposer['answer']>[0]]>([
    ['says nothing', () => undefined],
    [
      'drips for ever',
      (_, response) => {
        response.writeHead(200, { 'content-type': TEXT_FORMAT });
        const timer = setInterval(() => response.write('# slow\n'), 20);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('that %s is given up after the timeout', async (_, answer) => {
    exposer.answer(answer);
    const started = performance.now();
    expect(await errorOf(fetchOf({ scrapeTimeoutMs: 150 }))).toContain('context deadline exceeded');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('that is not there is named with its cause', async () => {
    expect(await errorOf(fetchOf({}, '127.0.0.1:1'))).toMatch(/^Get "http:\/\/127\.0\.0\.1:1\/metrics": connection refused/);
  });
});

describe('the built-in host collector', () => {
  const answerOf = async (address: string, changes: Partial<StandInDeps> = {}) => {
    const [outcome] = buildTargets(jobOf('j', { scrapeTimeoutMs: 200 }), groupOf([address]));
    if (outcome?.type !== 'active') throw new Error('no target');
    const unknown = () => Promise.reject(new Error('ENOTFOUND'));
    const standIn = createStandIn(outcome.target, { clock: systemClock, hostMetrics, resolve: {}, lookup: unknown, ...changes });
    return (await standIn(never))?.note;
  };

  it('stands in for a node-exporter whose name does not resolve, and says so', async () => {
    const { body, note } = await fetchOf({}, 'node-exporter.invalid:9100')(never);
    expect(Buffer.from(body).toString()).toBe('node_load1 0.5\n');
    expect(note).toBe('answered by the built-in host collector, because "node-exporter.invalid" does not resolve');
    expect(await answerOf('node_exporter:80')).toContain('"node_exporter" does not resolve');
    expect(await answerOf('anything:9100')).toContain('"anything" does not resolve');
  });

  it('stands in when the resolver does not answer in time', async () => {
    expect(await answerOf('node-exporter:9100', { lookup: () => new Promise(() => undefined) })).toContain('does not resolve');
  });

  it('stands in for nothing else', async () => {
    expect(await answerOf('node-exporter:9100', { lookup: async () => '10.0.0.1' })).toBeUndefined();
    expect(await answerOf('node-exporter:9100', { resolve: { 'node-exporter': '127.0.0.1' } })).toBeUndefined();
    expect(await answerOf('app:5000')).toBeUndefined();
    expect(await answerOf('127.0.0.1:9100')).toBeUndefined();
    expect(await answerOf('[::1]:9100')).toBeUndefined();
    expect(await errorOf(fetchOf({}, 'app.invalid:5000'))).toMatch(
      /^Get "http:\/\/app\.invalid:5000\/metrics": no such host "app\.invalid"/,
    );
  });

  it('looks a name up once a minute, and notices when it appears', async () => {
    const clock = new FakeClock(1_000_000);
    let lookups = 0;
    let isThere = false;
    const lookup = async () => {
      lookups++;
      if (!isThere) throw new Error('ENOTFOUND');
    };
    const [outcome] = buildTargets(jobOf('j'), groupOf(['node-exporter:9100']));
    if (outcome?.type !== 'active') throw new Error('no target');
    const standIn = createStandIn(outcome.target, { clock, hostMetrics, resolve: {}, lookup });
    for (let i = 0; i < 4; i++) {
      expect(await standIn(never)).toBeDefined();
      await clock.advance(15_000);
    }
    expect(lookups).toBe(1);
    isThere = true;
    expect(await standIn(never)).toBeUndefined();
    expect(lookups).toBe(2);
  });
});
