import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { fastifyTelemetry, Instrument, startMetricsServer } from './index.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function service(instrument: Instrument): Promise<FastifyInstance> {
  const app = Fastify();
  cleanups.push(() => app.close());
  await app.register(fastifyTelemetry, { instrument });
  app.get('/users/:id', async () => 'user');
  app.get('/broken', async () => {
    throw new Error('broken');
  });
  await app.register(
    async (child) => {
      child.get('/inner', async () => 'inner');
    },
    { prefix: '/child' },
  );
  return app;
}

async function requestLines(app: FastifyInstance): Promise<string[]> {
  const { body } = await app.inject('/metrics');
  return body.split('\n').filter((line) => line.startsWith('http_requests_total'));
}

describe('fastifyTelemetry', () => {
  it('labels by route pattern, counts unknown paths as one, and leaves its own scrapes out', async () => {
    const app = await service(new Instrument());
    for (const url of ['/users/1', '/users/2?x=1', '/child/inner', '/broken', '/wp-login.php', '/.env']) await app.inject(url);
    await app.inject({ method: 'POST', url: '/users/1' });
    expect(await requestLines(app)).toEqual([
      'http_requests_total{method="GET",endpoint="/users/:id",status="200"} 2',
      'http_requests_total{method="GET",endpoint="/child/inner",status="200"} 1',
      'http_requests_total{method="GET",endpoint="/broken",status="500"} 1',
      'http_requests_total{method="GET",endpoint="unmatched",status="404"} 2',
      'http_requests_total{method="POST",endpoint="unmatched",status="404"} 1',
    ]);
    const metrics = await app.inject('/metrics');
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(metrics.body).toContain('http_request_duration_seconds_count{method="GET",endpoint="/users/:id"} 2');
  });

  it('records a client that hangs up as 499', async () => {
    const app = await service(new Instrument());
    let release: () => void = () => expect.fail('not started');
    const arrived = new Promise<void>((resolve) => {
      app.get('/slow', async () => {
        resolve();
        await new Promise<void>((go) => (release = go));
        return 'late';
      });
    });
    const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const socket = connect(Number(url.port), url.hostname);
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await arrived;
    socket.destroy();
    await expect.poll(() => requestLines(app)).toEqual(['http_requests_total{method="GET",endpoint="/slow",status="499"} 1']);
    release();
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
