// What happens to spans between a push protocol and the store: those that cannot be stored are refused one by one, the rest is kept.
import { Counter, type Registry } from 'prom-client';
import { isAppError } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { Span } from '../model/span.ts';
import type { TraceStore } from '../storage/store.ts';
import { isLargerThan } from './span-size.ts';

/** Why a span was refused. */
export type SpanRefusal = 'no_trace_id' | 'no_span_id' | 'too_large' | 'too_old' | 'too_far_in_future';
/** The values of the label `reason` of the counter: also spans that nobody is told of one by one. */
type CountedRefusal = SpanRefusal | 'overloaded';

export interface SpanReceiverDeps {
  readonly store: TraceStore;
  readonly clock: Clock;
  readonly limits: { readonly maxSpanBytes: number };
  /** Older spans are refused; 0 = none are. */
  readonly retentionMs: number;
  /** Where our own counters go. */
  readonly registry?: Registry | undefined;
}

/** What became of pushed spans. */
export interface SpanPushResult {
  readonly rejectedSpans: number;
  /** Which were refused and why, '' when none. */
  readonly errorMessage: string;
}

export interface SpanReceiver {
  /** Stores spans; resolves when they are durable. Rejects with `storage.overloaded` (nothing stored) when the store's buffer is full. */
  push(spans: readonly Span[]): Promise<SpanPushResult>;
}

const NS_PER_MS = 1_000_000n;
const MAX_FUTURE_MS = 10 * 60_000;
const MAX_SHOWN_NAME = 100;
const SPANS_AT_ONCE = 5_000;

/** Creates the receiver of spans, which all push protocols share. */
export function createSpanReceiver(deps: SpanReceiverDeps): SpanReceiver {
  const count = createCounters(deps.registry);
  return {
    async push(spans) {
      const check = createCheck(deps);
      const kept: Span[] = [];
      const refusals = new Map<SpanRefusal, { count: number; first: string }>();
      for (const [i, span] of spans.entries()) {
        // A large request must not hold the event loop.
        if (i % SPANS_AT_ONCE === 0 && i > 0) await new Promise<void>((resolve) => setImmediate(resolve));
        const refusal = check(span);
        if (refusal === undefined) {
          kept.push(inOrder(span));
          continue;
        }
        const known = refusals.get(refusal.reason);
        if (known) known.count++;
        else refusals.set(refusal.reason, { count: 1, first: `span ${describe(span)}: ${refusal.why}` });
      }
      try {
        if (kept.length > 0) await deps.store.append(kept);
      } catch (error) {
        if (isAppError(error, 'storage.overloaded')) count(0, new Map([['overloaded', { count: kept.length }]]));
        throw error;
      }
      count(kept.length, refusals);
      return { rejectedSpans: spans.length - kept.length, errorMessage: messageOf(spans.length, refusals) };
    },
  };
}

type Refusals = ReadonlyMap<SpanRefusal, { readonly count: number; readonly first: string }>;

function createCounters(
  registry: Registry | undefined,
): (stored: number, refusals: ReadonlyMap<CountedRefusal, { readonly count: number }>) => void {
  if (!registry) return () => undefined;
  const registers = [registry];
  const received = new Counter({ name: 'alidade_receive_spans_total', help: 'Spans received and stored.', registers });
  const refused = new Counter({
    name: 'alidade_receive_spans_refused_total',
    help: 'Spans that were received and not stored, by reason.',
    labelNames: ['reason'],
    registers,
  });
  return (stored, refusals) => {
    received.inc(stored);
    for (const [reason, { count }] of refusals) refused.inc({ reason }, count);
  };
}

/** A test of spans that arrive now: why one is refused, undefined when it is welcome. */
function createCheck({ clock, limits, retentionMs }: SpanReceiverDeps) {
  const nowMs = clock.nowMs();
  const minNs = retentionMs > 0 ? BigInt(nowMs - retentionMs) * NS_PER_MS : 0n;
  const maxNs = BigInt(nowMs + MAX_FUTURE_MS) * NS_PER_MS;
  return (span: Span): { readonly reason: SpanRefusal; readonly why: string } | undefined => {
    const { startNs, endNs } = span;
    if (span.traceId === '') return { reason: 'no_trace_id', why: 'its trace id is missing or all zeros' };
    if (span.spanId === '') return { reason: 'no_span_id', why: 'its span id is missing or all zeros' };
    if (startNs === 0n) return { reason: 'too_old', why: 'it has no start time' };
    if (startNs < minNs)
      return { reason: 'too_old', why: `it starts at ${timeText(startNs)}, before the retention of traces begins (${timeText(minNs)})` };
    const future = startNs > maxNs ? `starts at ${timeText(startNs)}` : endNs > maxNs ? `ends at ${timeText(endNs)}` : undefined;
    if (future !== undefined)
      return {
        reason: 'too_far_in_future',
        why: `it ${future}, more than 10 minutes ahead of this server's clock (${timeText(BigInt(nowMs) * NS_PER_MS)})`,
      };
    if (isLargerThan(span, limits.maxSpanBytes))
      return { reason: 'too_large', why: `it is larger than the limit of ${limits.maxSpanBytes} bytes` };
    return undefined;
  };
}

/** A clock that was set back while a span ran lets it end before it began; then it took no time. */
function inOrder(span: Span): Span {
  return span.endNs < span.startNs ? { ...span, endNs: span.startNs } : span;
}

function messageOf(total: number, refusals: Refusals): string {
  if (refusals.size === 0) return '';
  const refused = [...refusals.values()].reduce((sum, { count }) => sum + count, 0);
  const parts = [...refusals].map(([reason, { count, first }]) => `${count} ${reason.replaceAll('_', ' ')} (first: ${first})`);
  return `${refused} of ${total} spans refused: ${parts.join('; ')}`;
}

function describe(span: Span): string {
  const name = span.name.length > MAX_SHOWN_NAME ? `${span.name.slice(0, MAX_SHOWN_NAME)}…` : span.name;
  return `${JSON.stringify(name)} of service ${JSON.stringify(span.service)}`;
}

function timeText(timeNs: bigint): string {
  return new Date(Number(timeNs / NS_PER_MS)).toISOString();
}
