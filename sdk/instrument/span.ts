import { type Attributes, type Span, type SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { describeError } from './describe-error.ts';
import { settle } from './settle.ts';

/** The instrumentation scope of every span of this package. */
export const TRACER_NAME = '@alidade/sdk';

/** Settings of `inSpan`. */
export interface SpanOptions {
  readonly attributes?: Attributes;
  /** Default: internal. */
  readonly kind?: SpanKind;
}

/**
 * Runs `run` inside a span, a child of the active one, and ends the span when it returns, throws, or its promise settles. An error is
 * recorded on the span, which gets the status "error", and goes on to the caller unchanged. Without a tracer (`startTracing`) this costs
 * a function call and records nothing.
 */
export function inSpan<R>(name: string, run: (span: Span) => R, options: SpanOptions = {}): R {
  return trace.getTracer(TRACER_NAME).startActiveSpan(name, options, (span) =>
    settle(
      () => run(span),
      (outcome) => {
        if (!outcome.ok) recordError(span, outcome.error);
        span.end();
      },
    ),
  );
}

/** Wraps a function so that every call runs in a span of its own; see `inSpan`. */
export function traced<A extends unknown[], R>(name: string, run: (...args: A) => R, options: SpanOptions = {}): (...args: A) => R {
  return (...args) => inSpan(name, () => run(...args), options);
}

/**
 * Marks a span as failed: status "error" with the error's message, an `exception` event with type, message and stack, and the
 * attribute `error.type` (https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).
 */
export function recordError(span: Span, error: unknown): void {
  const { type, message } = describeError(error);
  span.recordException(error instanceof Error ? error : message);
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Trace and span id of the active span as labels of an exemplar; absent without a span or when its trace is not recorded. */
export function exemplarLabels(): { trace_id: string; span_id: string } | undefined {
  const span = trace.getActiveSpan();
  if (!span?.isRecording()) return undefined;
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}
