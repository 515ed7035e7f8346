import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InstrumentError } from './errors.ts';
import { createLogger, type LoggerOptions, type LokiOptions, type StructuredLogger, setTraceId, withLogFields } from './logger.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Line = Record<string, unknown> & { readonly traceback?: string; readonly context?: unknown };

/** A logger and every line that it wrote, parsed one by one. */
function recorded(options: Partial<LoggerOptions> = {}): { logger: StructuredLogger; lines: Line[] } {
  const lines: Line[] = [];
  const destination = {
    write(line: string) {
      expect(line.endsWith('\n')).toBe(true);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      lines.push(JSON.parse(line) as Line);
    },
  };
  const logger = createLogger({ service: 'ml-inference', environment: 'test', destination, ...options });
  cleanups.push(() => logger.close());
  return { logger, lines };
}

describe('createLogger', () => {
  it('writes the fields of the guide’s StructuredLogger', () => {
    const { logger, lines } = recorded();
    logger.info('Model prediction completed', {
      model_name: 'fraud-detector',
      model_version: 'v2.1',
      latency_ms: 45.2,
      prediction: 'fraud',
    });
    expect(lines).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: 'INFO',
        service: 'ml-inference',
        environment: 'test',
        message: 'Model prediction completed',
        model_name: 'fraud-detector',
        model_version: 'v2.1',
        latency_ms: 45.2,
        prediction: 'fraud',
      },
    ]);
    expect(Math.abs(Date.parse(String(lines[0]?.timestamp)) - Date.now())).toBeLessThan(5000);
  });

  it('has six levels and writes from its own on', () => {
    const all = recorded({ level: 'trace' });
    const some = recorded({ level: 'warn' });
    for (const { logger } of [all, some]) {
      for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'critical'] as const) logger[level](level);
    }
    expect(all.lines.map(({ level }) => level)).toEqual(['TRACE', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']);
    expect(some.lines.map(({ message }) => message)).toEqual(['warn', 'error', 'critical']);
  });

  it('writes exceptions with type, message, and the stack with its causes', () => {
    const { logger, lines } = recorded();
    class ModelError extends Error {
      override readonly name = 'ModelError';
    }
    const cause = new TypeError('no weights');
    logger.error('Prediction failed', { error: new ModelError('cannot predict', { cause }), model_name: 'churn' });
    logger.error('Odd', { error: 'just text' });
    logger.warn('None', { error: undefined });
    logger.pino.error(new RangeError('from a framework'));
    expect(lines[0]).toMatchObject({
      level: 'ERROR',
      model_name: 'churn',
      exception_type: 'ModelError',
      exception_message: 'cannot predict',
    });
    expect(lines[0]?.traceback).toMatch(/cannot predict\n {4}at .*logger\.test\.ts[\s\S]*\ncaused by: TypeError: no weights\n {4}at /);
    expect(lines[0]).not.toHaveProperty('error');
    expect(lines[1]).toMatchObject({ exception_type: 'string', exception_message: 'just text' });
    expect(lines[2]).not.toHaveProperty('exception_type');
    expect(lines[3]).toMatchObject({ message: 'from a framework', exception_type: 'RangeError' });
  });

  it('keeps its own fields, cuts huge stacks and survives what JSON cannot hold', () => {
    const { logger, lines } = recorded();
    const circle: Record<string, unknown> = { count: 12n };
    circle.self = circle;
    logger.info('text', { level: 'mine', service: 'other', message: 'other', timestamp: 1, circle, trace_id: 'given' });
    expect(lines[0]).toMatchObject({
      level: 'INFO',
      service: 'ml-inference',
      message: 'text',
      level_: 'mine',
      service_: 'other',
      message_: 'other',
      timestamp_: 1,
      trace_id: 'given',
      circle: { self: '[Circular]' },
    });
    logger.error('long', { error: new Error('x'.repeat(1e6)) });
    expect(JSON.stringify(lines[1]).length).toBeLessThan(50_000);
    logger.error('odd', { error: circle });
    expect(lines[2]).toMatchObject({ exception_type: 'object', exception_message: '[object Object]' });
  });

  it('writes events as the setup guide does', () => {
    const { logger, lines } = recorded();
    logger.logEvent('model_prediction', { model: 'fraud_detector', prediction: 'legitimate', confidence: 0.95, latency_ms: 150 });
    expect(lines[0]).toMatchObject({
      event_type: 'model_prediction',
      message: 'model_prediction',
      level: 'INFO',
      context: { model: 'fraud_detector', prediction: 'legitimate', confidence: 0.95, latency_ms: 150 },
    });
  });

  it('has children that add fields, and hides what is secret', () => {
    const { logger, lines } = recorded({ redact: ['password'] });
    logger.child({ component: 'features', level: 'x' }).child({ store: 'redis' }).info('asked', { password: 'hunter2' });
    logger.info('plain');
    expect(lines[0]).toMatchObject({ component: 'features', store: 'redis', level: 'INFO', level_: 'x', password: '[Redacted]' });
    expect(lines[1]).not.toHaveProperty('component');
  });
});

