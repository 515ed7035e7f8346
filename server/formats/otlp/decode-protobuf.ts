// ExportTraceServiceRequest (opentelemetry-proto, collector/trace/v1) → spans, by hand over the wire: one pass, nothing built in between.
// A message may carry its fields in any order, so scopeSpans are noted while the resource is looked for, and read afterwards.
import { AppError, messageOf } from '../../model/app-error.ts';
import { type AttributeValue, SPAN_KINDS, type Span, type SpanEvent, type SpanLink, type SpanStatus } from '../../model/span.ts';
import { type AttributeMap, MAX_ATTRIBUTE_DEPTH, serviceOf, setAttribute } from './attribute-map.ts';
import { otlpError } from './errors.ts';
import { inTurns, type Steps } from './in-turns.ts';
import { BYTES, FIXED64, tagOf, VARINT, WireReader } from './wire-reader.ts';

const STATUSES: readonly SpanStatus[] = ['unset', 'ok', 'error'];
const NOTHING: readonly never[] = [];
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const SPANS_BETWEEN_PAUSES = 256;

/** The spans of a request, in its order. Throws AppError `otlp.bad_protobuf` naming the place; unknown fields are ignored. */
export function decodeTraces(body: Uint8Array): Span[] {
  const steps = new TraceDecoder(body).decode();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As `decodeTraces`; other work gets its turn while a large request is read. */
export function decodeTracesInTurns(body: Uint8Array): Promise<Span[]> {
  return inTurns(new TraceDecoder(body).decode());
}

/** What spans of one resource share. */
interface ResourceContext {
  readonly resource: AttributeMap;
  readonly service: string;
}

class TraceDecoder {
  readonly #reader: WireReader;
  readonly #spans: Span[] = [];
  // Where we are, for messages; -1 = not inside.
  #resourceAt = -1;
  #scopeAt = -1;
  #spanAt = -1;

  constructor(body: Uint8Array) {
    this.#reader = new WireReader(body);
  }

  /** Yields now and then, so that whoever runs it may pause. */
  *decode(): Steps<Span[]> {
    const reader = this.#reader;
    try {
      while (reader.pos < reader.len) {
        const tag = reader.uint32();
        if (tag === tagOf(1, BYTES)) yield* this.#readResourceSpans(reader.enter(reader.len));
        else reader.skipField(tag, reader.len);
      }
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw this.#fail('', `this is not OTLP in protobuf: ${messageOf(error)}`, error);
    }
    return this.#spans;
  }

  *#readResourceSpans(end: number): Steps<void> {
    const reader = this.#reader;
    this.#resourceAt++;
    this.#scopeAt = -1;
    const resource: AttributeMap = {};
    const scopes: number[] = [];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) this.#readResource(reader.enter(end), resource);
      else if (tag === tagOf(2, BYTES)) pushRange(scopes, reader, end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    const context = { resource, service: serviceOf(resource) };
    for (let i = 0; i < scopes.length; i += 2) {
      reader.pos = scopes[i] as number;
      yield* this.#readScopeSpans(scopes[i + 1] as number, context);
    }
    reader.pos = end;
    this.#scopeAt = -1;
  }

  #readResource(end: number, resource: AttributeMap): void {
    const reader = this.#reader;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) this.#readAttribute(reader.enter(end), resource, 0);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
  }

  *#readScopeSpans(end: number, context: ResourceContext): Steps<void> {
    const reader = this.#reader;
    this.#scopeAt++;
    this.#spanAt = -1;
    const scope = { name: '', version: '' };
    const spans: number[] = [];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) this.#readScope(reader.enter(end), scope);
      else if (tag === tagOf(2, BYTES)) pushRange(spans, reader, end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    for (let i = 0; i < spans.length; i += 2) {
      reader.pos = spans[i] as number;
      this.#spanAt++;
      this.#spans.push(this.#readSpan(spans[i + 1] as number, context, scope));
      if (this.#spans.length % SPANS_BETWEEN_PAUSES === 0) yield;
    }
    this.#spanAt = -1;
  }

  #readScope(end: number, scope: { name: string; version: string }): void {
    const reader = this.#reader;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) scope.name = reader.text(end);
      else if (tag === tagOf(2, BYTES)) scope.version = reader.text(end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
  }

  #readSpan(end: number, context: ResourceContext, scope: { readonly name: string; readonly version: string }): Span {
    const reader = this.#reader;
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
          traceId = this.#readId(end, 'traceId', TRACE_ID_BYTES);
          break;
        case tagOf(2, BYTES):
          spanId = this.#readId(end, 'spanId', SPAN_ID_BYTES);
          break;
        case tagOf(4, BYTES):
          parentSpanId = this.#readId(end, 'parentSpanId', SPAN_ID_BYTES);
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
          this.#readAttribute(reader.enter(end), attributes, 0);
          break;
        case tagOf(11, BYTES):
          events ??= [];
          events.push(this.#readEvent(reader.enter(end)));
          break;
        case tagOf(13, BYTES):
          links ??= [];
          links.push(this.#readLink(reader.enter(end)));
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
      scopeName: scope.name,
      scopeVersion: scope.version,
      attributes,
      events: events ?? NOTHING,
      links: links ?? NOTHING,
    };
  }

  #readEvent(end: number): SpanEvent {
    const reader = this.#reader;
    let timeNs = 0n;
    let name = '';
    const attributes: AttributeMap = {};
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, FIXED64)) timeNs = reader.bigUint64();
      else if (tag === tagOf(2, BYTES)) name = reader.text(end);
      else if (tag === tagOf(3, BYTES)) this.#readAttribute(reader.enter(end), attributes, 0);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    return { timeNs, name, attributes };
  }

  #readLink(end: number): SpanLink {
    const reader = this.#reader;
    let traceId = '';
    let spanId = '';
    const attributes: AttributeMap = {};
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) traceId = this.#readId(end, 'links.traceId', TRACE_ID_BYTES);
      else if (tag === tagOf(2, BYTES)) spanId = this.#readId(end, 'links.spanId', SPAN_ID_BYTES);
      else if (tag === tagOf(4, BYTES)) this.#readAttribute(reader.enter(end), attributes, 0);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    return { traceId, spanId, attributes };
  }

  /** KeyValue. */
  #readAttribute(end: number, map: AttributeMap, depth: number): void {
    const reader = this.#reader;
    let key = '';
    let value: AttributeValue = '';
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) key = reader.text(end);
      else if (tag === tagOf(2, BYTES)) value = this.#readValue(reader.enter(end), depth);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    setAttribute(map, key, value);
  }

  /** AnyValue; one without a value is the empty string. */
  #readValue(end: number, depth: number): AttributeValue {
    const reader = this.#reader;
    if (depth > MAX_ATTRIBUTE_DEPTH)
      throw this.#fail(this.#scopeAt < 0 ? 'resource.attributes' : 'attributes', `values are nested more than ${MAX_ATTRIBUTE_DEPTH} deep`);
    let value: AttributeValue = '';
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) value = reader.text(end);
      else if (tag === tagOf(2, VARINT)) value = reader.bool();
      else if (tag === tagOf(3, VARINT)) value = reader.bigInt64();
      else if (tag === tagOf(4, FIXED64)) value = reader.double();
      else if (tag === tagOf(5, BYTES)) value = this.#readArray(reader.enter(end), depth + 1);
      else if (tag === tagOf(6, BYTES)) value = this.#readMap(reader.enter(end), depth + 1);
      else if (tag === tagOf(7, BYTES)) value = reader.base64(end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    return value;
  }

  #readArray(end: number, depth: number): AttributeValue[] {
    const reader = this.#reader;
    const values: AttributeValue[] = [];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) values.push(this.#readValue(reader.enter(end), depth));
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    return values;
  }

  #readMap(end: number, depth: number): AttributeMap {
    const reader = this.#reader;
    const map: AttributeMap = {};
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) this.#readAttribute(reader.enter(end), map, depth);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    return map;
  }

  #readId(end: number, field: string, bytes: number): string {
    const before = this.#reader.pos;
    const id = this.#reader.id(end, bytes);
    if (id === undefined) throw this.#fail(field, `want ${bytes} bytes, got ${this.#reader.pos - before - 1}`);
    return id;
  }

  #fail(field: string, problem: string, cause?: unknown): AppError {
    const indexes = [
      ['resourceSpans', this.#resourceAt],
      ['scopeSpans', this.#scopeAt],
      ['spans', this.#spanAt],
    ] as const;
    const places = indexes.filter(([, index]) => index >= 0).map(([name, index]) => `${name}[${index}]`);
    const place = [...places, field].filter((part) => part !== '').join('.');
    return otlpError('otlp.bad_protobuf', place === '' ? problem : `${place}: ${problem}`, cause);
  }
}

function pushRange(ranges: number[], reader: WireReader, end: number): void {
  const to = reader.enter(end);
  ranges.push(reader.pos, to);
  reader.pos = to;
}
