import type { TraceList, TraceServices, TraceView } from '@alidade/sdk/schema';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testSpan } from '../../formats/otlp/testing/spans.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import type { Span } from '../../model/span.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { createTraceSearch } from '../../traces/trace-search.ts';
import { uiStatusOf } from './errors.ts';
import { addTraceRoutes } from './traces.ts';

const START_MS = 1_700_000_000_000;
const ID = '0af7651916cd43dd8448eb211c80319c';
const OTHER = 'b'.repeat(32);
const ns = (ms: number) => BigInt(Math.round((START_MS + ms) * 1_000)) * 1_000n;
const span = (spanId: string, parentSpanId: string, startMs: number, lengthMs: number, fields: Partial<Span> = {}) =>
  testSpan({
    traceId: ID,
    spanId,
    parentSpanId,
    name: spanId,
    startNs: ns(startMs),
    endNs: ns(startMs) + BigInt(lengthMs * 1e6),
    ...fields,
  });

describe('the routes about traces', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    const store = openMemoryStore(new FakeClock(START_MS));
    await store.traces.append([
      span('model', 'root', 0, 40.5, { service: 'scorer', status: 'error', statusMessage: 'boom' }),
      span('root', '', 0, 100, {
        service: 'api',
        scopeName: 'lib',
        attributes: { n: 5n, big: 2n ** 60n, nan: Number.NaN, list: [1n, { a: true }] },
        events: [{ timeNs: ns(1.25), name: 'e', attributes: { x: 1n } }],
        links: [{ traceId: OTHER, spanId: 'x', attributes: { y: 1n } }],
      }),
      span('late', 'missing', 5_000, 1, { traceId: OTHER, service: 'worker' }),
    ]);
    app = Fastify();
    app.setErrorHandler((error: Error, _request, reply) => reply.code(uiStatusOf(error)).send({ error: { message: error.message } }));
    addTraceRoutes(app, { traceStore: store.traces, traceSearch: createTraceSearch({ store: store.traces }) });
    await app.ready();
  });
  afterAll(() => app.close());

  const get = async <T>(path: string, parameters: Record<string, string> = {}) => {
    const answer = await app.inject(
      `${path}?${new URLSearchParams({ fromMs: String(START_MS), toMs: String(START_MS + 10_000), ...parameters })}`,
    );
    return { status: answer.statusCode, body: answer.json<T & { error: { message: string } }>() };
  };

  it('list traces, newest first', async () => {
    const { body } = await get<TraceList>('/api/ui/traces');
    expect(body).toEqual({
      traces: [
        {
          traceId: OTHER,
          rootName: '',
          rootService: '',
          startMs: START_MS + 5_000,
          durationMs: 1,
          spans: 1,
          errors: 0,
          services: [{ service: 'worker', spans: 1 }],
          matched: 1,
        },
        {
          traceId: ID,
          rootName: 'root',
          rootService: 'api',
          startMs: START_MS,
          durationMs: 100,
          spans: 2,
          errors: 1,
          services: [
            { service: 'api', spans: 1 },
            { service: 'scorer', spans: 1 },
          ],
          matched: 2,
        },
      ],
      isCut: false,
    });
  });

  it.each<[Record<string, string>, readonly string[], boolean]>([
    [{ q: '{ status = error }' }, [ID], false],
    [{ q: ' ' }, [OTHER, ID], false],
    [{ minDurationMs: '50.5' }, [ID], false],
    [{ maxDurationMs: '99.9' }, [OTHER], false],
    [{ limit: '1' }, [OTHER], true],
    [{ toMs: String(START_MS) }, [ID], false],
  ])('search: %o', async (parameters, ids, isCut) => {
    const { body } = await get<TraceList>('/api/ui/traces', parameters);
    expect([body.traces.map(({ traceId }) => traceId), body.isCut]).toEqual([ids, isCut]);
  });

  it('show a trace, parents before children that start with them', async () => {
    const { body } = await get<TraceView>(`/api/ui/traces/${ID}`);
    expect(body.traceId).toBe(ID);
    expect(body.spans.map(({ spanId }) => spanId)).toEqual(['root', 'model']);
    expect(body.spans[0]).toEqual({
      spanId: 'root',
      parentSpanId: '',
      name: 'root',
      service: 'api',
      kind: 'server',
      startMs: START_MS,
      durationMs: 100,
      status: 'unset',
      statusMessage: '',
      scope: 'lib',
      attributes: { n: 5, big: '1152921504606846976', nan: 'NaN', list: [1, { a: true }] },
      resource: { 'service.name': 'api' },
      events: [{ timeMs: START_MS + 1.25, name: 'e', attributes: { x: 1 } }],
      links: [{ traceId: OTHER, spanId: 'x' }],
    });
    expect(body.spans[1]).toMatchObject({ durationMs: 40.5, status: 'error', statusMessage: 'boom' });
  });

  it('list services and their operations', async () => {
    const { body } = await get<TraceServices>('/api/ui/traces/services');
    expect(body.services).toEqual([
      { service: 'api', operations: ['root'] },
      { service: 'scorer', operations: ['model'] },
      { service: 'worker', operations: ['late'] },
    ]);
  });

  it.each([
    ['/api/ui/traces/zz', {}, 400, '"zz" is not a trace id'],
    [`/api/ui/traces/${'c'.repeat(32)}`, {}, 404, 'there is no trace cccc'],
    ['/api/ui/traces', { q: '{ .a = }' }, 400, 'parse error at line 1, col 8'],
    ['/api/ui/traces', { limit: '0', fromMs: 'x' }, 400, 'fromMs: '],
    ['/api/ui/traces', { fromMs: '9000000000000' }, 400, 'toMs: must not be before fromMs'],
    ['/api/ui/traces/services', { toMs: '1' }, 400, 'toMs: must not be before fromMs'],
  ])('refuse %s %o', async (path, parameters, status, message) => {
    const answer = await get(path, parameters);
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toContain(message);
  });
});
