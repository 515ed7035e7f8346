// Spans as Tempo writes them: protobuf's canonical JSON, so ids are base64, enums are names, 64-bit integers are texts and defaults are left out.
import type { Span, SpanKind, SpanStatus } from '../../model/span.ts';
import { attributesToJson, type Json, listOrNone } from './any-value-json.ts';
import { groupSpans } from './group-spans.ts';

const KINDS: Readonly<Record<SpanKind, string | undefined>> = {
  unspecified: undefined,
  internal: 'SPAN_KIND_INTERNAL',
  server: 'SPAN_KIND_SERVER',
  client: 'SPAN_KIND_CLIENT',
  producer: 'SPAN_KIND_PRODUCER',
  consumer: 'SPAN_KIND_CONSUMER',
};
const STATUSES: Readonly<Record<SpanStatus, string | undefined>> = { unset: undefined, ok: 'STATUS_CODE_OK', error: 'STATUS_CODE_ERROR' };

/** An array of ResourceSpans, for JSON.stringify. */
export function tracesToJson(spans: readonly Span[]): readonly Json[] {
  return groupSpans(spans).map(({ resource, scopes }) => ({
    resource: { attributes: listOrNone(attributesToJson(resource)) },
    scopeSpans: scopes.map(({ name, version, spans: members }) => ({
      scope: { name: textOrNone(name), version: textOrNone(version) },
      spans: members.map(spanToJson),
    })),
  }));
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
