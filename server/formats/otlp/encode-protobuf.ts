import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { type Attributes, type AttributeValue, SPAN_KINDS, type Span, type SpanEvent, type SpanLink } from '../../model/span.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { groupSpans } from './group-spans.ts';
import { atOnce, inTurns, type Steps } from './in-turns.ts';

const STATUS_CODES = { unset: 0, ok: 1, error: 2 } as const;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

const SPANS_BETWEEN_PAUSES = 256;

/**
 * Spans as TracesData, which is also ExportTraceServiceRequest and Tempo's Trace: resource_spans = 1. Bytes of attributes are
 * base64 text in the model and stay so; integers beyond 64 bits become text.
 */
export function encodeTraces(spans: readonly Span[]): Uint8Array {
  return atOnce(writeTraces(spans));
}

/** As `encodeTraces`; other work gets its turn while a large trace is written. */
export function encodeTracesInTurns(spans: readonly Span[]): Promise<Uint8Array> {
  return inTurns(writeTraces(spans));
}

function* writeTraces(spans: readonly Span[]): Steps<Uint8Array> {
  const writer = new BinaryWriter();
  let written = 0;
  for (const { resource, scopes } of groupSpans(spans)) {
    writer.uint32(tagOf(1, BYTES)).fork();
    writer.uint32(tagOf(1, BYTES)).fork();
    writeAttributes(writer, 1, resource);
    writer.join();
    for (const scope of scopes) {
      writer.uint32(tagOf(2, BYTES)).fork();
      writer.uint32(tagOf(1, BYTES)).fork();
      writeText(writer, 1, scope.name);
      writeText(writer, 2, scope.version);
      writer.join();
      for (const span of scope.spans) {
        writeSpan(writer, span);
        if (++written % SPANS_BETWEEN_PAUSES === 0) yield;
      }
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}

function writeSpan(writer: BinaryWriter, span: Span): void {
  writer.uint32(tagOf(2, BYTES)).fork();
  writeId(writer, 1, span.traceId);
  writeId(writer, 2, span.spanId);
  writeId(writer, 4, span.parentSpanId);
  writeText(writer, 5, span.name);
  const kind = SPAN_KINDS.indexOf(span.kind);
  if (kind !== 0) writer.uint32(tagOf(6, VARINT)).int32(kind);
  writer.uint32(tagOf(7, FIXED64)).fixed64(span.startNs);
  writer.uint32(tagOf(8, FIXED64)).fixed64(span.endNs);
  writeAttributes(writer, 9, span.attributes);
  for (const event of span.events) writeEvent(writer, event);
  for (const link of span.links) writeLink(writer, link);
  writer.uint32(tagOf(15, BYTES)).fork();
  writeText(writer, 2, span.statusMessage);
  if (span.status !== 'unset') writer.uint32(tagOf(3, VARINT)).int32(STATUS_CODES[span.status]);
  writer.join();
  writer.join();
}

function writeEvent(writer: BinaryWriter, event: SpanEvent): void {
  writer.uint32(tagOf(11, BYTES)).fork();
  writer.uint32(tagOf(1, FIXED64)).fixed64(event.timeNs);
  writeText(writer, 2, event.name);
  writeAttributes(writer, 3, event.attributes);
  writer.join();
}

function writeLink(writer: BinaryWriter, link: SpanLink): void {
  writer.uint32(tagOf(13, BYTES)).fork();
  writeId(writer, 1, link.traceId);
  writeId(writer, 2, link.spanId);
  writeAttributes(writer, 4, link.attributes);
  writer.join();
}

function writeAttributes(writer: BinaryWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    writer.uint32(tagOf(field, BYTES)).fork();
    writeText(writer, 1, key);
    writer.uint32(tagOf(2, BYTES)).fork();
    writeValue(writer, value);
    writer.join();
    writer.join();
  }
}

/** The fields of an AnyValue. */
function writeValue(writer: BinaryWriter, value: AttributeValue): void {
  if (typeof value === 'string') writer.uint32(tagOf(1, BYTES)).string(value);
  else if (typeof value === 'boolean') writer.uint32(tagOf(2, VARINT)).bool(value);
  else if (typeof value === 'bigint') {
    if (value >= MIN_INT64 && value <= MAX_INT64) writer.uint32(tagOf(3, VARINT)).int64(value);
    else writer.uint32(tagOf(1, BYTES)).string(value.toString());
  } else if (typeof value === 'number') writer.uint32(tagOf(4, FIXED64)).double(value);
  else if (Array.isArray(value)) {
    writer.uint32(tagOf(5, BYTES)).fork();
    for (const item of value as readonly AttributeValue[]) {
      writer.uint32(tagOf(1, BYTES)).fork();
      writeValue(writer, item);
      writer.join();
    }
    writer.join();
  } else {
    writer.uint32(tagOf(6, BYTES)).fork();
    writeAttributes(writer, 1, value as Attributes);
    writer.join();
  }
}

/** Defaults are left out, as protobuf does. */
function writeText(writer: BinaryWriter, field: number, text: string): void {
  if (text !== '') writer.uint32(tagOf(field, BYTES)).string(text);
}

function writeId(writer: BinaryWriter, field: number, hex: string): void {
  if (hex !== '') writer.uint32(tagOf(field, BYTES)).bytes(Buffer.from(hex, 'hex'));
}
