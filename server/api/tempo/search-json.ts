import { type Json, valueToJson } from '../../formats/otlp/any-value-json.ts';
import type { FoundSpanset, FoundTrace, NamedValue, TraceSearchResult } from '../../traces/trace-search.ts';

const NO_ROOT = '<root span not yet received>';
const NS_PER_MS = 1_000_000n;

/** Tempo's SearchResponse. `withSpansets` when the search was TraceQL. */
export function searchToJson(result: TraceSearchResult, withSpansets: boolean): Json {
  return {
    traces: result.traces.map((trace) => traceToJson(trace, withSpansets)),
    metrics: {
      inspectedTraces: result.inspectedTraces,
      inspectedSpans: String(result.inspectedSpans),
      // Fewer jobs completed than there are: more traces may match.
      completedJobs: 1,
      totalJobs: result.isCut ? 2 : 1,
    },
  };
}

function traceToJson(trace: FoundTrace, withSpansets: boolean): Json {
  const durationMs = Number(trace.durationNs / NS_PER_MS);
  const spansets = withSpansets ? trace.spansets.map(spansetToJson) : undefined;
  return {
    traceID: trace.traceId,
    rootServiceName: trace.root ? trace.root.service : NO_ROOT,
    rootTraceName: trace.root?.name || undefined,
    startTimeUnixNano: trace.startNs.toString(),
    // Protobuf's JSON leaves zeros out.
    durationMs: durationMs === 0 ? undefined : durationMs,
    spanSet: spansets?.[0],
    spanSets: spansets,
    serviceStats: Object.fromEntries(
      trace.services.map(({ service, spans, errors }) => [service, { spanCount: spans, errorCount: errors === 0 ? undefined : errors }]),
    ),
  };
}

function spansetToJson({ spans, matched, attributes }: FoundSpanset): Json {
  return {
    spans: spans.map(({ span, attributes: values }) => ({
      spanID: span.spanId,
      name: span.name || undefined,
      startTimeUnixNano: span.startNs.toString(),
      durationNanos: (span.endNs - span.startNs).toString(),
      attributes: values.length === 0 ? undefined : values.map(keyValueToJson),
    })),
    matched,
    attributes: attributes.length === 0 ? undefined : attributes.map(keyValueToJson),
  };
}

function keyValueToJson({ name, value }: NamedValue): Json {
  return { key: name, value: valueToJson(value) };
}
