// Spans for tests: what matters is given, the rest is plain.
import type { TraceSpan, TraceView } from '@alidade/sdk/schema';

/** A span of service "api". Times in milliseconds. */
export function span(spanId: string, parentSpanId: string, startMs: number, durationMs: number): TraceSpan {
  return {
    spanId,
    parentSpanId,
    name: `do ${spanId}`,
    service: 'api',
    kind: 'internal',
    startMs,
    durationMs,
    status: 'unset',
    statusMessage: '',
    scope: '',
    attributes: {},
    resource: {},
    events: [],
    links: [],
  };
}

/** A trace of these spans. */
export function view(spans: readonly TraceSpan[]): TraceView {
  return { traceId: '0af7651916cd43dd8448eb211c80319c', spans };
}
