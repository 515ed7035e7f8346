// OTLP over gRPC: OpenTelemetry's own exporters, unchanged, and calls by hand for what they never do.
import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeTraces } from '../../formats/otlp/encode-protobuf.ts';
import { encodeMetrics } from '../../formats/otlp/testing/encode-metrics.ts';
import { testSpan } from '../../formats/otlp/testing/spans.ts';
import { Authenticator } from '../../http/auth/authenticator.ts';
import { createGrpcServer, type GrpcServer, type GrpcServerOptions } from '../../http/grpc-server.ts';
import { AppError } from '../../model/app-error.ts';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { Secret } from '../../model/secret.ts';
import type { Span } from '../../model/span.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { otlpGrpcFailure, otlpGrpcMethods } from './grpc.ts';
import { testReceivers } from './testing/receivers.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const SERVICES = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};
const now = BigInt(Date.now()) * 1_000_000n;
const span = (fields: Partial<Span> = {}) => testSpan({ startNs: now - 1_000_000n, endNs: now, ...fields });

describe('OTLP over gRPC', () => {
  const store = openMemoryStore(systemClock);
  const errors: unknown[] = [];
  const seen: string[] = [];
  const opened: (GrpcServer | Client)[] = [];
  let failure: Error | undefined;
  let address: string;

  async function start(more: Partial<GrpcServerOptions> = {}): Promise<string> {
    const receivers = testReceivers(store);
    const spans = { push: (pushed: readonly Span[]) => (failure ? Promise.reject(failure) : receivers.spans.push(pushed)) };
    const server = createGrpcServer({
      clock: systemClock,
      noAuth: false,
      maxMessageBytes: 100_000,
      methods: otlpGrpcMethods({ ...receivers, spans }),
      failureOf: otlpGrpcFailure,
      reportError: (error) => errors.push(error),
      observe: ({ route, status: answered }) => seen.push(`${route.split('.').at(-1)} ${answered}`),
      ...more,
    });
    opened.push(server);
    const { port } = await server.listen(LOCAL);
    return `127.0.0.1:${port}`;
  }
  beforeEach(async () => {
    failure = undefined;
    errors.length = seen.length = 0;
    address = await start();
  });
  afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())));

  /** The bytes of the answer; rejects with a ServiceError. */
  function call(
    signal: keyof typeof SERVICES,
    message: Uint8Array,
    { to = address, compress = false, headers = {} as Record<string, string> } = {},
  ): Promise<Buffer> {
    const client = new Client(to, credentials.createInsecure(), compress ? { 'grpc.default_compression_algorithm': 2 } : {});
    opened.push(client);
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const same = (bytes: Buffer) => bytes;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(SERVICES[signal], same, same, Buffer.from(message), metadata, (error, answer) =>
        error ? reject(error) : resolve(answer as Buffer),
      );
    });
  }
  const failureOf = (calling: Promise<unknown>) =>
    calling.then(
      () => expect.unreachable('the call succeeded'),
      ({ code, details, metadata }: ServiceError) => ({ code, details, hasRetry: metadata.get('grpc-status-details-bin').length > 0 }),
    );

  it.each([CompressionAlgorithm.NONE, CompressionAlgorithm.GZIP])('takes spans of the exporter (compression: %s)', async (compression) => {
    const exporter = new OTLPTraceExporter({ url: `http://${address}`, compression });
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'churn' }),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const sent = provider.getTracer('t').startSpan('predict');
    sent.end();
    await provider.shutdown();
    const [found] = await store.traces.traces([sent.spanContext().traceId], {});
    expect(found).toMatchObject([{ name: 'predict', spanId: sent.spanContext().spanId }]);
  });

  it('takes log records of the exporter', async () => {
    const exporter = new OTLPLogExporter({ url: `http://${address}` });
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ 'service.name': 'churn-logs' }),
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    provider.getLogger('l').emit({ body: 'model loaded', severityNumber: SeverityNumber.INFO });
    await provider.shutdown();
    const streams = await store.logs.streams({ matcherSets: [], startNs: now - 60_000_000_000n, endNs: now + 60_000_000_000n }, {});
    expect(streams.map(String)).toEqual(['{service_name="churn-logs"}']);
  });

  it('answers with an empty message, and tells what was refused', async () => {
    expect(await call('traces', encodeTraces([span()]))).toHaveLength(0);
    const reader = new BinaryReader(await call('traces', encodeTraces([span({ traceId: '' }), span()]), { compress: true }));
    expect([reader.uint32(), reader.uint32() > 0, reader.uint32(), reader.int64(), reader.uint32()]).toEqual([0x0a, true, 0x08, 1n, 0x12]);
    expect(reader.string()).toContain('1 of 2 spans refused: 1 no trace id');
    const point = { timeUnixNano: `${now}`, asInt: '1' };
    const metrics = ['good', ''].map((name) => ({ name, gauge: { dataPoints: [point] } }));
    const answer = await call('metrics', encodeMetrics({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
    expect(answer.toString()).toContain('1 of 2 data points refused: 1 invalid name');
    expect(await call('logs', new Uint8Array())).toHaveLength(0);
    expect(seen).toEqual(['TraceService/Export 200', 'TraceService/Export 200', 'MetricsService/Export 200', 'LogsService/Export 200']);
  });

  it('says what is wrong with a message, and that it need not come again', async () => {
    expect(await failureOf(call('traces', Buffer.from('{}')))).toEqual({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('this is not OTLP in protobuf'),
      hasRetry: false,
    });
    expect(errors).toEqual([]);
  });

  it('takes no message that is too large, before or after decompression', async () => {
    const zeros = new Uint8Array(1_000_000);
    const tooLarge = { code: status.RESOURCE_EXHAUSTED, details: expect.stringMatching(/larger than/), hasRetry: false };
    expect(await failureOf(call('traces', zeros))).toEqual(tooLarge);
    expect(gzipSync(zeros).length).toBeLessThan(10_000);
    expect(await failureOf(call('traces', zeros, { compress: true }))).toEqual(tooLarge);
  });

  it('asks to try again when the buffer is full, and only then', async () => {
    failure = new AppError('storage.overloaded', 'the buffer is full');
    expect(await failureOf(call('traces', encodeTraces([span()])))).toEqual({
      code: status.UNAVAILABLE,
      details: 'the buffer is full',
      hasRetry: true,
    });
    failure = new Error('surprise \ud800');
    expect(await failureOf(call('traces', encodeTraces([span()])))).toMatchObject({ code: status.INTERNAL, hasRetry: false });
    expect(errors).toEqual([failure]);
  });

  it('lets nobody in without the credentials, before the message is read', async () => {
    const to = await start({ authenticator: new Authenticator({ clock: systemClock, token: new Secret('s3cret') }) });
    const body = encodeTraces([span()]);
    const refused = { code: status.UNAUTHENTICATED, hasRetry: false };
    expect(await failureOf(call('traces', body, { to }))).toMatchObject({
      ...refused,
      details: expect.stringContaining('credentials are missing'),
    });
    const wrong = { authorization: 'Bearer no' };
    expect(await failureOf(call('traces', new Uint8Array(1_000_000), { to, headers: wrong }))).toMatchObject(refused);
    expect(await call('traces', body, { to, headers: { authorization: 'Bearer s3cret' } })).toHaveLength(0);
    const basic = `Basic ${Buffer.from('any:s3cret').toString('base64')}`;
    expect(await call('traces', body, { to, headers: { authorization: basic } })).toHaveLength(0);
  });

  it('gives up on a message that does not arrive, and lets the next in', async () => {
    const clock = new FakeClock();
    const to = await start({ clock, maxBytes: 100_000 });
    const session = connect(`http://${to}`);
    const stream = session.request({ ':method': 'POST', ':path': SERVICES.traces, 'content-type': 'application/grpc', te: 'trailers' });
    let answer: unknown;
    stream.once('response', (headers) => {
      answer = headers['grpc-status'];
    });
    stream.write(Buffer.of(0, 0, 0));
    while (answer === undefined) await clock.advance(1_000);
    expect(answer).toBe(String(status.DEADLINE_EXCEEDED));
    session.destroy();
    expect(await call('traces', encodeTraces([span()]), { to })).toHaveLength(0);
  });

  it('lets calls wait while others have all the room', async () => {
    const working = new Set<() => void>();
    const handle = () => new Promise<Uint8Array>((resolve) => working.add(() => resolve(Buffer.of(working.size))));
    const to = await start({ maxBytes: 200_000, methods: [{ path: SERVICES.traces, handle }] });
    const calls = Array.from({ length: 5 }, () => call('traces', Buffer.alloc(50_000), { to }));
    const answered = new Set<number>();
    calls.forEach((calling, i) => void calling.then(() => answered.add(i)));
    let most = 0;
    while (answered.size < calls.length) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      most = Math.max(most, working.size);
      for (const finish of working) finish();
      working.clear();
    }
    expect(most).toBe(2);
  });
});