describe('log scopes', () => {
  it('follow await, timers, callbacks and events, and stay apart', async () => {
    const { logger, lines } = recorded();
    const bus = new EventEmitter();
    async function request(id: string): Promise<void> {
      await withLogFields({ trace_id: id, tenant: 't' }, async () => {
        await sleep(Math.random() * 5);
        logger.info('after await');
        setTimeout(() => logger.info('in a timer'), 1);
        setImmediate(() => queueMicrotask(() => logger.info('in a microtask')));
        bus.once(id, () => logger.info('in a listener'));
        bus.emit(id);
        await withLogFields({ tenant: 'inner' }, async () => logger.info('inside'));
      });
    }
    const ids = Array.from({ length: 20 }, (_, i) => `request-${i}`);
    await Promise.all(ids.map(request));
    await vi.waitUntil(() => lines.length === 5 * ids.length);
    logger.info('outside');
    for (const id of ids) {
      const own = lines.filter(({ trace_id }) => trace_id === id);
      expect(own.map(({ message }) => message).sort()).toEqual(['after await', 'in a listener', 'in a microtask', 'in a timer', 'inside']);
      expect(own.find(({ message }) => message === 'inside')?.tenant).toBe('inner');
    }
    expect(lines.at(-1)).not.toHaveProperty('trace_id');
  });

  it('take a trace id that is set on the way', async () => {
    const { logger, lines } = recorded();
    await Promise.all(
      ['a', 'b'].map(async (id) => {
        await sleep(1);
        setTraceId(id);
        await sleep(2);
        logger.info(id);
      }),
    );
    expect(lines.map(({ message, trace_id }) => [message, trace_id]).sort()).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });
});

