import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeTraces } from '../../formats/otlp/decode-protobuf.ts';
import { testSpan } from '../../formats/otlp/testing/spans.ts';
import { createHttpServer, type HttpServer } from '../../http/server.ts';
import { systemClock } from '../../model/clock.ts';
import type { Span } from '../../model/span.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import type { Store } from '../../storage/store.ts';
import { createTraceSearch } from '../../traces/trace-search.ts';
import { otlpApi } from '../otlp/plugin.ts';
import { testReceivers } from '../otlp/testing/receivers.ts';
import { tempoApi } from './plugin.ts';

const MS = 1_000_000n;
const NOW_NS = BigInt(Date.now()) * MS;
const errors: unknown[] = [];
let store: Store;
let server: HttpServer;
let app: FastifyInstance;

async function start(): Promise<void> {
  store = openMemoryStore(systemClock);
  const reportError = (error: unknown) => errors.push(error);
  const search = createTraceSearch({ store: store.traces });
  server = await createHttpServer(
    { clock: systemClock, listen: { host: '127.0.0.1', port: 0 }, noAuth: false, externalUrl: '', maxRequestBytes: 1_000_000, reportError },
    [
      otlpApi({ ...testReceivers(store), reportError }),
      tempoApi({ clock: systemClock, store: store.traces, search, version: '1.2.3', reportError }),
    ],
  );
  app = server.app;
}

async function get(url: string, headers: Record<string, string> = {}) {
  const answer = await app.inject({ url, headers });
  expect(errors).toEqual([]);
  return answer;
}

async function getJson<T = Record<string, unknown>>(url: string): Promise<T> {
  const answer = await get(url);
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
  return answer.json() as T;
}

interface SearchAnswer {
  readonly traces: readonly {
    readonly traceID: string;
    readonly rootTraceName?: string;
    readonly spanSets?: readonly { readonly matched: number; readonly spans: readonly { readonly spanID: string }[] }[];
  }[];
}

describe("OpenTelemetry's own exporters, unchanged", () => {
  let url: string;
  beforeAll(async () => {
    await start();
    const { host, port } = await server.listen();
    url = `http://${host}:${port}/v1/traces`;
  });
  afterAll(() => server.close());

  it.each([
    ['protobuf', (options: object) => new ProtobufExporter(options), 'none'],
    ['protobuf', (options: object) => new ProtobufExporter(options), 'gzip'],
    ['JSON', (options: object) => new JsonExporter(options), 'none'],
    ['JSON', (options: object) => new JsonExporter(options), 'gzip'],
  ])('push %s, and the trace comes back (%#)', async (_name, createExporter, compression) => {
    const service = `prediction-${_name}-${compression}`;
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': service, 'service.version': '1.2' }),
      spanProcessors: [new SimpleSpanProcessor(createExporter({ url, compression }))],
    });
    const tracer = provider.getTracer('app', '0.1');
    const span = tracer.startSpan('POST /predict', {
      kind: SpanKind.SERVER,
      attributes: { 'http.status_code': 500, ratio: 0.25, ok: true, tags: ['a', 'b'] },
    });
    span.addEvent('exception', { 'exception.message': 'ärger' });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'boom' });
    span.end();
    const { traceId, spanId } = span.spanContext();
    await provider.forceFlush();

    const trace = await getJson<{ batches: unknown }>(`/api/traces/${traceId}`);
    expect(trace.batches).toMatchObject([
      {
        resource: { attributes: expect.arrayContaining([{ key: 'service.name', value: { stringValue: service } }]) },
        scopeSpans: [
          {
            scope: { name: 'app', version: '0.1' },
            spans: [
              {
                traceId: Buffer.from(traceId, 'hex').toString('base64'),
                spanId: Buffer.from(spanId, 'hex').toString('base64'),
                name: 'POST /predict',
                kind: 'SPAN_KIND_SERVER',
                status: { code: 'STATUS_CODE_ERROR', message: 'boom' },
                events: [{ name: 'exception', attributes: [{ key: 'exception.message', value: { stringValue: 'ärger' } }] }],
                attributes: [
                  { key: 'http.status_code', value: { intValue: '500' } },
                  { key: 'ratio', value: { doubleValue: 0.25 } },
                  { key: 'ok', value: { boolValue: true } },
                  { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
                ],
              },
            ],
          },
        ],
      },
    ]);
    const query = encodeURIComponent(`{ resource.service.name = "${service}" && .http.status_code >= 500 && status = error }`);
    const found = await getJson<SearchAnswer>(`/api/search?q=${query}`);
    expect(found.traces).toMatchObject([{ traceID: traceId, rootServiceName: service, rootTraceName: 'POST /predict' }]);
    await provider.shutdown();
  });
});

