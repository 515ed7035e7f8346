import { describe, expect, it } from 'vitest';
import { testSpan } from '../../formats/otlp/testing/spans.ts';
import type { Span } from '../../model/span.ts';
import { compileTraceql } from '../query.ts';
import { buildTraceTree } from './trace-tree.ts';

const MS = 1_000_000n;
const START = 1_700_000_000_000_000_000n;

function span(spanId: string, parentSpanId: string, fields: Partial<Span> = {}): Span {
  return testSpan({ spanId, parentSpanId, name: spanId, kind: 'internal', startNs: START, endNs: START + 10n * MS, ...fields });
}

// gateway ─┬─ features ─┬─ get1
//          │            └─ get2
//          └─ predict ──── forward (error)
const trace = buildTraceTree([
  span('forward', 'predict', {
    startNs: START + 30n * MS,
    endNs: START + 40n * MS,
    status: 'error',
    statusMessage: 'out of memory',
    service: 'scorer',
    attributes: { tokens: 512n },
  }),
  span('gateway', '', {
    kind: 'server',
    endNs: START + 100n * MS,
    service: 'gateway',
    attributes: { 'http.status_code': 500n, ratio: 0.5, 'user.id': 'u-1', cached: false, list: ['a'], __proto__: 'p' },
  }),
  span('features', 'gateway', { startNs: START + 1n * MS, service: 'features', attributes: { db: 'redis', count: 3n } }),
  span('get1', 'features', { startNs: START + 2n * MS, kind: 'client', service: 'features', attributes: { db: 'redis', tokens: 7n } }),
  span('get2', 'features', { startNs: START + 3n * MS, kind: 'client', service: 'features', attributes: { db: 'redis' } }),
  span('predict', 'gateway', {
    startNs: START + 20n * MS,
    endNs: START + 60n * MS,
    resource: { 'service.name': 'ranker', zone: 'b', cached: true },
    scopeName: 'lib',
    events: [
      { timeNs: START + 21n * MS, name: 'start', attributes: { step: 1n } },
      { timeNs: START + 50n * MS, name: 'exception', attributes: { step: 2n } },
    ],
    links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: { why: 'batch' } }],
  }),
]);

function match(query: string): string {
  return compileTraceql(query)
    .match(trace)
    .map(({ nodes }) => nodes.map((node) => node.span.name).join(' '))
    .join(' | ');
}

const ALL = 'gateway features get1 get2 predict forward';

describe('conditions on spans', () => {
  it.each([
    ['{}', ALL],
    ['{ true }', ALL],
    ['{ false }', ''],
    ['{ name = "get1" }', 'get1'],
    ['{ name =~ "get." }', 'get1 get2'],
    ['{ name =~ "et1" }', ''],
    ['{ name !~ "get.*" && kind != server }', 'features predict forward'],
    ['{ status = error }', 'forward'],
    ['{ kind = client }', 'get1 get2'],
    ['{ statusMessage =~ "out of.*" }', 'forward'],
    ['{ resource.service.name = "scorer" }', 'forward'],
    ['{ span.service.name = "scorer" }', ''],
    ['{ .service.name = "scorer" }', 'forward'],
    ['{ .http.status_code >= 500 }', 'gateway'],
    ['{ 500.0 = .http.status_code }', 'gateway'],
    ['{ .http.status_code = "500" }', ''],
    ['{ .http.status_code != "500" }', ''],
    ['{ .ratio < 1 && .ratio > 0.4 }', 'gateway'],
    ['{ .db != "redis" }', ''],
    ['{ .db != nil }', 'features get1 get2'],
    ['{ .db = nil }', 'gateway predict forward'],
    ['{ !(.db = "redis") }', 'gateway predict forward'],
    ['{ .cached }', 'predict'],
    ['{ .cached = false }', 'gateway'],
    ['{ .list = "a" }', ''],
    ['{ .list != nil }', 'gateway'],
    ['{ .toString != nil || .constructor != nil }', ''],
    ['{ duration > 10ms }', 'gateway predict'],
    ['{ duration = 10ms && .tokens }', ''],
    ['{ .tokens * 2 > 1000 }', 'forward'],
    ['{ .tokens + .count > 0 }', ''],
    ['{ -.tokens = -7 }', 'get1'],
    ['{ 2 ^ 3 ^ 0 = 2 }', ALL],
    ['{ parent = nil }', 'gateway'],
    ['{ nestedSetParent < 0 }', 'gateway'],
    ['{ childCount = 2 }', 'gateway features'],
    ['{ parent.db = "redis" }', 'get1 get2'],
    ['{ parent.resource.zone = "b" }', 'forward'],
    ['{ rootName = "gateway" && rootServiceName = "gateway" && name = "get1" }', 'get1'],
    ['{ rootName != "gateway" }', ''],
    ['{ traceDuration = 100ms && span:id = "get2" }', 'get2'],
    ['{ trace:id = "0af7651916cd43dd8448eb211c80319c" && .ratio > 0 }', 'gateway'],
    ['{ event:name = "exception" }', 'predict'],
    ['{ event:timeSinceStart < 2ms && event.step = 2 }', 'predict'],
    ['{ event.step > 2 }', ''],
    ['{ link.why = "batch" && link:traceID =~ "f+" && instrumentation:name = "lib" }', 'predict'],
    ['{ span:parentID = "features" || span:statusMessage != "" }', 'get1 get2 forward'],
  ])('%s', (query, wanted) => expect(match(query)).toBe(wanted));
});

