import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeTraces } from '../../formats/otlp/encode-protobuf.ts';
import { encodeMetrics } from '../../formats/otlp/testing/encode-metrics.ts';
import { testSpan } from '../../formats/otlp/testing/spans.ts';
import { createHttpServer, type HttpServer } from '../../http/server.ts';
import { AppError } from '../../model/app-error.ts';
import { systemClock } from '../../model/clock.ts';
import type { Span } from '../../model/span.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { otlpApi } from './plugin.ts';
import { testReceivers } from './testing/receivers.ts';

describe('OTLP over HTTP', () => {
  const store = openMemoryStore(systemClock);
  const errors: unknown[] = [];
  let failure: Error | undefined;
  let server: HttpServer;
  let app: FastifyInstance;
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = (fields: Partial<Span> = {}) => testSpan({ startNs: now - 1_000_000n, endNs: now, ...fields });

  beforeEach(async () => {
    failure = undefined;
    errors.length = 0;
    const receivers = testReceivers(store);
    const spans = { push: (pushed: readonly Span[]) => (failure ? Promise.reject(failure) : receivers.spans.push(pushed)) };
    const options = {
      clock: systemClock,
      listen: { host: '127.0.0.1', port: 0 },
      noAuth: false,
      externalUrl: '',
      maxRequestBytes: 100_000,
      reportError: () => undefined,
    };
    server = await createHttpServer(options, [otlpApi({ ...receivers, spans, reportError: (error) => errors.push(error) })]);
    app = server.app;
  });
  afterEach(() => server.close());

  const push = (body: string | Uint8Array, headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/v1/traces', headers, payload: typeof body === 'string' ? body : Buffer.from(body) });
  const protobuf = { 'content-type': 'application/x-protobuf' };
  const json = { 'content-type': 'application/json' };

  it('takes protobuf, plain and compressed, and answers with an empty message', async () => {
    for (const [traceId, gzip] of [
      ['11111111111111111111111111111111', false],
      ['22222222222222222222222222222222', true],
    ] as const) {
      const body = encodeTraces([span({ traceId })]);
      const answer = await push(gzip ? gzipSync(body) : body, gzip ? { ...protobuf, 'content-encoding': 'gzip' } : protobuf);
      expect([answer.statusCode, answer.headers['content-type'], answer.rawPayload.length]).toEqual([200, 'application/x-protobuf', 0]);
      expect(await store.traces.traces([traceId], {})).toEqual([[span({ traceId })]]);
    }
  });

  it('takes JSON, and answers in JSON', async () => {
    const text = JSON.stringify({
      resourceSpans: [
        {
          scopeSpans: [
            { spans: [{ traceId: '3'.repeat(32), spanId: '4'.repeat(16), startTimeUnixNano: `${now}`, endTimeUnixNano: `${now}` }] },
          ],
        },
      ],
    });
    const answer = await push(text, { 'content-type': 'application/json; charset=utf-8' });
    expect([answer.statusCode, answer.headers['content-type'], answer.json()]).toEqual([
      200,
      expect.stringMatching(/^application\/json/),
      {},
    ]);
    expect(await store.traces.traces(['3'.repeat(32)], {})).toMatchObject([[{ spanId: '4'.repeat(16), startNs: now }]]);
  });

  it('tells which spans were refused, in both encodings', async () => {
    const answer = await push(encodeTraces([span({ traceId: '' }), span()]), protobuf);
    expect(answer.statusCode).toBe(200);
    const reader = new BinaryReader(answer.rawPayload);
    expect([reader.uint32(), reader.uint32() > 0, reader.uint32(), reader.int64(), reader.uint32()]).toEqual([0x0a, true, 0x08, 1n, 0x12]);
    expect(reader.string()).toBe(
      '1 of 2 spans refused: 1 no trace id (first: span "GET /" of service "api": its trace id is missing or all zeros)',
    );
    const inJson = await push('{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}', json);
    expect(inJson.json()).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('1 of 1 spans refused') },
    });
  });

  it('answers what it cannot read with a Status that names the place', async () => {
    const answer = await push('{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz"}]}]}]}', json);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { code: 3, message: 'resourceSpans[0].scopeSpans[0].spans[0].traceId: want 32 hex digits, got "zz"' },
    ]);
    const garbage = await push('{}', protobuf);
    expect([garbage.statusCode, garbage.headers['content-type']]).toEqual([400, 'application/x-protobuf']);
    const reader = new BinaryReader(garbage.rawPayload);
    expect([reader.uint32(), reader.int32(), reader.uint32(), reader.string()]).toEqual([
      8,
      3,
      18,
      expect.stringContaining('this is not OTLP in protobuf'),
    ]);
    expect((await push(Buffer.from('not gzip'), { ...protobuf, 'content-encoding': 'gzip' })).statusCode).toBe(400);
    expect(errors).toEqual([]);
  });

  it.each([
    ['text/plain', 415, 'Content-Type \\"text/plain\\" is not OTLP'],
    ['application/x-protobuf', 413, 'too large'],
  ])('refuses a body of %s with %i', async (type, status, text) => {
    const answer = await push(status === 413 ? new Uint8Array(200_000) : 'x', { 'content-type': type });
    expect(answer.statusCode).toBe(status);
    expect(JSON.stringify(answer.rawPayload.toString())).toContain(text);
  });

  it('measures a body after it was decompressed', async () => {
    const answer = await push(gzipSync(new Uint8Array(1_000_000)), { ...protobuf, 'content-encoding': 'gzip' });
    expect(answer.statusCode).toBe(413);
  });

  it('asks exporters to try again when the buffer is full, and only then', async () => {
    failure = new AppError('storage.overloaded', 'the buffer is full');
    const full = await push('{}', json);
    expect([full.statusCode, full.headers['retry-after'], full.json()]).toEqual([503, '2', { code: 14, message: 'the buffer is full' }]);
    failure = new AppError('otlp.too_large', 'too much; send smaller batches');
    const large = await push('{}', json);
    expect([large.statusCode, large.headers['retry-after'], large.json()]).toEqual([413, undefined, { code: 3, message: failure.message }]);
    failure = new Error('surprise');
    const broken = await push('{}', json);
    expect([broken.statusCode, broken.headers['retry-after'], errors]).toEqual([500, undefined, [failure]]);
  });

  it('takes log records, and tells which were refused', async () => {
    const attributes = [{ key: 'service.name', value: { stringValue: 'api' } }];
    const record = (text: string) => ({ timeUnixNano: `${now}`, body: { stringValue: text } });
    const text = JSON.stringify({
      resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: [record('hello'), record('x'.repeat(2_000))] }] }],
    });
    const answer = await app.inject({ method: 'POST', url: '/v1/logs', headers: json, payload: text });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { partialSuccess: { rejectedLogRecords: '1', errorMessage: expect.stringContaining("Max entry size '1000' bytes exceeded") } },
    ]);
    const streams = await store.logs.streams({ matcherSets: [], startNs: now, endNs: now + 1n }, {});
    expect(streams.map(String)).toEqual(['{service_name="api"}']);
    const empty = await app.inject({ method: 'POST', url: '/v1/logs', headers: protobuf, payload: Buffer.alloc(0) });
    expect([empty.statusCode, empty.rawPayload.length]).toEqual([200, 0]);
  });

  it.each(['/v1/metrics', '/api/v1/otlp/v1/metrics'])('takes data points at %s, and tells which were refused', async (url) => {
    const point = { timeUnixNano: `${now}`, asInt: '1' };
    const metrics = [
      { name: 'good', gauge: { dataPoints: [point] } },
      { name: '', gauge: { dataPoints: [point] } },
    ];
    const request = { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] };
    const answer = await app.inject({ method: 'POST', url, headers: json, payload: JSON.stringify(request) });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { partialSuccess: { rejectedDataPoints: '1', errorMessage: expect.stringContaining('1 of 2 data points refused: 1 invalid name') } },
    ]);
    const body = gzipSync(encodeMetrics(request));
    const inProtobuf = await app.inject({ method: 'POST', url, headers: { ...protobuf, 'content-encoding': 'gzip' }, payload: body });
    const reader = new BinaryReader(inProtobuf.rawPayload);
    expect([reader.uint32(), reader.uint32() > 0, reader.uint32(), reader.int64()]).toEqual([0x0a, true, 0x08, 1n]);
    const broken = await app.inject({
      method: 'POST',
      url,
      headers: json,
      payload: '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":7,"sum":{"dataPoints":[{}]}}]}]}]}',
    });
    expect(broken.json()).toEqual({ code: 3, message: 'resourceMetrics[0].scopeMetrics[0].metrics[0].name: want a string, got 7' });
  });

  it('goes on with a connection after a body that it did not want', async () => {
    const { port } = await server.listen();
    const statuses: (number | undefined)[] = [];
    for (const type of ['text/plain', 'application/json']) {
      statuses.push(
        await new Promise((resolve, reject) => {
          const headers = { 'content-type': type };
          const asked = httpRequest({ host: '127.0.0.1', port, path: '/v1/traces', method: 'POST', headers }, (answer) => {
            answer.resume().on('end', () => resolve(answer.statusCode));
          });
          asked.on('error', reject);
          asked.end(type === 'text/plain' ? 'x'.repeat(90_000) : '{}');
        }),
      );
    }
    expect(statuses).toEqual([415, 200]);
  });
});
