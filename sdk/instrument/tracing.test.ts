import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { propagation, SpanKind, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Instrument, inSpan, mlPredictionDurationSeconds, recordError, traced, withLogFields } from './index.ts';
import { createLogger } from './logger.ts';
import { type ReceivedSpan, type Receiver, startReceiver } from './testing/receiver.ts';
import { startTracing, type Tracing, type TracingOptions } from './tracing.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  vi.unstubAllEnvs();
});

async function started(options: Partial<TracingOptions> = {}): Promise<{ receiver: Receiver; tracing: Tracing; problems: string[] }> {
  const receiver = await startReceiver();
  cleanups.push(() => receiver.close());
  const problems: string[] = [];
  const onProblem = (message: string) => problems.push(message);
  const tracing = startTracing({ service: 'churn', environment: 'test', endpoint: receiver.url, onProblem, ...options });
  cleanups.push(() => tracing.stop());
  return { receiver, tracing, problems };
}

const named = (receiver: Receiver, name: string): ReceivedSpan => receiver.spans.find((span) => span.name === name) ?? expect.fail(name);

describe('startTracing', () => {
  it('sends spans as protobuf, children under their parents', async () => {
    const { receiver, tracing } = await started({ version: '1.2.3', attributes: { team: 'ml' }, headers: { authorization: 'Bearer x' } });
    expect(tracing.isOn).toBe(true);
    const preprocess = traced('data_preprocessing', async (x: number) => x + 1, { attributes: { step: 1 } });
    const result = await inSpan('ml_pipeline', async (span) => {
      span.setAttribute('pipeline.name', 'fraud_detection');
      await sleep(1);
      return inSpan('model_inference', () => preprocess(1), { kind: SpanKind.CLIENT });
    });
    expect(result).toBe(2);
    await tracing.flush();
    const [root, inference, preprocessing] = ['ml_pipeline', 'model_inference', 'data_preprocessing'].map((name) => named(receiver, name));
    expect(root).toMatchObject({
      parentSpanId: '',
      kind: 1,
      attributes: { 'pipeline.name': 'fraud_detection' },
      status: { code: 0 },
      resource: { 'service.name': 'churn', 'service.version': '1.2.3', 'deployment.environment.name': 'test', team: 'ml' },
    });
    expect(inference).toMatchObject({ traceId: root?.traceId, parentSpanId: root?.spanId, kind: 3 });
    expect(preprocessing).toMatchObject({ traceId: root?.traceId, parentSpanId: inference?.spanId, attributes: { step: 1 } });
    expect(receiver.requests[0]?.headers).toMatchObject({ 'content-type': 'application/x-protobuf', authorization: 'Bearer x' });
  });

  it('sends user and password of the address as basic auth, and does not show them', async () => {
    const receiver = await startReceiver();
    cleanups.push(() => receiver.close());
    receiver.status = 401;
    const problems: string[] = [];
    const endpoint = receiver.url.replace('http://', 'http://user:hunter2@');
    const tracing = startTracing({ service: 'churn', endpoint: `${endpoint}/v1/traces`, onProblem: (message) => problems.push(message) });
    cleanups.push(() => tracing.stop());
    inSpan('step', () => undefined);
    await tracing.flush();
    expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { authorization: `Basic ${btoa('user:hunter2')}` } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain('hunter2');
  });

  it('records what is thrown, rejected or marked, and passes it on', async () => {
    const { receiver, tracing } = await started();
    const boom = new RangeError('too far');
    expect(() =>
      inSpan('throws', () => {
        throw boom;
      }),
    ).toThrow(boom);
    await expect(inSpan('rejects', async () => Promise.reject(boom))).rejects.toBe(boom);
    inSpan('marked', (span) => recordError(span, 'a word'));
    await tracing.flush();
    for (const name of ['throws', 'rejects']) {
      expect(named(receiver, name)).toMatchObject({
        status: { code: 2, message: 'too far' },
        attributes: { 'error.type': 'RangeError' },
        events: [{ name: 'exception', attributes: { 'exception.type': 'RangeError', 'exception.message': 'too far' } }],
      });
      expect(named(receiver, name).events[0]?.attributes['exception.stacktrace']).toContain('tracing.test.ts');
    }
    expect(named(receiver, 'marked')).toMatchObject({ status: { code: 2, message: 'a word' }, attributes: { 'error.type': 'string' } });
  });

  it('gives log lines the ids of the span they are written in, across await, timers and callbacks', async () => {
    const { receiver, tracing } = await started();
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger({ service: 'churn', destination: { write: (line) => lines.push(JSON.parse(line)) } });
    const bus = new EventEmitter();
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        withLogFields({ trace_id: 'not this one' }, () =>
          inSpan(`request ${i}`, async () => {
            logger.info('at once', { i });
            await sleep(Math.random() * 5);
            logger.info('after await', { i });
            await inSpan(
              `child ${i}`,
              () => new Promise<void>((resolve) => setTimeout(() => resolve(logger.info('in a child', { i })), 1)),
            );
            bus.once(`event ${i}`, () => logger.info('in a callback', { i }));
            bus.emit(`event ${i}`);
            logger.error('failed', { i, error: new Error('no') });
          }),
        ),
      ),
    );
    await tracing.flush();
    expect(lines).toHaveLength(50);
    for (const line of lines) {
      const span = named(receiver, `${line.message === 'in a child' ? 'child' : 'request'} ${line.i}`);
      expect([line.trace_id, line.span_id]).toEqual([span.traceId, span.spanId]);
    }
    expect(lines.every(({ trace_id }) => /^[0-9a-f]{32}$/.test(String(trace_id)))).toBe(true);
  });

  it('leaves exemplars on histograms, in OpenMetrics and not in the text format', async () => {
    const { receiver, tracing } = await started();
    const instrument = new Instrument();
    const histogram = instrument.histogram(mlPredictionDurationSeconds);
    histogram.observe({ model_version: 'v0' }, 0.02);
    inSpan('predict', () => histogram.observe({ model_version: 'v1' }, 0.02));
    inSpan('slow', () => histogram.observe({ model_version: 'v1' }, 60));
    inSpan('timed', () => histogram.startTimer({ model_version: 'v2' })());
    await tracing.flush();
    const text = await instrument.expose('text/plain;version=0.0.4;q=0.5,*/*;q=0.1');
    expect(text).toEqual({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: await instrument.metrics() });
    expect(text.body).not.toContain('trace_id');
    const { contentType, body } = await instrument.expose(
      'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5',
    );
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const exemplars = [...body.matchAll(/^(\S+_bucket\{.*\}) \d+ # \{trace_id="(\w+)",span_id="(\w+)"\} (\S+) (\S+)$/gm)];
    expect(exemplars.map(([, series, traceId, spanId, value]) => [series, traceId, spanId, value])).toEqual([
      bucket('0.025', 'v1', named(receiver, 'predict'), '0.02'),
      bucket('+Inf', 'v1', named(receiver, 'slow'), '60'),
      [...bucket('0.001', 'v2', named(receiver, 'timed')), expect.any(String)],
    ]);
    expect(Math.abs(Number(exemplars[0]?.[5]) - Date.now() / 1000)).toBeLessThan(60);
  });
  const bucket = (le: string, version: string, { traceId, spanId }: ReceivedSpan, ...value: string[]) => [
    `ml_prediction_duration_seconds_bucket{le="${le}",model_version="${version}"}`,
    traceId,
    spanId,
    ...value,
  ];

  it('follows the standard variables', async () => {
    const receiver = await startReceiver();
    cleanups.push(() => receiver.close());
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `${receiver.url}/`);
    vi.stubEnv('OTEL_SERVICE_NAME', 'from-env');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'region=eu,service.version=9');
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-scope-orgid=tenant');
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '10');
    const tracing = startTracing({ service: 'churn', version: '1' });
    cleanups.push(() => tracing.stop());
    inSpan('step', () => undefined);
    await expect.poll(() => receiver.spans).toHaveLength(1);
    expect(named(receiver, 'step').resource).toMatchObject({ 'service.name': 'from-env', 'service.version': '9', region: 'eu' });
    expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-scope-orgid': 'tenant' } });
    await tracing.stop();

    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
    const silent = startTracing({ service: 'churn' });
    cleanups.push(() => silent.stop());
    inSpan('not sampled', () => undefined);
    await silent.stop();
    expect(receiver.spans).toHaveLength(1);
  });

  it('does nothing without an endpoint or when it is switched off', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', '');
    expect(startTracing({ service: 'churn' }).isOn).toBe(false);
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    const off = startTracing({ service: 'churn', endpoint: 'http://127.0.0.1:9' });
    expect(off.isOn).toBe(false);
    expect(inSpan('x', (span) => span.isRecording())).toBe(false);
    await off.flush();
    await off.stop();
  });

  it('refuses a second tracer and an endpoint that is none', async () => {
    await started();
    expect(() => startTracing({ service: 'again', endpoint: 'http://127.0.0.1:9' })).toThrow('this process already has a tracer');
    expect(inSpan('still the first', (span) => span.isRecording())).toBe(true);
    expect(() => startTracing({ service: 'x', endpoint: 'localhost' })).toThrow(
      'the endpoint of traces is "localhost", expected an address',
    );
  });

  it('can be started again after a stop', async () => {
    const first = await started();
    await first.tracing.stop();
    expect(trace.getActiveSpan()).toBeUndefined();
    expect(propagation.fields()).toEqual([]);
    const second = await started();
    inSpan('second life', () => undefined);
    await second.tracing.flush();
    expect([first.receiver.spans.length, second.receiver.spans.length]).toEqual([0, 1]);
  });

  it('keeps spans while the endpoint is down, and catches up', async () => {
    const { receiver, tracing, problems } = await started();
    receiver.status = 500;
    inSpan('while it was down', () => undefined);
    await tracing.flush();
    await expect.poll(() => problems).toHaveLength(1);
    expect(problems[0]).toContain(`cannot send spans to ${receiver.url}/v1/traces: `);
    receiver.status = 200;
    inSpan('when it was back', () => undefined);
    await tracing.flush();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['while it was down', 'when it was back']);
    expect(problems[1]).toBe(`${receiver.url}/v1/traces takes spans again`);
  });

  it('keeps a bounded number of spans, the newest', async () => {
    const { receiver, tracing, problems } = await started({ maxKeptSpans: 5 });
    receiver.status = 500;
    for (let i = 0; i < 20; i++) inSpan(`span ${i}`, () => undefined);
    await tracing.flush();
    receiver.status = 200;
    inSpan('last', () => undefined);
    await tracing.flush();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['span 16', 'span 17', 'span 18', 'span 19', 'last']);
    expect(problems[1]).toContain('; 16 were lost so far');
  });

  it('catches up in batches', async () => {
    const { receiver, tracing } = await started();
    receiver.status = 500;
    for (let i = 0; i < 1500; i++) inSpan(`span ${i}`, () => undefined);
    await tracing.flush();
    receiver.status = 200;
    await tracing.flush();
    expect(receiver.spans.map(({ name }) => name)).toEqual(Array.from({ length: 1500 }, (_, i) => `span ${i}`));
    expect(receiver.requests.filter(({ status }) => status === 200)).toHaveLength(3);
  });

  it('drops what is refused for good', async () => {
    const { receiver, tracing, problems } = await started();
    receiver.status = 400;
    inSpan('refused', () => undefined);
    await tracing.flush();
    receiver.status = 200;
    inSpan('taken', () => undefined);
    await tracing.flush();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['taken']);
    expect(problems).toEqual([expect.stringContaining(`${receiver.url}/v1/traces refused 1 spans: `)]);
  });

  it('stops in time when nobody is there or nobody answers', async () => {
    const { receiver, tracing, problems } = await started();
    receiver.gate = new Promise(() => undefined);
    inSpan('never taken', () => undefined);
    const begun = performance.now();
    await tracing.stop();
    expect(problems).toEqual([`${receiver.url}/v1/traces has not taken the last spans before the end`]);
    const away = startTracing({ service: 'churn', endpoint: 'http://127.0.0.1:9', onProblem: () => undefined });
    inSpan('never taken', () => undefined);
    await away.stop();
    expect(performance.now() - begun).toBeLessThan(6000);
  });
});
