// Spans as Tempo writes them: protobuf's canonical JSON, so ids are base64, enums are names, 64-bit integers are texts and defaults are left out.
import type { Span, SpanKind, SpanStatus } from '../../model/span.ts';
import { attributesToJson, type Json, listOrNone } from './any-value-json.ts';
import { groupSpans } from './group-spans.ts';
import { inTurns, type Steps } from './in-turns.ts';

const KINDS: Readonly<Record<SpanKind, string | undefined>> = {
  unspecified: undefined,
  internal: 'SPAN_KIND_INTERNAL',
  server: 'SPAN_KIND_SERVER',
  client: 'SPAN_KIND_CLIENT',
  producer: 'SPAN_KIND_PRODUCER',
  consumer: 'SPAN_KIND_CONSUMER',
};
const STATUSES: Readonly<Record<SpanStatus, string | undefined>> = { unset: undefined, ok: 'STATUS_CODE_OK', error: 'STATUS_CODE_ERROR' };

const SPANS_BETWEEN_PAUSES = 256;

/** An array of ResourceSpans as JSON text; other work gets its turn while a large trace is written. */
export function formatTracesInTurns(spans: readonly Span[]): Promise<string> {
  return inTurns(writeTraces(spans));
}

function* writeTraces(spans: readonly Span[]): Steps<string> {
  const resources: string[] = [];
  for (const { resource, scopes } of groupSpans(spans)) {
    const scopeTexts: string[] = [];
    for (const { name, version, spans: members } of scopes) {
      const parts: string[] = [];
      for (let i = 0; i < members.length; i += SPANS_BETWEEN_PAUSES) {
        parts.push(...members.slice(i, i + SPANS_BETWEEN_PAUSES).map((span) => JSON.stringify(spanToJson(span))));
        yield;
      }
      const scope = JSON.stringify({ name: textOrNone(name), version: textOrNone(version) });
      scopeTexts.push(`{"scope":${scope},"spans":[${parts.join(',')}]}`);
    }
    const attributes = JSON.stringify({ attributes: listOrNone(attributesToJson(resource)) });
    resources.push(`{"resource":${attributes},"scopeSpans":[${scopeTexts.join(',')}]}`);
  }
  return `[${resources.join(',')}]`;
}

function spanToJson(span: Span): Json {
  return {
    traceId: idToJson(span.traceId),
    spanId: idToJson(span.spanId),
    parentSpanId: idToJson(span.parentSpanId),
    name: textOrNone(span.name),
    kind: KINDS[span.kind],
    startTimeUnixNano: timeToJson(span.startNs),
    endTimeUnixNano: timeToJson(span.endNs),
    attributes: listOrNone(attributesToJson(span.attributes)),
    events: listOrNone(
      span.events.map((event) => ({
        timeUnixNano: timeToJson(event.timeNs),
        name: textOrNone(event.name),
        attributes: listOrNone(attributesToJson(event.attributes)),
      })),
    ),
    links: listOrNone(
      span.links.map((link) => ({
        traceId: idToJson(link.traceId),
        spanId: idToJson(link.spanId),
        attributes: listOrNone(attributesToJson(link.attributes)),
      })),
    ),
    status: { message: textOrNone(span.statusMessage), code: STATUSES[span.status] },
  };
}

function idToJson(hex: string): string | undefined {
  return hex === '' ? undefined : Buffer.from(hex, 'hex').toString('base64');
}

function timeToJson(timeNs: bigint): string | undefined {
  return timeNs === 0n ? undefined : timeNs.toString();
}

function textOrNone(text: string): string | undefined {
  return text === '' ? undefined : text;
}
