import type { Span } from '../model/span.ts';
import type { TraceTree } from '../traceql/engine/trace-tree.ts';

/** Spans of one service in a trace. */
export interface ServiceStats {
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
}

/** What a list of traces says of one. */
export interface TraceSummary {
  readonly traceId: string;
  /** The root span; undefined while it has not arrived. */
  readonly root: Span | undefined;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  readonly spans: number;
  readonly errors: number;
  /** Most spans first. */
  readonly services: readonly ServiceStats[];
}

/** Sums a trace up. */
export function summarize(trace: TraceTree): TraceSummary {
  const services = new Map<string, { service: string; spans: number; errors: number }>();
  let errors = 0;
  for (const { span } of trace.nodes) {
    const stats = services.get(span.service) ?? { service: span.service, spans: 0, errors: 0 };
    services.set(span.service, stats);
    stats.spans++;
    if (span.status !== 'error') continue;
    stats.errors++;
    errors++;
  }
  return {
    traceId: trace.traceId,
    root: trace.root,
    startNs: trace.startNs,
    durationNs: trace.endNs - trace.startNs,
    spans: trace.nodes.length,
    errors,
    services: [...services.values()].sort((a, b) => b.spans - a.spans || (a.service < b.service ? -1 : 1)),
  };
}
