// The contract of traces, on every implementation.
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { SPAN_KINDS, type Span } from '../model/span.ts';
import { openMemoryStore } from './memory/open.ts';
import type { SpanCondition, SpanField, SpanFilter, TraceSearch } from './store.ts';
import { ALL_NS, chdb, DAY, memory, NOW, useStore } from './testing/implementations.ts';

const T1 = '0123456789abcdef0123456789abcdef';
const T2 = 'fedcba9876543210fedcba9876543210';
const SECOND = 1_000_000_000n;
const spanField = (name: string): SpanField => ({ scope: 'span', name });
const anyField = (name: string): SpanField => ({ scope: 'any', name });
const intrinsic = (name: Extract<SpanField, { scope: 'intrinsic' }>['name']): SpanField => ({ scope: 'intrinsic', name });
const is = (field: SpanField, op: SpanCondition['op'], value: SpanCondition['value'] = ''): SpanCondition => ({ field, op, value });

const spans = [
  span({ traceId: T1, spanId: 'b', startNs: 2_000n, endNs: 5_000n, parentSpanId: 'a', name: 'child', service: 'db' }),
  span({ traceId: T1, spanId: 'a', startNs: 1_000n, endNs: 9_000n, name: 'root', attributes: { code: 500n, ok: false, path: '/x' } }),
  span({
    traceId: T2,
    spanId: 'c',
    startNs: 3_000n,
    endNs: 3_010n,
    service: 'api',
    resource: { 'service.name': 'api', host: 'h1', code: 7n },
    attributes: { list: ['a', 1n, [true]], map: { $int: 'no', b: 0.5 }, nan: Number.NaN, minus: -0, whole: 3, code: '500', 'ö"': "'" },
    events: [{ timeNs: 3_001n, name: 'e', attributes: { big: 9_007_199_254_740_993n } }],
    links: [{ traceId: T1, spanId: 'a', attributes: { why: 'because' } }],
    status: 'error',
    statusMessage: 'it "broke"',
    kind: 'server',
    scopeName: 'lib',
    scopeVersion: '1.0',
  }),
];

const CONDITIONS: readonly (readonly [SpanFilter, string[]])[] = [
  [is(intrinsic('service'), '=', 'db'), [T1]],
  [is(intrinsic('service'), '!=', 'db'), [T2]],
  [is(intrinsic('service'), 'absent'), [T1]],
  [is(intrinsic('name'), '=', 'root'), [T1]],
  [is(intrinsic('name'), '=~', 'ro.t'), [T1]],
  [is(intrinsic('name'), '=~', 'rooté?'), [T1]],
  [is(intrinsic('name'), '=~', 'ro'), []],
  [is(intrinsic('name'), '!~', 'root|child'), [T2]],
  [{ all: [is(intrinsic('name'), '=', 'root'), is(intrinsic('duration'), '>=', 8_000n)] }, [T1]],
  [{ all: [is(intrinsic('name'), '=', 'child'), is(intrinsic('duration'), '>=', 8_000n)] }, []],
  [is(intrinsic('duration'), '<=', 10), [T2]],
  [is(intrinsic('duration'), '=', 'x'), []],
  [is(intrinsic('status'), '=', 'error'), [T2]],
  [is(intrinsic('status'), '!=', 'error'), [T1]],
  [is(intrinsic('status'), '=~', 'err.*'), [T2]],
  [is(intrinsic('status'), '=', 'nonsense'), []],
  [is(intrinsic('statusMessage'), '=', 'it "broke"'), [T2]],
  [is(intrinsic('kind'), '=', 'server'), [T2]],
  [is(intrinsic('kind'), '=', 2), []],
  [is(spanField('code'), '=', 500n), [T1]],
  [is(spanField('code'), '=', 500), [T1]],
  [is(spanField('code'), '=', '500'), [T2]],
  [is(spanField('code'), '!=', 501n), [T1]],
  [is(spanField('code'), '>', 499.5), [T1]],
  [is(spanField('code'), '=~', '5..'), [T2]],
  [is(spanField('code'), 'exists'), [T2, T1]],
  [is(spanField('host'), 'exists'), []],
  [is(anyField('host'), '=', 'h1'), [T2]],
  [is(anyField('code'), '=', 7n), []],
  [is({ scope: 'resource', name: 'code' }, '=', 7n), [T2]],
  [is({ scope: 'resource', name: 'code' }, 'absent'), [T1]],
  [is(spanField('ok'), '=', false), [T1]],
  [is(spanField('ok'), '!=', false), []],
  [is(spanField('ok'), '<', true), []],
  [is(spanField('whole'), '=', 3n), [T2]],
  [is(spanField('minus'), '=', 0), [T2]],
  [is(spanField('nan'), '=', Number.NaN), []],
  [is(spanField('nan'), '!=', 1), [T2]],
  [is(spanField('whole'), '<', Number.POSITIVE_INFINITY), [T2]],
  [is(spanField('list'), '=', '["a",1,[true]]'), []],
  [is(spanField('list'), 'exists'), [T2]],
  [is(spanField('ö"'), '=', "'"), [T2]],
  [{ any: [is(intrinsic('name'), '=', 'child'), is(intrinsic('kind'), '=', 'server')] }, [T2, T1]],
  [{ any: [] }, []],
  [{ all: [] }, [T2, T1]],
];

