import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testSpan } from '../formats/otlp/testing/spans.ts';
import { FakeClock } from '../model/fake-clock.ts';
import type { AttributeValue, Span } from '../model/span.ts';
import { storageError } from '../storage/errors.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import type { TraceStore } from '../storage/store.ts';
import { buildTraceTree } from '../traceql/engine/trace-tree.ts';
import { compileTraceql } from '../traceql/query.ts';
import { createTraceSearch, type TraceSearchRequest } from './trace-search.ts';

const ALL = { query: '', startNs: 0n, endNs: 2n ** 62n, limit: 1_000, spansPerSpanset: 3 } satisfies TraceSearchRequest;
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

async function storeOf(traces: readonly (readonly Partial<Span>[])[]): Promise<TraceStore> {
  const { traces: store } = openMemoryStore(new FakeClock());
  const spans = traces.flatMap((members, i) =>
    members.map((fields, j) =>
      testSpan({
        traceId: hex(i + 1, 32),
        spanId: hex(j + 1, 16),
        startNs: BigInt(1_000 * (i + 1) + j),
        endNs: BigInt(1_000 * (i + 1) + j + 10),
        ...fields,
      }),
    ),
  );
  await store.append(spans);
  return store;
}

describe('the search for traces', () => {
  it('goes on until it has enough, when the store cannot decide alone', async () => {
    // Only the oldest of 600 traces has three spans.
    const traces = Array.from({ length: 600 }, (_, i) => (i < 2 ? [{}, {}, {}] : [{}]));
    const search = createTraceSearch({ store: await storeOf(traces) });
    const found = await search.search({ ...ALL, query: '{} | count() > 2', limit: 1 }, {});
    expect(found).toMatchObject({ traces: [{ traceId: hex(2, 32), spans: 3 }], isCut: true, inspectedTraces: 600 });
    expect(await search.search({ ...ALL, query: '{} | count() > 2', limit: 2 }, {})).toMatchObject({ traces: [{}, {}], isCut: false });
  });

  it('says whether the limit left something out', async () => {
    const search = createTraceSearch({ store: await storeOf([[{}], [{}], [{}]]) });
    for (const [limit, isCut] of [
      [2, true],
      [3, false],
    ] as const) {
      const found = await search.search({ ...ALL, limit }, {});
      expect([found.traces.length, found.isCut]).toEqual([limit, isCut]);
    }
  });

  it('is not stopped by a trace that is too large to be looked at', async () => {
    const store = await storeOf([[{}], [{ name: 'huge' }], [{}], [{}], [{}]]);
    const limited: TraceStore = {
      append: (spans) => store.append(spans),
      search: (search, limits) => store.search(search, limits),
      tags: (query, limits) => store.tags(query, limits),
      tagValues: (field, query, limits) => store.tagValues(field, query, limits),
      async traces(ids, limits) {
        const found = await store.traces(ids, limits);
        if (found.flat().some(({ name }) => name === 'huge')) throw storageError('storage.too_many_samples');
        return found;
      },
    };
    const found = await createTraceSearch({ store: limited }).search(ALL, {});
    expect([found.traces.map(({ traceId }) => traceId), found.isCut]).toEqual([[5, 4, 3, 1].map((id) => hex(id, 32)), true]);
  });

  it('shows some spans of each spanset, and counts all', async () => {
    const search = createTraceSearch({ store: await storeOf([[{ kind: 'client' }, { kind: 'server' }, { kind: 'client' }]]) });
    const { traces } = await search.search({ ...ALL, query: '{ kind != internal } | by(kind)', spansPerSpanset: 1 }, {});
    expect(traces[0]?.spansets.map(({ spans, matched, attributes }) => [spans.length, matched, attributes])).toEqual([
      [1, 2, [{ name: 'by(kind)', value: 'client' }]],
      [1, 1, [{ name: 'by(kind)', value: 'server' }]],
    ]);
  });

  it('lets other work run, and takes no longer than it may', async () => {
    const many = await storeOf(Array.from({ length: 300 }, () => Array.from({ length: 100 }, () => ({}))));
    const search = createTraceSearch({ store: many });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const query = Array.from({ length: 60 }, () => '{ name =~ "x|.*" }').join(' ~ ');
    await search.search({ ...ALL, query }, {});
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    await expect(search.search({ ...ALL, query }, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'storage.timeout' });
  });

  it('holds on to no more spans than an answer can show', async () => {
    const large = Array.from({ length: 12 }, () => Array.from({ length: 10_000 }, () => ({})));
    const search = createTraceSearch({ store: await storeOf(large) });
    const found = await search.search({ ...ALL, spansPerSpanset: 0 }, {});
    expect([found.traces.length, found.isCut]).toEqual([10, true]);
  });

  it('stops when nobody waits any more', async () => {
    const search = createTraceSearch({ store: await storeOf([[{}]]) });
    await expect(search.search(ALL, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'storage.cancelled' });
  });
});