describe("Tempo's API", () => {
  const T1 = '0000000000000000000000000000000a';
  const T2 = 'b'.repeat(32);
  const T3 = 'c'.repeat(32);
  const at = (ms: number) => NOW_NS - 60_000n * MS + BigInt(ms) * MS;
  const span = (traceId: string, spanId: string, startMs: number, lengthMs: number, fields: Partial<Span> = {}) =>
    testSpan({
      traceId,
      spanId: spanId.padStart(16, '0'),
      startNs: at(startMs),
      endNs: at(startMs + lengthMs),
      name: `op-${spanId}`,
      ...fields,
    });

  beforeAll(async () => {
    await start();
    await store.traces.append([
      span(T1, '1', 0, 300, {
        name: 'POST /predict',
        service: 'gateway',
        attributes: { 'http.status_code': 500n, 'user.id': 'u-1' },
        status: 'error',
      }),
      span(T1, '2', 10, 50, {
        parentSpanId: '1'.padStart(16, '0'),
        service: 'features',
        kind: 'client',
        attributes: { 'db.system': 'redis', hit: true },
      }),
      span(T1, '3', 20, 50, {
        parentSpanId: '1'.padStart(16, '0'),
        service: 'features',
        kind: 'client',
        attributes: { 'db.system': 'redis', hit: false },
      }),
      span(T2, '4', 5_000, 20, { name: 'POST /predict', service: 'gateway', attributes: { 'http.status_code': 200n, 'user.id': 'u-2' } }),
      span(T3, '5', 9_000, 20, { parentSpanId: '99', service: 'batch', attributes: { score: 0.5 } }),
    ]);
  });
  afterAll(() => server.close());

  const search = async (parameters: Record<string, string>) =>
    (await getJson<SearchAnswer>(`/api/search?${new URLSearchParams(parameters)}`)).traces.map(({ traceID }) => traceID);

  it('answers a trace by its id, short or in capitals, also in protobuf', async () => {
    for (const id of ['a', 'A', T1]) expect(await getJson(`/api/traces/${id}`)).toHaveProperty('batches');
    const wrapped = await getJson<{ trace: { resourceSpans: unknown[] } }>(`/api/v2/traces/${T1}`);
    expect(wrapped.trace.resourceSpans).toHaveLength(2);
    const bytes = await get(`/api/traces/${T1}`, { accept: 'application/protobuf' });
    expect(bytes.headers['content-type']).toBe('application/protobuf');
    expect(decodeTraces(bytes.rawPayload)).toEqual((await store.traces.traces([T1], {}))[0]);
    const wrappedBytes = (await get(`/api/v2/traces/${T2}`, { accept: 'application/protobuf' })).rawPayload;
    expect(decodeTraces(wrappedBytes.subarray(wrappedBytes.length > 129 ? 3 : 2))).toHaveLength(1);
  });

  it('looks for a trace between start and end, and answers all of it', async () => {
    const second = Number(at(0) / 1_000_000_000n);
    const url = `/api/traces/${T1}`;
    const whole = await getJson(url);
    expect(await getJson(`${url}?start=${second - 5}&end=${second + 5}`)).toEqual(whole);
    expect(await getJson(`${url}?start=${second - 5}`)).toEqual(whole);
    for (const [span, status] of [
      ['start=1&end=2', 404],
      [`start=${second + 5}`, 404],
      [`end=${second - 5}`, 404],
      ['start=2&end=1', 400],
      ['start=now', 400],
    ])
      expect([span, (await get(`${url}?${span}`)).statusCode]).toEqual([span, status]);
  });

  it('reads a query that is still being typed, however blank', async () => {
    const blank = await get(`/api/v2/search/tags?q=${encodeURIComponent('{')}${'+'.repeat(20_000)}x`);
    expect([blank.statusCode, blank.json<{ scopes: unknown[] }>().scopes.length]).toEqual([200, 3]);
  });

  it('answers what is no trace with plain text', async () => {
    const missing = await get(`/api/traces/${'d'.repeat(32)}`);
    expect([missing.statusCode, missing.headers['content-type'], missing.body]).toEqual([
      404,
      'text/plain; charset=utf-8',
      `trace ${'d'.repeat(32)} not found`,
    ]);
    expect((await get('/api/traces/xyz')).body).toBe('trace IDs can only contain hex characters: invalid character "x" at position 1');
    const long = await get(`/api/v2/traces/${'1'.repeat(33)}`);
    expect([long.statusCode, long.body]).toEqual([400, "trace IDs can't be larger than 128 bits: got 33 hex digits"]);
  });

  it('finds traces by TraceQL, with the spans that match and what was asked of them', async () => {
    const answer = await getJson(`/api/search?q=${encodeURIComponent('{ .db.system = "redis" }')}&spss=1`);
    const spanset = {
      spans: [
        {
          spanID: '0000000000000002',
          name: 'op-2',
          startTimeUnixNano: String(at(10)),
          durationNanos: '50000000',
          attributes: [{ key: 'db.system', value: { stringValue: 'redis' } }],
        },
      ],
      matched: 2,
    };
    expect(answer).toEqual({
      traces: [
        {
          traceID: T1,
          rootServiceName: 'gateway',
          rootTraceName: 'POST /predict',
          startTimeUnixNano: String(at(0)),
          durationMs: 300,
          spanSet: spanset,
          spanSets: [spanset],
          serviceStats: { gateway: { spanCount: 1, errorCount: 1 }, features: { spanCount: 2 } },
        },
      ],
      metrics: { inspectedTraces: 1, inspectedSpans: '3', completedJobs: 1, totalJobs: 1 },
    });
  });

  it.each<[string, readonly string[]]>([
    ['{}', [T3, T2, T1]],
    ['{ status = error }', [T1]],
    ['{ resource.service.name = "gateway" && duration > 100ms }', [T1]],
    ['{ name = "POST /predict" } >> { .db.system = "redis" }', [T1]],
    ['{ .db.system = "redis" } | count() > 1', [T1]],
    ['{ .db.system = "redis" } | count() > 2', []],
    ['{ .hit }', [T1]],
    ['{ .score > 0.4 } || { .http.status_code = 200 }', [T3, T2]],
    ['{ rootName = "POST /predict" && .hit = false }', [T1]],
    ['{ rootServiceName != "x" }', [T2, T1]],
    ['{ traceDuration >= 300ms }', [T1]],
    ['{ trace:id = "b" }', []],
    [`{ trace:id = "${T2}" }`, [T2]],
    ['{ name = "nothing" }', []],
    ['{ false }', []],
    ['{ .a = 1 && false } || { .user.id =~ "u-.*" }', [T2, T1]],
  ])('TraceQL: %s', async (q, wanted) => expect(await search({ q })).toEqual(wanted));

  it.each<[string, readonly string[]]>([
    ['service.name=GATE', [T2, T1]],
    ['service.name=gateway http.status_code=500', [T1]],
    ['service.name=features user.id="u-1"', [T1]],
    ['name="POST /pre"', [T2, T1]],
    ['hit=true', [T1]],
    ['score=0.5', [T3]],
    ['error=true', [T1]],
    ['status.code=error', [T1]],
    ['root.service.name=gateway db.system=redis', [T1]],
    ['root.name=op-', []],
    ['user.id=.', []],
  ])('tags: %s', async (tags, wanted) => expect(await search({ tags })).toEqual(wanted));

  it('finds a trace by its id in TraceQL, short or in capitals', async () => {
    for (const id of ['a', 'A', T1]) expect(await search({ q: `{ trace:id = "${id}" }` })).toEqual([T1]);
    expect(await search({ q: '{ trace:id != "A" }' })).toEqual([T3, T2]);
    expect(await search({ q: '{ trace:id = "A" } && { trace:id = "0a" }' })).toEqual([T1]);
    expect(await search({ q: '{ trace:id = "no id" }' })).toEqual([]);
  });

  it('narrows by time, duration and number', async () => {
    const second = (ns: bigint) => String(ns / 1_000_000_000n);
    expect(await search({ start: second(at(4_000)), end: second(at(7_500)) })).toEqual([T2]);
    expect(await search({ minDuration: '100ms' })).toEqual([T1]);
    expect(await search({ maxDuration: '0.1s', limit: '1' })).toEqual([T3]);
  });

  it('says that the root has not arrived, and leaves spansets out where there was no query', async () => {
    const answer = await getJson<SearchAnswer>('/api/search?tags=service.name%3Dbatch');
    expect(answer.traces).toEqual([
      {
        traceID: T3,
        rootServiceName: '<root span not yet received>',
        startTimeUnixNano: String(at(9_000)),
        durationMs: 20,
        serviceStats: { batch: { spanCount: 1 } },
      },
    ]);
  });

  it.each([
    ['q=%7B', 400, 'parse error at line 1, col 2: syntax error: unexpected the end of the query'],
    ['q=%7B%20status%20%3D%20%22x%22%20%7D', 400, 'parse error at line 1, col 10: a status'],
    ['q=%7B%7D%20%7C%20rate()', 400, 'rate() makes metrics of traces'],
    ['q=%7B%7D&tags=a%3Db', 400, "can't specify tags and q"],
    ['tags=nonsense', 400, 'invalid tags: cannot read "nonsense"'],
    ['limit=0', 400, 'invalid limit: must be a whole number from 1 to 100000, got "0"'],
    ['limit=x', 400, 'invalid limit'],
    ['spss=-1', 400, 'invalid spss'],
    ['start=yesterday', 400, 'invalid start: want seconds since 1970 as a whole number, got "yesterday"'],
    ['start=20&end=10', 400, 'http parameter start must be before end. received start=20 end=10'],
    ['minDuration=5', 400, 'invalid minDuration: want a duration such as 200ms'],
  ])('refuses %s', async (parameters, status, text) => {
    const answer = await get(`/api/search?${parameters}`);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([status, 'text/plain; charset=utf-8']);
    expect(answer.body).toContain(text);
  });

  it('lists tags', async () => {
    const tags = await getJson<{ tagNames: string[] }>('/api/search/tags');
    expect(tags.tagNames).toEqual(['db.system', 'hit', 'http.status_code', 'score', 'service.name', 'user.id']);
    expect((await getJson<{ tagNames: string[] }>('/api/search/tags?scope=intrinsic')).tagNames).toContain('rootServiceName');
    const { scopes } = await getJson<{ scopes: { name: string; tags: string[] }[] }>('/api/v2/search/tags');
    expect(scopes.map(({ name }) => name)).toEqual(['resource', 'span', 'intrinsic']);
    const filtered = await getJson<{ scopes: unknown[] }>(
      `/api/v2/search/tags?scope=span&q=${encodeURIComponent('{ resource.service.name = "batch" && .x = }')}`,
    );
    expect(filtered.scopes).toEqual([{ name: 'span', tags: ['score'] }]);
    expect((await get('/api/search/tags?scope=moon')).statusCode).toBe(400);
  });

  it.each<[string, unknown]>([
    ['/api/search/tag/service.name/values', ['batch', 'features', 'gateway']],
    ['/api/search/tag/name/values', ['POST /predict', 'op-2', 'op-3', 'op-5']],
    ['/api/search/tag/status.code/values', ['error', 'ok', 'unset']],
    ['/api/search/tag/nothing/values', []],
    [
      '/api/v2/search/tag/.hit/values',
      [
        { type: 'bool', value: 'false' },
        { type: 'bool', value: 'true' },
      ],
    ],
    [
      '/api/v2/search/tag/span.http.status_code/values',
      [
        { type: 'int', value: '200' },
        { type: 'int', value: '500' },
      ],
    ],
    ['/api/v2/search/tag/span.score/values', [{ type: 'float', value: '0.5' }]],
    ['/api/v2/search/tag/rootServiceName/values?limit=1', [{ type: 'string', value: 'batch' }]],
    ['/api/v2/search/tag/status/values', ['error', 'ok', 'unset'].map((value) => ({ type: 'keyword', value }))],
    ['/api/v2/search/tag/duration/values', []],
    ['/api/v2/search/tag/event:name/values', []],
    [
      `/api/v2/search/tag/resource.service.name/values?q=${encodeURIComponent('{ .db.system = "redis" }')}`,
      [{ type: 'string', value: 'features' }],
    ],
    [`/api/v2/search/tag/resource.service.name/values?q=${encodeURIComponent('{ broken')}&limit=1`, [{ type: 'string', value: 'batch' }]],
  ])('lists values: %s', async (url, values) => expect(await getJson(url)).toEqual({ tagValues: values, metrics: {} }));

  it('says what it is', async () => {
    expect((await get('/api/echo')).body).toBe('echo');
    expect(await getJson('/api/status/buildinfo')).toMatchObject({ version: '2.7.2+alidade.1.2.3' });
    expect((await get('/api/v2/search/tag/1/values')).statusCode).toBe(400);
  });
});
