// The same promises kept by every HTTP framework: run on real servers of Fastify, Express 5 and Express 4.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express5, { type Express } from 'express';
import express4 from 'express-4';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { expressTelemetry, fastifyTelemetry, Instrument, inSpan, startMetricsServer } from './index.ts';
import { createLogger, type StructuredLogger } from './logger.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';
import { startTracing, type Tracing } from './tracing.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Service {
  readonly url: string;
  readonly lines: Record<string, unknown>[];
  /** Resolves when `GET /slow` has begun; its answer waits until `release`. */
  readonly arrived: Promise<void>;
  readonly release: () => void;
}

/** What every framework's routes do. */
interface Handlers {
  readonly logger: StructuredLogger;
  readonly slow: () => Promise<string>;
  readonly work: (body: unknown) => Promise<unknown>;
}

type Start = (instrument: Instrument, handlers: Handlers) => Promise<string>;

async function startFastify(instrument: Instrument, { logger, slow, work }: Handlers): Promise<string> {
  const app = Fastify({ bodyLimit: 10_000 });
  cleanups.push(() => app.close());
  await app.register(fastifyTelemetry, { instrument });
  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    logger.error('Request failed', { error });
    reply.code(error.statusCode ?? 500).send({ error: error.message });
  });
  app.get('/users/:id', async () => 'user');
  app.get('/broken', async () => {
    throw new Error('broken');
  });
  app.get('/slow', slow);
  app.post('/work', async (request) => work(request.body));
  await app.register(
    async (child) => {
      child.get('/inner', async () => 'inner');
      child.get('/fails', async () => {
        throw new Error('inner failure');
      });
    },
    { prefix: '/tenants/:tenant' },
  );
  return app.listen({ port: 0, host: '127.0.0.1' });
}

