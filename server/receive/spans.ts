// What happens to spans between a push protocol and the store: those that cannot be stored are refused one by one, the rest is kept.
import { Counter, type Registry } from 'prom-client';
import { isAppError } from '../model/app-error.ts';
import { type Clock, sleep } from '../model/clock.ts';
import type { Attributes, Span } from '../model/span.ts';
import type { TraceStore } from '../storage/store.ts';
import { attributesSizeBytes, isLargerThan, roughSizeOf } from './span-size.ts';

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
  /**
   * Stores spans; resolves when they are durable. Rejects with `storage.overloaded` when the store's buffer is full; a span that is sent
   * again is kept once.
   */
  push(spans: readonly Span[]): Promise<SpanPushResult>;
}

const NS_PER_MS = 1_000_000n;
const MAX_FUTURE_MS = 10 * 60_000;
const MAX_SHOWN_NAME = 100;
const SPANS_AT_ONCE = 5_000;
const BYTES_AT_ONCE = 8 * 1024 * 1024;
/** A resource is sent once and stored with each of its spans. */
const MAX_RESOURCE_BYTES = 64 * 1024;
/** Of the spans of one push, each with its resource. */
const MAX_PUSH_BYTES = 256 * 1024 * 1024;
/** How long the rest of a push waits for room in the store before the client is told to send it again. */
const ROOM_TRIES = 50;
const ROOM_WAIT_MS = 100;

/** Creates the receiver of spans, which all push protocols share. */
export function createSpanReceiver(deps: SpanReceiverDeps): SpanReceiver {
  const count = createCounters(deps.registry);
  return {
    async push(spans) {
      const check = createCheck(deps);
      const refusals = new Map<SpanRefusal, { count: number; first: string }>();
      let part: Span[] = [];
      let partBytes = 0;
      let stored = 0;
      const store = async () => {
        if (part.length > 0) await append(deps, part, stored > 0, count);
        stored += part.length;
        part = [];
        partBytes = 0;
      };
      for (const [i, span] of spans.entries()) {
        // A large request must not hold the event loop.
        if (i % SPANS_AT_ONCE === 0 && i > 0) await new Promise<void>((resolve) => setImmediate(resolve));
        const { refusal, sizeBytes } = check(span);
        if (refusal === undefined) {
          part.push(inOrder(span));
          partBytes += sizeBytes;
          if (part.length >= SPANS_AT_ONCE || partBytes >= BYTES_AT_ONCE) await store();
          continue;
        }
        const known = refusals.get(refusal.reason);
        if (known) known.count++;
        else refusals.set(refusal.reason, { count: 1, first: `span ${describe(span)}: ${refusal.why}` });
      }
      await store();
      count(0, refusals);
      return { rejectedSpans: spans.length - stored, errorMessage: messageOf(spans.length, refusals) };
    },
  };
}

/** Stores a part of a push; when parts before it are stored already, it waits a while for room. */
async function append({ store, clock }: SpanReceiverDeps, spans: readonly Span[], isWaiting: boolean, count: Count): Promise<void> {
  for (let tries = isWaiting ? ROOM_TRIES : 0; ; tries--) {
    try {
      await store.append(spans);
      count(spans.length, new Map());
      return;
    } catch (error) {
      const isFull = isAppError(error, 'storage.overloaded');
      if (!isFull || tries <= 0) {
        if (isFull) count(0, new Map([['overloaded', { count: spans.length }]]));
        throw error;
      }
    }
    await sleep(clock, ROOM_WAIT_MS);
  }
}

type Refusals = ReadonlyMap<SpanRefusal, { readonly count: number; readonly first: string }>;

type Count = (stored: number, refusals: ReadonlyMap<CountedRefusal, { readonly count: number }>) => void;

function createCounters(registry: Registry | undefined): Count {
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

interface Refusal {
  readonly reason: SpanRefusal;
  readonly why: string;
}

/** A test of the spans of one push: why one is refused, and what it takes in the store, roughly. */
function createCheck(deps: SpanReceiverDeps): (span: Span) => { readonly refusal: Refusal | undefined; readonly sizeBytes: number } {
  const checkSpan = createSpanCheck(deps);
  const resources = new Map<Attributes, number>();
  let pushBytes = 0;
  const refusalOf = (span: Span, resourceBytes: number, sizeBytes: number): Refusal | undefined => {
    const refusal = checkSpan(span);
    if (refusal) return refusal;
    if (resourceBytes > MAX_RESOURCE_BYTES)
      return { reason: 'too_large', why: `the attributes of its resource are larger than the limit of ${MAX_RESOURCE_BYTES} bytes` };
    if (pushBytes + sizeBytes > MAX_PUSH_BYTES)
      return { reason: 'too_large', why: `with their resources the spans of the request are larger than ${MAX_PUSH_BYTES} bytes` };
    pushBytes += sizeBytes;
    return undefined;
  };
  return (span) => {
    const resourceBytes = resources.get(span.resource) ?? attributesSizeBytes(span.resource);
    resources.set(span.resource, resourceBytes);
    const sizeBytes = roughSizeOf(span) + resourceBytes;
    return { refusal: refusalOf(span, resourceBytes, sizeBytes), sizeBytes };
  };
}

/** A test of single spans that arrive now. */
function createSpanCheck({ clock, limits, retentionMs }: SpanReceiverDeps) {
  const nowMs = clock.nowMs();
  const minNs = retentionMs > 0 ? BigInt(nowMs - retentionMs) * NS_PER_MS : 0n;
  const maxNs = BigInt(nowMs + MAX_FUTURE_MS) * NS_PER_MS;
  return (span: Span): Refusal | undefined => {
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