describe('spansets of a trace', () => {
  it.each([
    ['{ name = "get1" } && { status = error }', 'get1 forward'],
    ['{ name = "get1" } && { status = ok }', ''],
    ['{ name = "get1" } || { status = ok }', 'get1'],
    ['{ name = "gateway" } > { .db = "redis" }', 'features'],
    ['{ name = "gateway" } >> { .db = "redis" }', 'features get1 get2'],
    ['{ status = error } < { true }', 'predict'],
    ['{ status = error } << { true }', 'gateway predict'],
    ['{ name = "get1" } ~ { true }', 'get2'],
    ['{ name =~ "get." } ~ { true }', 'get1 get2'],
    ['{ name = "features" } !>> { true }', 'gateway features predict forward'],
    ['{ status = ok } !> { kind = client }', 'get1 get2'],
    ['{ name = "gateway" } &> { .db = "redis" }', 'gateway features'],
    ['{ name = "gateway" } &>> { status = error }', 'gateway forward'],
    ['{ kind = client } &<< { kind = server }', 'gateway get1 get2'],
    ['{ name = "gateway" } > { true } > { status = error }', 'forward'],
    ['{ kind = client } | count() > 1', 'get1 get2'],
    ['{ kind = client } | count() > 2', ''],
    ['{} | avg(duration) > 29ms', ''],
    ['{} | avg(duration) >= 29ms | count() = 6', ALL],
    ['{} | max(.tokens) - min(.tokens) = 505', ALL],
    ['{} | sum(.tokens) = 519 | { name = "get1" }', 'get1'],
    ['{} | avg(.nothing) < 5', ''],
    ['{} | by(kind) | count() = 2', 'get1 get2'],
    ['{ .db = "redis" } | by(kind)', 'features | get1 get2'],
    ['{ .db = "redis" } | by(kind) | coalesce() | select(.tokens)', 'features get1 get2'],
    ['({ kind = client } | count() > 1) && { status = error }', 'get1 get2 forward'],
    ['count() > 5', ALL],
  ])('%s', (query, wanted) => expect(match(query)).toBe(wanted));

  it('names the groups of by, and the fields to show', () => {
    const { match: run, fields } = compileTraceql('{ .tokens > 1 && resource.service.name != "" } | by(span:kind) | select(.db)');
    expect(run(trace).map(({ groups }) => groups)).toEqual([
      [{ name: 'by(span:kind)', value: 'client' }],
      [{ name: 'by(span:kind)', value: 'internal' }],
    ]);
    expect(fields.map(({ name }) => name)).toEqual(['tokens', 'service.name', 'kind', 'db']);
  });
});

describe('trees of strange traces', () => {
  it('have roots also where parents are missing or form a circle', () => {
    const tree = buildTraceTree([span('a', 'b'), span('b', 'a'), span('c', 'missing'), span('d', 'd'), span('c', 'a')]);
    expect(tree.root).toBeUndefined();
    expect(tree.nodes.map((node) => `${node.span.spanId}<${node.parent?.span.spanId ?? ''}`).sort()).toEqual([
      'a<',
      'b<a',
      'c<',
      'c<a',
      'd<',
    ]);
    for (const node of tree.nodes) expect(tree.nodes[node.index]).toBe(node);
    expect(
      compileTraceql('{ name = "a" } >> {}')
        .match(tree)[0]
        ?.nodes.map((node) => node.span.name),
    ).toEqual(['b', 'c']);
  });

  it('keep what hangs on a circle, however much that is', () => {
    const below = Array.from({ length: 50_000 }, (_, i) => span(`c${i}`, 'a'));
    const tree = buildTraceTree([...below, span('a', 'b'), span('b', 'a')]);
    expect(tree.nodes.filter((node) => !node.parent).map((node) => node.span.name)).toEqual(['a']);
    expect(tree.nodes[0]?.children).toHaveLength(50_001);
  });

  it('may be deep', () => {
    const deep = Array.from({ length: 50_000 }, (_, i) => span(`s${i}`, i === 0 ? '' : `s${i - 1}`));
    const tree = buildTraceTree(deep);
    expect(compileTraceql('{ name = "s0" } >> { name = "s49999" }').match(tree)).toHaveLength(1);
    expect(compileTraceql('{ name = "s49999" } << { name = "s0" }').match(tree)).toHaveLength(1);
  });
});