describe('loki', () => {
  async function shipping(options: Partial<LokiOptions> = {}) {
    const receiver = await startReceiver();
    cleanups.push(() => receiver.close());
    const problems: string[] = [];
    const loki = { url: receiver.url, intervalMs: 20, onProblem: (message: string) => problems.push(message), ...options };
    return { ...recorded({ loki }), receiver, problems };
  }
  const messages = (receiver: Receiver) => receiver.lines.map(({ line }) => (JSON.parse(line) as Line).message);

  it('gets the very lines of the output, with few labels and the trace as metadata', async () => {
    const { logger, lines, receiver } = await shipping({ labels: { team: 'ml' }, headers: { 'x-scope-orgid': 'tenant' } });
    withLogFields({ trace_id: 'abc-123-def' }, () => logger.info('first'));
    logger.error('second');
    logger.error('second');
    await logger.flush();
    expect(receiver.lines.map(({ line }) => JSON.parse(line))).toEqual(expect.arrayContaining(lines));
    expect(receiver.lines.map(({ labels, metadata }) => [labels.level, metadata])).toEqual([
      ['INFO', { trace_id: 'abc-123-def' }],
      ['ERROR', undefined],
      ['ERROR', undefined],
    ]);
    for (const { labels, timestampNs, line } of receiver.lines) {
      expect(labels).toEqual({ service: 'ml-inference', environment: 'test', team: 'ml', level: expect.any(String) });
      expect(timestampNs.slice(0, 13)).toBe(String(Date.parse(String((JSON.parse(line) as Line).timestamp))));
    }
    expect(new Set(receiver.lines.map(({ timestampNs }) => timestampNs)).size).toBe(3);
    expect(receiver.requests[0]).toMatchObject({ path: '/loki/api/v1/push', headers: { 'x-scope-orgid': 'tenant' } });
  });

  it('sends by itself, in batches', async () => {
    const { logger, receiver } = await shipping();
    for (let i = 0; i < 500; i++) logger.info(`line ${i}`);
    await expect.poll(() => receiver.lines.length).toBe(500);
    expect(receiver.requests).toHaveLength(1);
    expect(messages(receiver)).toEqual(Array.from({ length: 500 }, (_, i) => `line ${i}`));
  });

  it('flushes when it is closed, also what comes while a push is running', async () => {
    const { logger, receiver } = await shipping({ intervalMs: 1 });
    let open: () => void = () => expect.fail('not started');
    receiver.gate = new Promise((resolve) => (open = resolve));
    logger.info('first');
    await sleep(30);
    logger.info('second');
    const closed = logger.close();
    open();
    await closed;
    expect(messages(receiver)).toEqual(['first', 'second']);
  });

  it('keeps lines while the endpoint is down or overloaded, and catches up in order', async () => {
    const { logger, receiver, problems } = await shipping();
    receiver.status = 503;
    logger.info('during the overload');
    await expect.poll(() => problems).toHaveLength(1);
    expect(problems[0]).toBe(
      `cannot send log lines to ${receiver.url}/loki/api/v1/push: HTTP 503 not now; trying on, and keeping up to 8 MiB of them`,
    );
    await receiver.close();
    logger.info('while it is away');
    await logger.flush();
    expect(problems).toHaveLength(1);
    const again = await startReceiver(Number(new URL(receiver.url).port));
    cleanups.push(() => again.close());
    logger.info('when it is back');
    await expect.poll(() => messages(again), { timeout: 15_000 }).toEqual(['during the overload', 'while it is away', 'when it is back']);
    // Its answer comes after what it holds is seen.
    await expect.poll(() => problems[1]).toBe(`${receiver.url}/loki/api/v1/push takes log lines again`);
  });

  it('never throws, keeps a bounded buffer and closes in time when nobody is there', async () => {
    const problems: string[] = [];
    const { logger, lines } = recorded({
      loki: { url: 'http://127.0.0.1:9', intervalMs: 1, maxBufferBytes: 100_000, onProblem: (message) => problems.push(message) },
    });
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 20_000; i++) logger.info('x'.repeat(1000));
    await logger.flush();
    lines.length = 0;
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6);
    const started = performance.now();
    await logger.close();
    expect(performance.now() - started).toBeLessThan(5000);
    expect(problems).toContain('the buffer of log lines for http://127.0.0.1:9/loki/api/v1/push is full: the oldest are dropped');
    expect(problems.at(-1)).toMatch(/^\d+ log lines could not be sent to http:\/\/127\.0\.0\.1:9\/loki\/api\/v1\/push before the end$/);
    expect(Number(/\d+/.exec(problems.at(-1) ?? '')?.[0])).toBeLessThan(100);
    logger.info('after the end');
  });

  it('closes in time when the endpoint does not answer', async () => {
    const { logger, receiver } = await shipping();
    receiver.gate = new Promise(() => undefined);
    logger.info('never taken');
    const started = performance.now();
    await logger.close();
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it('drops what is refused for good, and says so once', async () => {
    const { logger, receiver, problems } = await shipping();
    receiver.status = 400;
    logger.info('refused');
    await logger.flush();
    logger.info('refused too');
    await logger.flush();
    receiver.status = 200;
    logger.info('taken');
    logger.info('y'.repeat(300_000));
    await logger.flush();
    expect(messages(receiver)).toEqual(['taken']);
    expect(problems).toEqual([`${receiver.url}/loki/api/v1/push refused some or all of 1 log lines: HTTP 400 not now`]);
  });

  it('takes user and password out of the address', async () => {
    const server = createServer((request, response) => response.end(request.headers.authorization)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(async () => server.close());
    const seen = once(server, 'request');
    const { port } = server.address() as AddressInfo;
    const { logger } = recorded({ loki: { url: `http://user:s%40cret@127.0.0.1:${port}/prefix/` } });
    logger.info('x');
    void logger.flush();
    const [request] = await seen;
    expect([request.url, request.headers.authorization]).toEqual([
      '/prefix/loki/api/v1/push',
      `Basic ${Buffer.from('user:s@cret').toString('base64')}`,
    ]);
  });

  it('refuses settings that cannot work', () => {
    const refused = (loki: LokiOptions) => () => createLogger({ service: 's', loki });
    expect(refused({ url: 'localhost:3100' })).toThrow('loki url is "localhost:3100", expected an address such as http://127.0.0.1:9090');
    expect(refused({ url: 'http://x', labels: { 'a-b': '1' } })).toThrow('loki label "a-b" does not match');
    expect(refused({ url: '' })).toThrow(InstrumentError);
  });
});
