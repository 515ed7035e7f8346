import { SPAN_KINDS, type Span, type SpanEvent, type SpanLink, type SpanStatus } from '../../model/span.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { readId, readKeyValue } from './any-value-protobuf.ts';
import type { AttributeMap } from './attribute-map.ts';
import { type ItemContext, type LevelNames, readExportRequest } from './export-request.ts';
import { atOnce, inTurns, type Steps } from './in-turns.ts';
import type { OtlpReader } from './otlp-reader.ts';

const LEVELS: LevelNames = ['resourceSpans', 'scopeSpans', 'spans'];
const STATUSES: readonly SpanStatus[] = ['unset', 'ok', 'error'];
const NOTHING: readonly never[] = [];
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** The spans of an ExportTraceServiceRequest, in its order. Throws AppError `otlp.bad_protobuf` naming the place; unknown fields are ignored. */
export function decodeTraces(body: Uint8Array): Span[] {
  return atOnce(readSpans(body));
}

/** As `decodeTraces`; other work gets its turn while a large request is read. */
export function decodeTracesInTurns(body: Uint8Array): Promise<Span[]> {
  return inTurns(readSpans(body));
}

function* readSpans(body: Uint8Array): Steps<Span[]> {
  const spans: Span[] = [];
  yield* readExportRequest(body, LEVELS, (reader, end, context) => {
    spans.push(readSpan(reader, end, context));
  });
  return spans;
}

function readSpan(reader: OtlpReader, end: number, context: ItemContext): Span {
  let traceId = '';
  let spanId = '';
  let parentSpanId = '';
  let name = '';
  let kind = 0;
  let startNs = 0n;
  let endNs = 0n;
  let status: SpanStatus = 'unset';
  let statusMessage = '';
  const attributes: AttributeMap = {};
  let events: SpanEvent[] | undefined;
  let links: SpanLink[] | undefined;
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case tagOf(1, BYTES):
        traceId = readId(reader, end, 'traceId', TRACE_ID_BYTES);
        break;
      case tagOf(2, BYTES):
        spanId = readId(reader, end, 'spanId', SPAN_ID_BYTES);
        break;
      case tagOf(4, BYTES):
        parentSpanId = readId(reader, end, 'parentSpanId', SPAN_ID_BYTES);
        break;
      case tagOf(5, BYTES):
        name = reader.text(end);
        break;
      case tagOf(6, VARINT):
        kind = reader.int32();
        break;
      case tagOf(7, FIXED64):
        startNs = reader.bigUint64();
        break;
      case tagOf(8, FIXED64):
        endNs = reader.bigUint64();
        break;
      case tagOf(9, BYTES):
        readKeyValue(reader, reader.enter(end), attributes);
        break;
      case tagOf(11, BYTES):
        events ??= [];
        events.push(readEvent(reader, reader.enter(end)));
        break;
      case tagOf(13, BYTES):
        links ??= [];
        links.push(readLink(reader, reader.enter(end)));
        break;
      case tagOf(15, BYTES): {
        const statusEnd = reader.enter(end);
        while (reader.pos < statusEnd) {
          const statusTag = reader.uint32();
          if (statusTag === tagOf(2, BYTES)) statusMessage = reader.text(statusEnd);
          else if (statusTag === tagOf(3, VARINT)) status = STATUSES[reader.int32()] ?? 'unset';
          else reader.skipField(statusTag, statusEnd);
        }
        reader.leave(statusEnd);
        break;
      }
      default:
        reader.skipField(tag, end);
    }
  }
  reader.leave(end);
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: SPAN_KINDS[kind] ?? 'unspecified',
    startNs,
    endNs,
    status,
    statusMessage,
    service: context.service,
    resource: context.resource,
    scopeName: context.scopeName,
    scopeVersion: context.scopeVersion,
    attributes,
    events: events ?? NOTHING,
    links: links ?? NOTHING,
  };
}

function readEvent(reader: OtlpReader, end: number): SpanEvent {
  let timeNs = 0n;
  let name = '';
  const attributes: AttributeMap = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, FIXED64)) timeNs = reader.bigUint64();
    else if (tag === tagOf(2, BYTES)) name = reader.text(end);
    else if (tag === tagOf(3, BYTES)) readKeyValue(reader, reader.enter(end), attributes);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return { timeNs, name, attributes };
}

function readLink(reader: OtlpReader, end: number): SpanLink {
  let traceId = '';
  let spanId = '';
  const attributes: AttributeMap = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) traceId = readId(reader, end, 'links.traceId', TRACE_ID_BYTES);
    else if (tag === tagOf(2, BYTES)) spanId = readId(reader, end, 'links.spanId', SPAN_ID_BYTES);
    else if (tag === tagOf(4, BYTES)) readKeyValue(reader, reader.enter(end), attributes);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return { traceId, spanId, attributes };
}
