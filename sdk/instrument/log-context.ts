import { AsyncLocalStorage } from 'node:async_hooks';
import { isSpanContextValid, trace } from '@opentelemetry/api';

/** Fields of log lines; values must survive JSON. */
export type LogFields = Readonly<Record<string, unknown>>;

// One per process like the call stack whose scopes it follows: what it holds belongs to the running request, never to this module.
const scopes = new AsyncLocalStorage<LogFields>();

/**
 * Runs `run` with `fields` on every log line that it writes, also after `await`, in timers and in callbacks. Scopes nest: the inner one
 * adds to the outer one and wins where both name a field.
 */
export function withLogFields<R>(fields: LogFields, run: () => R): R {
  return scopes.run({ ...scopes.getStore(), ...fields }, run);
}

/**
 * Sets the `trace_id` of log lines from here to the end of the current asynchronous scope, for services without a tracer. Where an
 * OpenTelemetry span is active, its ids are written instead.
 */
export function setTraceId(traceId: string): void {
  scopes.enterWith({ ...scopes.getStore(), trace_id: traceId });
}

/** What the current scope puts on log lines: its fields, then `trace_id` and `span_id` of the active OpenTelemetry span, if there is one. */
export function currentLogFields(): Record<string, unknown> {
  const fields = { ...scopes.getStore() };
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { ...fields, trace_id: span.traceId, span_id: span.spanId } : fields;
}