// What the store is asked must never be stricter than the query.
describe('candidates', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const value: fc.Arbitrary<AttributeValue> = fc.constantFrom<AttributeValue>(
    'x',
    'y',
    'xy',
    1n,
    2n,
    1.5,
    Number.NaN,
    true,
    false,
    ['x'],
    -1n,
  );
  const attributes = fc.dictionary(names, value, { maxKeys: 3, noNullPrototype: true });
  const span = fc.record({
    attributes,
    resource: fc.tuple(attributes, names).map(([others, service]) => ({ ...others, 'service.name': service })),
    name: names,
    status: fc.constantFrom('ok', 'error', 'unset'),
    kind: fc.constantFrom('server', 'client'),
    endNs: fc.constantFrom(10_000n, 12_000n),
    parentSpanId: fc.constantFrom('', hex(1, 16), hex(2, 16), 'f'.repeat(16)),
    statusMessage: fc.constantFrom('', 'x'),
  });
  const traces = fc.array(fc.array(span, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

  const field = fc.oneof(
    fc.tuple(fc.constantFrom('.', 'span.', 'resource.', 'parent.'), names).map(([scope, name]) => scope + name),
    fc.constant('resource.service.name'),
  );
  const literal = fc.constantFrom('"x"', '"a"', '1', '2', '1.5', 'true', 'false', 'nil', '-1', '1ns');
  const comparison = fc.oneof(
    fc.tuple(field, fc.constantFrom('=', '!='), literal).map((parts) => parts.join(' ')),
    fc
      .tuple(
        literal.filter((text) => !['nil', 'true', 'false'].includes(text)),
        fc.constantFrom('<', '<=', '>', '>=', '='),
        field,
      )
      .map((parts) => parts.join(' ')),
    fc.tuple(field, fc.constantFrom('=~', '!~'), fc.constantFrom('"x.*"', '"a|b"')).map((parts) => parts.join(' ')),
    fc.tuple(field, fc.constantFrom('=', '!=', '<', '>'), field).map((parts) => parts.join(' ')),
    fc.tuple(field, fc.constantFrom('+', '*'), field).map((parts) => `${parts.join(' ')} > 1`),
    field,
    fc.constantFrom(
      ...[
        'name = "a"',
        'name != nil',
        'status = error',
        'kind != server',
        'statusMessage = ""',
        'parent = nil',
        'childCount > 0',
        'true',
        'false',
        'nestedSetParent < 0',
      ],
      ...[
        'rootName = "a"',
        'rootServiceName =~ "a|b"',
        'rootName != "a"',
        'rootName = nil',
        'traceDuration > 6us',
        'traceDuration <= 8us',
        'duration >= 6500ns',
        `trace:id = "${hex(1, 32)}"`,
      ],
    ),
  );
  const { condition, spansets } = fc.letrec<{ condition: string; spansets: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      comparison,
      fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie('condition').map((inner) => `!(${inner})`),
    ),
    spansets: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      tie('condition').map((inner) => `{ ${inner} }`),
      fc
        .tuple(tie('spansets'), fc.constantFrom('&&', '||', '>', '>>', '<', '<<', '~', '!>', '!<<', '!~', '&>>', '&~'), tie('spansets'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(tie('spansets'), tie('spansets')).map(([a, b]) => `(${a} | ${b})`),
    ),
  }));
  const query = fc.oneof(
    condition.map((inner) => `{ ${inner} }`),
    spansets,
    fc
      .tuple(spansets, fc.constantFrom(' | count() > 1', ' | by(.a) | coalesce()', ' | { .a != nil }', ' | max(.a) > 1'))
      .map((parts) => parts.join('')),
  );

  it('miss nothing that matches', async () => {
    await fc.assert(
      fc.asyncProperty(traces, query, async (members, text) => {
        const store = await storeOf(members);
        const ids = members.map((_, i) => hex(i + 1, 32)).reverse();
        const spans = await store.traces(ids, {});
        const compiled = compileTraceql(text);
        const wanted = ids.filter((_, i) => compiled.match(buildTraceTree(spans[i] as Span[])).length > 0);
        const { traces: found } = await createTraceSearch({ store }).search({ ...ALL, query: text }, {});
        expect(found.map(({ traceId }) => traceId).sort()).toEqual([...wanted].sort());
        if (!compiled.plan.isExact || compiled.plan.isNever) return;
        const candidates = await store.search({ ...ALL, filters: compiled.plan.filters }, {});
        expect(candidates.sort()).toEqual([...wanted].sort());
      }),
      { numRuns: 1_000 },
    );
  });
});