const startExpress =
  (express: typeof express5): Start =>
  async (instrument, { logger, slow, work }) => {
    const app: Express = express();
    app.use(expressTelemetry({ instrument }));
    app.use(express.json({ limit: 10_000 }));
    app.get('/users/:id', (_request, response) => void response.send('user'));
    app.get('/broken', (_request, _response, next) => next(new Error('broken')));
    app.get('/slow', (_request, response, next) => void slow().then((text) => response.send(text), next));
    app.post('/work', (request, response, next) => void work(request.body).then((answer) => response.json(answer), next));
    const child = express.Router();
    child.get('/inner', (_request, response) => void response.send('inner'));
    child.get('/fails', (_request, _response, next) => next(new Error('inner failure')));
    app.use('/tenants/:tenant', child);
    app.use((error: Error & { statusCode?: number }, _request: unknown, response: express5.Response, next: (error?: unknown) => void) => {
      if (response.headersSent) return next(error);
      logger.error('Request failed', { error });
      response.status(error.statusCode ?? 500).json({ error: error.message });
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(async () => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

const frameworks: [string, Start][] = [
  ['fastifyTelemetry', startFastify],
  ['expressTelemetry on Express 5', startExpress(express5)],
  ['expressTelemetry on Express 4', startExpress(express4)],
];

describe.each(frameworks)('%s', (_name, start) => {
  async function service(): Promise<Service> {
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger({ service: 'web', destination: { write: (line) => lines.push(JSON.parse(line)) } });
    let [release, arrive]: (() => void)[] = [];
    const released = new Promise<void>((resolve) => (release = resolve));
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const url = await start(new Instrument(), {
      logger,
      async slow() {
        arrive?.();
        await released;
        return 'late';
      },
      async work(body) {
        logger.info('working', { body });
        await sleep(2);
        return inSpan('step', async () => {
          await sleep(1);
          logger.info('worked');
          return { done: true };
        });
      },
    });
    return { url, lines, arrived, release: () => release?.() };
  }
  async function requestLines(url: string): Promise<string[]> {
    const body = await (await fetch(`${url}/metrics`)).text();
    return body.split('\n').filter((line) => line.startsWith('http_requests_total'));
  }
  async function traced(): Promise<{ receiver: Receiver; tracing: Tracing }> {
    const receiver = await startReceiver();
    cleanups.push(() => receiver.close());
    const tracing = startTracing({ service: 'web', endpoint: receiver.url });
    cleanups.push(() => tracing.stop());
    return { receiver, tracing };
  }
  const post = (url: string, body: string, headers: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

  it('labels by route pattern, counts unknown paths as one, and leaves its own scrapes out', async () => {
    const { url } = await service();
    for (const path of [
      '/users/1',
      '/users/2?x=1',
      '/tenants/7/inner',
      '/tenants/8/inner',
      '/tenants/9/fails',
      '/broken',
      '/wp-login.php',
      '/.env',
    ]) {
      await (await fetch(url + path)).text();
    }
    await post(`${url}/users/1`, '{}');
    const line = (labels: string, value: number) => `http_requests_total{${labels}} ${value}`;
    expect((await requestLines(url)).sort()).toEqual(
      [
        line('method="GET",endpoint="/users/:id",status="200"', 2),
        line('method="GET",endpoint="/tenants/:tenant/inner",status="200"', 2),
        line('method="GET",endpoint="/tenants/:tenant/fails",status="500"', 1),
        line('method="GET",endpoint="/broken",status="500"', 1),
        line('method="GET",endpoint="unmatched",status="404"', 2),
        line('method="POST",endpoint="unmatched",status="404"', 1),
      ].sort(),
    );
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await metrics.text()).toContain('http_request_duration_seconds_count{method="GET",endpoint="/users/:id"} 2');
  });

  it('records a client that hangs up as 499, in flight until then', async () => {
    const { url, arrived, release } = await service();
    const inFlight = async () => /^http_requests_in_flight (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await arrived;
    expect(await inFlight()).toBe('1');
    socket.destroy();
    await expect.poll(() => requestLines(url)).toEqual(['http_requests_total{method="GET",endpoint="/slow",status="499"} 1']);
    expect(await inFlight()).toBe('0');
    release();
  });

  it('opens a server span with the conventional attributes, a child of the caller’s', async () => {
    const { receiver, tracing } = await traced();
    const { url } = await service();
    const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    await fetch(`${url}/users/5?secret=1`, { headers: { traceparent: `00-${traceId}-${parentId}-01`, 'user-agent': 'test/1' } });
    await fetch(`${url}/broken`);
    await fetch(`${url}/nowhere`);
    await expect.poll(async () => tracing.flush().then(() => receiver.spans.length)).toBe(3);
    const [user, broken, nowhere] = receiver.spans;
    expect(user).toMatchObject({
      name: 'GET /users/:id',
      kind: 2,
      traceId,
      parentSpanId: parentId,
      status: { code: 0 },
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/users/:id',
        'http.response.status_code': 200,
        'url.path': '/users/5',
        'url.scheme': 'http',
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(url).port),
        'client.address': '127.0.0.1',
        'network.protocol.version': '1.1',
        'user_agent.original': 'test/1',
      },
    });
    expect(JSON.stringify(user)).not.toContain('secret');
    expect(broken).toMatchObject({ name: 'GET /broken', parentSpanId: '', status: { code: 2 }, attributes: { 'error.type': '500' } });
    expect(nowhere).toMatchObject({ name: 'GET', status: { code: 0 }, attributes: { 'http.response.status_code': 404 } });
    expect(nowhere?.attributes).not.toHaveProperty('http.route');
  });

  it('gives log lines the request’s trace, after its body too, and its latency an exemplar', async () => {
    const { receiver, tracing } = await traced();
    const { url, lines } = await service();
    // One connection for all, and bodies that come in pieces: both would mix up what belongs to whom.
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        post(`${url}/work`, JSON.stringify({ i, text: 'x'.repeat(9000) }), { 'x-request-id': `id-${i}` }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await expect.poll(async () => tracing.flush().then(() => receiver.spans.length)).toBe(10);
    expect(lines).toHaveLength(10);
    for (const { message, trace_id, span_id, request_id, method, path } of lines) {
      expect([request_id, method, path]).toEqual([expect.stringMatching(/^id-\d$/), 'POST', '/work']);
      const span = receiver.spans.find(({ spanId }) => spanId === span_id);
      expect([span?.traceId, span?.name]).toEqual([trace_id, message === 'worked' ? 'step' : 'POST /work']);
    }
    expect(new Set(lines.map(({ trace_id }) => trace_id)).size).toBe(5);
    const accept = { headers: { accept: 'application/openmetrics-text;version=1.0.0' } };
    const exposition = await fetch(`${url}/metrics`, accept);
    expect(exposition.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const exemplar = /http_request_duration_seconds_bucket\{[^}]*endpoint="\/work"[^}]*\} \d+ # \{trace_id="(\w+)"/.exec(
      await exposition.text(),
    );
    expect(lines.map(({ trace_id }) => trace_id)).toContain(exemplar?.[1]);
  });

  it('has the trace also where the body is refused', async () => {
    const { receiver, tracing } = await traced();
    const { url, lines } = await service();
    expect((await post(`${url}/work`, '{"a": ')).status).toBe(400);
    expect((await post(`${url}/work`, `"${'x'.repeat(20_000)}"`)).status).toBe(413);
    await expect.poll(async () => tracing.flush().then(() => receiver.spans.length)).toBe(2);
    expect(lines.map(({ message, trace_id }) => [message, trace_id])).toEqual(
      receiver.spans.map(({ traceId }) => ['Request failed', traceId]),
    );
  });

  it('gives log lines a trace id without a tracer, the caller’s where it sends one', async () => {
    const { url, lines } = await service();
    await post(`${url}/work`, '{}', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    await post(`${url}/work`, '{}', { traceparent: 'nonsense', 'x-request-id': 'not\tgood' });
    expect(lines.map(({ trace_id }) => trace_id)).toEqual([
      '0af7651916cd43dd8448eb211c80319c',
      '0af7651916cd43dd8448eb211c80319c',
      expect.stringMatching(/^[0-9a-f]{32}$/),
      lines[2]?.trace_id,
    ]);
    expect(lines[2]).not.toHaveProperty('request_id');
    expect(lines[2]).not.toHaveProperty('span_id');
  });
});

describe('the logger behind Fastify', () => {
  it('writes the framework’s own lines, those of a request with its ids', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger({ service: 'web', destination: { write: (line) => lines.push(JSON.parse(line)) } });
    const app = Fastify({ loggerInstance: logger.pino });
    cleanups.push(() => app.close());
    await app.register(fastifyTelemetry, { instrument: new Instrument() });
    app.get('/', async (request) => {
      request.log.info({ step: 1 }, 'in the handler');
      throw new TypeError('broken');
    });
    await app.inject({ url: '/', headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } });
    const traced = { service: 'web', trace_id: '0af7651916cd43dd8448eb211c80319c', reqId: 'req-1' };
    expect(lines).toContainEqual(expect.objectContaining({ ...traced, level: 'INFO', message: 'in the handler', step: 1 }));
    expect(lines).toContainEqual(
      expect.objectContaining({ ...traced, level: 'ERROR', exception_type: 'TypeError', exception_message: 'broken' }),
    );
  });
});

describe('startMetricsServer', () => {
  it('serves the exposition and nothing else', async () => {
    const instrument = new Instrument();
    instrument.gauge({ name: 'jobs', type: 'gauge', help: 'Jobs', unit: 'count', labels: {} }).set(3);
    const server = await startMetricsServer(instrument, { port: 0 });
    cleanups.push(server.close);
    const answer = await fetch(server.url);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toContain('jobs 3');
    const openMetrics = await fetch(server.url, { headers: { accept: 'application/openmetrics-text' } });
    expect(await openMetrics.text()).toBe('# HELP jobs Jobs\n# TYPE jobs gauge\njobs 3\n# EOF\n');
    expect((await fetch(new URL('/', server.url))).status).toBe(404);
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(405);
    await expect(startMetricsServer(instrument, { port: Number(new URL(server.url).port) })).rejects.toThrow('the port is taken');
  });

  it('answers 500 and says why when a sampler fails', async () => {
    const instrument = new Instrument();
    instrument.beforeCollect('gpu', () => {
      throw new Error('no GPU');
    });
    const server = await startMetricsServer(instrument, { port: 0 });
    cleanups.push(server.close);
    const answer = await fetch(server.url);
    expect([answer.status, await answer.text()]).toEqual([500, 'collecting metrics failed: Error: no GPU\n']);
  });
});
