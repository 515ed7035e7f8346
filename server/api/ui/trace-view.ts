import type { AttributeJson, TraceSpan, TraceSummary, TraceView } from '@alidade/sdk/schema';
import type { Attributes, AttributeValue, Span } from '../../model/span.ts';
import { buildTraceTree } from '../../traceql/engine/trace-tree.ts';
import type { FoundTrace } from '../../traces/trace-search.ts';

const NS_PER_MS = 1e6;

/** A trace as the UI draws it. There must be at least one span. */
export function toTraceView(spans: readonly Span[]): TraceView {
  const { traceId, nodes } = buildTraceTree(spans);
  // In the tree parents come first, and the sort keeps that where times are equal.
  const sorted = nodes.map(({ span }) => span).sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
  return { traceId, spans: sorted.map(toTraceSpan) };
}

/** A trace in a list of traces. */
export function toTraceSummary(found: FoundTrace): TraceSummary {
  return {
    traceId: found.traceId,
    rootName: found.root?.name ?? '',
    rootService: found.root?.service ?? '',
    startMs: toMs(found.startNs),
    durationMs: toMs(found.durationNs),
    spans: found.spans,
    errors: found.errors,
    services: found.services.map(({ service, spans }) => ({ service, spans })),
    matched: found.spansets.reduce((sum, { matched }) => sum + matched, 0),
  };
}

function toTraceSpan(span: Span): TraceSpan {
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    service: span.service,
    kind: span.kind,
    startMs: toMs(span.startNs),
    durationMs: toMs(span.endNs - span.startNs),
    status: span.status,
    statusMessage: span.statusMessage,
    scope: span.scopeName,
    attributes: toJsonMap(span.attributes),
    resource: toJsonMap(span.resource),
    events: span.events.map(({ timeNs, name, attributes }) => ({ timeMs: toMs(timeNs), name, attributes: toJsonMap(attributes) })),
    links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })),
  };
}

/** A double holds a time of today to a quarter of a microsecond. */
function toMs(timeNs: bigint): number {
  return Number(timeNs) / NS_PER_MS;
}

function toJsonMap(attributes: Attributes): Record<string, AttributeJson> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, toJson(value)]));
}

/** Numbers that JSON or a double cannot hold become text. */
function toJson(value: AttributeValue): AttributeJson {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return value;
  return Array.isArray(value) ? value.map(toJson) : toJsonMap(value as Attributes);
}
