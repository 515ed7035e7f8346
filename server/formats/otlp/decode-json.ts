import { SPAN_KINDS, type Span, type SpanEvent, type SpanLink, type SpanStatus } from '../../model/span.ts';
import type { ItemContext, LevelNames } from './export-request.ts';
import { type JsonObject, JsonReader } from './json-reader.ts';

const LEVELS: LevelNames = ['resourceSpans', 'scopeSpans', 'spans'];
const STATUSES: readonly SpanStatus[] = ['unset', 'ok', 'error'];
const KIND_NAMES = SPAN_KINDS.map((kind) => `SPAN_KIND_${kind.toUpperCase()}`);
const STATUS_NAMES = STATUSES.map((status) => `STATUS_CODE_${status.toUpperCase()}`);

/** The spans of an ExportTraceServiceRequest in JSON, in its order. Throws AppError `otlp.bad_json` naming the place. */
export function decodeTracesJson(text: string): Span[] {
  const spans: Span[] = [];
  const reader = new JsonReader();
  reader.exportRequest(text, LEVELS, (span, context) => spans.push(readSpan(reader, span, context)));
  return spans;
}

function readSpan(reader: JsonReader, span: JsonObject, context: ItemContext): Span {
  const status = reader.object(span, 'status', 'status');
  return {
    traceId: reader.id(span, 'traceId', 'trace_id', 32),
    spanId: reader.id(span, 'spanId', 'span_id', 16),
    parentSpanId: reader.id(span, 'parentSpanId', 'parent_span_id', 16),
    name: reader.text(span, 'name', 'name'),
    kind: SPAN_KINDS[reader.enum(span, 'kind', 'kind', KIND_NAMES)] ?? 'unspecified',
    startNs: reader.time(span, 'startTimeUnixNano', 'start_time_unix_nano'),
    endNs: reader.time(span, 'endTimeUnixNano', 'end_time_unix_nano'),
    status: STATUSES[reader.enum(status, 'code', 'code', STATUS_NAMES)] ?? 'unset',
    statusMessage: reader.text(status, 'message', 'message'),
    service: context.service,
    resource: context.resource,
    scopeName: context.scopeName,
    scopeVersion: context.scopeVersion,
    attributes: reader.attributes(span),
    events: readEvents(reader, span),
    links: readLinks(reader, span),
  };
}

function readEvents(reader: JsonReader, span: JsonObject): SpanEvent[] {
  const events: SpanEvent[] = [];
  reader.each(span, 'events', 'events', (event) => {
    const timeNs = reader.time(event, 'timeUnixNano', 'time_unix_nano');
    events.push({ timeNs, name: reader.text(event, 'name', 'name'), attributes: reader.attributes(event) });
  });
  return events;
}

function readLinks(reader: JsonReader, span: JsonObject): SpanLink[] {
  const links: SpanLink[] = [];
  reader.each(span, 'links', 'links', (link) => {
    const traceId = reader.id(link, 'traceId', 'trace_id', 32);
    links.push({ traceId, spanId: reader.id(link, 'spanId', 'span_id', 16), attributes: reader.attributes(link) });
  });
  return links;
}