describe.each([memory, chdb('chdb')])('traces: $name', (implementation) => {
  const { open, reopen } = useStore(implementation);

  it('gives traces back as they were, by start time, in the order asked', async () => {
    await (await open()).traces.append(spans);
    const { traces } = await reopen();
    expect(await traces.traces([T2, '0'.repeat(32), T1], {})).toEqual([[spans[2]], [], [spans[1], spans[0]]]);
    expect(await traces.traces([], {})).toEqual([]);
    expect(await traces.traces([T1, T1], {})).toEqual([
      [spans[1], spans[0]],
      [spans[1], spans[0]],
    ]);
    await expect(traces.traces([T1, T2], { maxSamples: 2 })).rejects.toMatchObject({ code: 'storage.too_many_samples' });
    await expect(traces.traces([T1], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'storage.cancelled' });
  });

  it('keeps a span that was sent twice once, and two kinds of one id apart', async () => {
    const { traces } = await open();
    await traces.append(spans);
    await traces.append(spans);
    const shared = { ...(spans[1] as Span), kind: 'client' as const, startNs: 1_500n };
    await traces.append([shared]);
    expect(await traces.traces([T1], {})).toEqual([[spans[1], shared, spans[0]]]);
  });

  it('finds by conditions', async () => {
    const { traces } = await open();
    await traces.append(spans);
    for (const [filter, expected] of CONDITIONS) {
      const about = inspect(filter, { depth: 5 });
      expect(await traces.search({ ...ALL_NS, filters: [filter], limit: 10 }, {}), about).toEqual(expected);
      expect(await traces.search({ ...ALL_NS, filters: [filter, { all: [] }], limit: 10 }, {}), about).toEqual(expected);
    }
  });

  it('finds by several conditions, by the length of the trace and by time, newest first', async () => {
    const { traces } = await open();
    await traces.append(spans);
    const search = (extra: Partial<TraceSearch>) => traces.search({ ...ALL_NS, filters: [], limit: 10, ...extra }, {});
    expect(await search({})).toEqual([T2, T1]);
    expect(await search({ limit: 1 })).toEqual([T2]);
    expect(await search({ limit: 0 })).toEqual([]);
    const child = is(intrinsic('name'), '=', 'child');
    const root = is(intrinsic('name'), '=', 'root');
    expect(await search({ filters: [child, root] })).toEqual([T1]);
    expect(await search({ filters: [{ all: [child, root] }] })).toEqual([]);
    expect(await search({ filters: [child, is(intrinsic('kind'), '=', 'server')] })).toEqual([]);
    expect(await search({ minTraceDurationNs: 8_000n })).toEqual([T1]);
    expect(await search({ minTraceDurationNs: 8_001n })).toEqual([]);
    expect(await search({ maxTraceDurationNs: 10n })).toEqual([T2]);
    expect(await search({ filters: [child], minTraceDurationNs: 8_000n, maxTraceDurationNs: 8_000n })).toEqual([T1]);
    expect(await search({ startNs: 1_000n, endNs: 3_000n })).toEqual([T1]);
    expect(await search({ startNs: 1_001n, endNs: 3_000n, minTraceDurationNs: 3_001n })).toEqual([]);
    await expect(search({ filters: [is(intrinsic('name'), '=~', '(')] })).rejects.toMatchObject({ code: 'matcher.bad_regexp' });
  });

  it('names attributes and their values', async () => {
    const { traces } = await open();
    await traces.append(spans);
    const query = { ...ALL_NS, limit: 100 };
    const names = (await traces.tags(query, {})).map(({ scope, name }) => `${scope}.${name}`);
    expect(names).toEqual([
      ...['code', 'host', 'service.name'].map((name) => `resource.${name}`),
      ...['code', 'list', 'map', 'minus', 'nan', 'ok', 'path', 'whole', 'ö"'].map((name) => `span.${name}`),
    ]);
    expect(await traces.tags({ ...query, limit: 4 }, {})).toHaveLength(4);
    expect(await traces.tags({ ...query, filter: is(intrinsic('name'), '=', 'root') }, {})).toHaveLength(3);
    const values = async (field: SpanField, extra = {}) =>
      (await traces.tagValues(field, { ...query, ...extra }, {})).map(({ type, value }) => `${type} ${value}`);
    expect(await values(spanField('code'))).toEqual(['string 500', 'int 500']);
    expect(await values(anyField('code'))).toEqual(['string 500', 'int 500']);
    expect(await values({ scope: 'resource', name: 'code' })).toEqual(['int 7']);
    expect(await values(spanField('ok'))).toEqual(['bool false']);
    expect(await values(spanField('list'))).toEqual([]);
    expect(await values(intrinsic('name'))).toEqual(['string child', 'string root']);
    expect(await values(intrinsic('service'))).toEqual(['string api', 'string db']);
    expect(await values(intrinsic('kind'))).toEqual(['keyword internal', 'keyword server']);
    expect(await values(intrinsic('status'), { limit: 1 })).toEqual(['keyword error']);
    expect(await values(intrinsic('duration'))).toEqual(['duration 10', 'duration 3000', 'duration 8000']);
    expect(await values(intrinsic('name'), { startNs: 2_000n })).toEqual(['string child']);
  });

  it('equals the reference on random spans and questions', async () => {
    const { traces } = await open();
    const reference = openMemoryStore(new FakeClock(NOW)).traces;
    const text = fc.constantFrom('', 'a', 'b', 'ab', 'ä', '\u{1f600}', '\ufb00', '500');
    const number = fc.constantFrom(0, 1, -1, 0.5, 500, 2 ** 53);
    const big = fc.constantFrom(0n, 1n, -1n, 500n, 9_007_199_254_740_993n, -(1n << 62n));
    const value = fc.oneof(text, number, big, fc.boolean());
    const name = fc.constantFrom('a', 'b', 'c');
    const attributes = fc.dictionary(name, value, { maxKeys: 3 });
    const time = fc.integer({ min: 0, max: 40 }).map((n) => BigInt(n) * 97n * SECOND);
    const hex = (digits: number) => fc.integer({ min: 1, max: 15 }).map((n) => n.toString(16).padStart(digits, '0'));
    let number16 = 0;
    const oneSpan = fc
      .record({
        traceId: hex(32),
        startNs: time,
        duration: fc.integer({ min: 0, max: 5 }),
        name: text,
        service: text,
        kind: fc.constantFrom(...SPAN_KINDS),
        status: fc.constantFrom('unset' as const, 'ok' as const, 'error' as const),
        resource: attributes,
        attributes,
      })
      .map(({ duration, ...rest }) => span({ ...rest, endNs: rest.startNs + BigInt(duration) * SECOND }));
    const field = fc.oneof(
      fc.record({ scope: fc.constantFrom('span' as const, 'resource' as const, 'any' as const), name }),
      fc.constantFrom('name', 'service', 'status', 'kind', 'duration', 'statusMessage').map((n) => intrinsic(n as 'name')),
    );
    const condition = fc.oneof(
      fc.record({
        field,
        op: fc.constantFrom('=', '!=', '<', '<=', '>', '>=', 'exists', 'absent'),
        value: fc.oneof(value, fc.constantFrom('error', 'server')),
      }),
      fc.record({ field, op: fc.constantFrom('=~', '!~'), value: fc.constantFrom('a.?', '.*', '', 'e.*') }),
    ) as fc.Arbitrary<SpanCondition>;
    const group = fc.array(condition, { maxLength: 2 });
    const filter: fc.Arbitrary<SpanFilter> = fc.oneof(condition, fc.record({ all: group }), fc.record({ any: group }));
    const question = fc.record({
      ends: fc.tuple(time, time),
      filters: fc.array(filter, { maxLength: 2 }),
      minTraceDurationNs: fc.option(time, { nil: undefined }),
      maxTraceDurationNs: fc.option(time, { nil: undefined }),
      limit: fc.integer({ min: 1, max: 8 }),
      field,
    });
    const property = fc.asyncProperty(
      fc.array(oneSpan, { maxLength: 20 }),
      fc.array(question, { maxLength: 6 }),
      async (made, questions) => {
        const appended = made.map((one) => ({ ...one, spanId: (++number16).toString(16).padStart(16, '0') }));
        await Promise.all([traces.append(appended), reference.append(appended)]);
        for (const { ends, field, ...rest } of questions) {
          const span = { startNs: ends[0], endNs: ends[1] };
          const search = { ...rest, ...span };
          const query = { ...span, limit: rest.limit, filter: rest.filters[0] };
          expect(await traces.search(search, {})).toEqual(await reference.search(search, {}));
          expect(await traces.tags(query, {})).toEqual(await reference.tags(query, {}));
          expect(await traces.tagValues(field, query, {})).toEqual(await reference.tagValues(field, query, {}));
        }
        const ids = ['1', '7'].map((id) => id.padStart(32, '0'));
        expect(await traces.traces(ids, {})).toEqual(await reference.traces(ids, {}));
      },
    );
    await fc.assert(property, { numRuns: implementation === memory ? 5 : 25 });
  });

  it('drops traces older than their retention', async () => {
    const { traces, enforceRetention } = await open({ retention: { metricsMs: 0, logsMs: DAY, tracesMs: DAY } });
    const ns = (ms: number) => BigInt(ms) * 1_000_000n;
    await traces.append([
      span({ traceId: T1, startNs: ns(NOW - 9 * DAY), endNs: ns(NOW - 9 * DAY) }),
      span({ traceId: T2, startNs: ns(NOW), endNs: ns(NOW) }),
    ]);
    await enforceRetention();
    expect(await traces.search({ ...ALL_NS, filters: [], limit: 9 }, {})).toEqual([T2]);
  });
});

function span(part: Partial<Span>): Span {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    name: '',
    kind: 'internal',
    startNs: 0n,
    endNs: 0n,
    status: 'unset',
    statusMessage: '',
    service: '',
    resource: {},
    scopeName: '',
    scopeVersion: '',
    attributes: {},
    events: [],
    links: [],
    ...part,
  };
}
