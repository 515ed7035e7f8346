// OTLP in JSON → spans. Beyond the specification (lower camel case, hex ids, enum numbers) it takes what protobuf's JSON allows:
// names in snake case, enum names, 64-bit integers as text or number, null for absent. Unknown fields are ignored.
import { type AppError, messageOf } from '../../model/app-error.ts';
import { type AttributeValue, SPAN_KINDS, type Span, type SpanEvent, type SpanLink, type SpanStatus } from '../../model/span.ts';
import { type AttributeMap, MAX_ATTRIBUTE_DEPTH, serviceOf, setAttribute } from './attribute-map.ts';
import { otlpError } from './errors.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const STATUSES: readonly SpanStatus[] = ['unset', 'ok', 'error'];
const KIND_NAMES = SPAN_KINDS.map((kind) => `SPAN_KIND_${kind.toUpperCase()}`);
const STATUS_NAMES = STATUSES.map((status) => `STATUS_CODE_${status.toUpperCase()}`);
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** The spans of an ExportTraceServiceRequest, in its order. Throws AppError `otlp.bad_json` naming the place. */
export function decodeTracesJson(text: string): Span[] {
  return new TraceJsonDecoder().decode(text);
}

class TraceJsonDecoder {
  /** Where we are, for messages. */
  readonly #path: (string | number)[] = [];

  decode(text: string): Span[] {
    const request = this.#parse(text);
    const spans: Span[] = [];
    this.#each(request, 'resourceSpans', 'resource_spans', (group) => {
      const resource = this.#inside('resource', () => this.#attributes(this.#object(group, 'resource', 'resource')));
      const service = serviceOf(resource);
      this.#each(group, 'scopeSpans', 'scope_spans', (scopeSpans) => {
        const scope = this.#object(scopeSpans, 'scope', 'scope');
        const scopeName = this.#text(scope, 'name', 'name');
        const scopeVersion = this.#text(scope, 'version', 'version');
        this.#each(scopeSpans, 'spans', 'spans', (span) => {
          spans.push({ ...this.#span(span), service, resource, scopeName, scopeVersion });
        });
      });
    });
    return spans;
  }

  #parse(text: string): JsonObject {
    let json: unknown;
    try {
      json = JSON.parse(quoteLongIntegers(text));
    } catch (error) {
      throw otlpError('otlp.bad_json', `this is not JSON: ${messageOf(error)}`, error);
    }
    if (!isObject(json)) throw this.#fail(`want an object with resourceSpans, got ${shown(json)}`);
    return json;
  }

  #span(span: JsonObject): Omit<Span, 'service' | 'resource' | 'scopeName' | 'scopeVersion'> {
    const status = this.#object(span, 'status', 'status');
    return {
      traceId: this.#id(span, 'traceId', 'trace_id', 32),
      spanId: this.#id(span, 'spanId', 'span_id', 16),
      parentSpanId: this.#id(span, 'parentSpanId', 'parent_span_id', 16),
      name: this.#text(span, 'name', 'name'),
      kind: SPAN_KINDS[this.#enum(span, 'kind', KIND_NAMES)] ?? 'unspecified',
      startNs: this.#time(span, 'startTimeUnixNano', 'start_time_unix_nano'),
      endNs: this.#time(span, 'endTimeUnixNano', 'end_time_unix_nano'),
      status: STATUSES[this.#enum(status, 'code', STATUS_NAMES)] ?? 'unset',
      statusMessage: this.#text(status, 'message', 'message'),
      attributes: this.#attributes(span),
      events: this.#events(span),
      links: this.#links(span),
    };
  }

  #events(span: JsonObject): SpanEvent[] {
    const events: SpanEvent[] = [];
    this.#each(span, 'events', 'events', (event) => {
      const timeNs = this.#time(event, 'timeUnixNano', 'time_unix_nano');
      events.push({ timeNs, name: this.#text(event, 'name', 'name'), attributes: this.#attributes(event) });
    });
    return events;
  }

  #links(span: JsonObject): SpanLink[] {
    const links: SpanLink[] = [];
    this.#each(span, 'links', 'links', (link) => {
      const traceId = this.#id(link, 'traceId', 'trace_id', 32);
      links.push({ traceId, spanId: this.#id(link, 'spanId', 'span_id', 16), attributes: this.#attributes(link) });
    });
    return links;
  }

  #attributes(owner: JsonObject): AttributeMap {
    return this.#keyValues(owner, 'attributes', 0);
  }

  #keyValues(owner: JsonObject, name: string, depth: number): AttributeMap {
    const map: AttributeMap = {};
    this.#each(owner, name, name, (pair) => {
      const key = this.#text(pair, 'key', 'key');
      setAttribute(
        map,
        key,
        this.#inside('value', () => this.#value(pair.value, depth)),
      );
    });
    return map;
  }

  /** AnyValue; one without a value is the empty string. */
  #value(json: unknown, depth: number): AttributeValue {
    if (json === undefined || json === null) return '';
    if (!isObject(json)) throw this.#fail(`want an object such as {"stringValue": …}, got ${shown(json)}`);
    if (depth > MAX_ATTRIBUTE_DEPTH) throw this.#fail(`values are nested more than ${MAX_ATTRIBUTE_DEPTH} deep`);
    if (has(json, 'stringValue', 'string_value')) return this.#text(json, 'stringValue', 'string_value');
    if (has(json, 'boolValue', 'bool_value')) return this.#bool(json, 'boolValue', 'bool_value');
    if (has(json, 'intValue', 'int_value')) return this.#integer(json, 'intValue', 'int_value', MIN_INT64, MAX_INT64);
    if (has(json, 'doubleValue', 'double_value')) return this.#double(json, 'doubleValue', 'double_value');
    if (has(json, 'bytesValue', 'bytes_value')) return this.#bytes(json, 'bytesValue', 'bytes_value');
    if (has(json, 'arrayValue', 'array_value')) return this.#array(this.#object(json, 'arrayValue', 'array_value'), depth + 1);
    if (has(json, 'kvlistValue', 'kvlist_value'))
      return this.#keyValues(this.#object(json, 'kvlistValue', 'kvlist_value'), 'values', depth + 1);
    return '';
  }

  #array(array: JsonObject, depth: number): AttributeValue[] {
    const values: AttributeValue[] = [];
    this.#each(array, 'values', 'values', (value) => values.push(this.#value(value, depth)));
    return values;
  }

  // -------------------------------------------------------------------------------------------------------------- fields

  #each(owner: JsonObject, camel: string, snake: string, read: (item: JsonObject) => void): void {
    const list = fieldOf(owner, camel, snake);
    if (list === undefined) return;
    this.#path.push(camel);
    if (!Array.isArray(list)) throw this.#fail(`want an array, got ${shown(list)}`);
    for (let i = 0; i < list.length; i++) {
      this.#path.push(i);
      const item: unknown = list[i];
      if (!isObject(item)) throw this.#fail(`want an object, got ${shown(item)}`);
      read(item);
      this.#path.pop();
    }
    this.#path.pop();
  }

  /** Absent is the same as empty. */
  #object(owner: JsonObject, camel: string, snake: string): JsonObject {
    const value = fieldOf(owner, camel, snake) ?? {};
    return isObject(value) ? value : this.#refuse(camel, `want an object, got ${shown(value)}`);
  }

  #text(owner: JsonObject, camel: string, snake: string): string {
    const value = fieldOf(owner, camel, snake) ?? '';
    return typeof value === 'string' ? value : this.#refuse(camel, `want a string, got ${shown(value)}`);
  }

  #bool(owner: JsonObject, camel: string, snake: string): boolean {
    const value = fieldOf(owner, camel, snake);
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return this.#refuse(camel, `want true or false, got ${shown(value)}`);
  }

  /** Lower-case hex; '' when absent or all zero, which is the same to OpenTelemetry. */
  #id(owner: JsonObject, camel: string, snake: string, digits: number): string {
    const id = this.#text(owner, camel, snake);
    if (id === '' || (id.length === digits && /^0+$/.test(id))) return '';
    if (id.length !== digits || !/^[0-9a-fA-F]+$/.test(id)) this.#refuse(camel, `want ${digits} hex digits, got ${shown(id)}`);
    return id.toLowerCase();
  }

  #enum(owner: JsonObject, name: string, names: readonly string[]): number {
    const value = fieldOf(owner, name, name) ?? 0;
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value);
    const index = names.indexOf(String(value));
    return index >= 0 ? index : this.#refuse(name, `want a number or one of ${names.join(', ')}, got ${shown(value)}`);
  }

  #time(owner: JsonObject, camel: string, snake: string): bigint {
    return fieldOf(owner, camel, snake) === undefined ? 0n : this.#integer(owner, camel, snake, 0n, MAX_UINT64);
  }

  #integer(owner: JsonObject, camel: string, snake: string, min: bigint, max: bigint): bigint {
    const value = fieldOf(owner, camel, snake);
    let integer: bigint | undefined;
    if (typeof value === 'number' && Number.isInteger(value)) integer = BigInt(value);
    else if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) integer = BigInt(value);
    if (integer === undefined || integer < min || integer > max)
      this.#refuse(camel, `want an integer from ${min} to ${max}, as text or number, got ${shown(value)}`);
    return integer as bigint;
  }

  #double(owner: JsonObject, camel: string, snake: string): number {
    const value = fieldOf(owner, camel, snake);
    if (typeof value === 'number') return value;
    if (value === 'NaN') return Number.NaN;
    if (value === 'Infinity' || value === '-Infinity') return Number(value);
    if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
    return this.#refuse(camel, `want a number, got ${shown(value)}`);
  }

  /** Base64, also in its URL form; kept as base64 text. */
  #bytes(owner: JsonObject, camel: string, snake: string): string {
    const text = this.#text(owner, camel, snake);
    if (!/^[\w+/-]*={0,2}$/.test(text)) this.#refuse(camel, `want base64, got ${shown(text)}`);
    return Buffer.from(text, 'base64').toString('base64');
  }

  #inside<T>(field: string, read: () => T): T {
    this.#path.push(field);
    const result = read();
    this.#path.pop();
    return result;
  }

  #refuse(field: string, problem: string): never {
    this.#path.push(field);
    throw this.#fail(problem);
  }

  #fail(problem: string): AppError {
    const place = this.#path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
    return otlpError('otlp.bad_json', place === '' ? problem : `${place}: ${problem}`);
  }
}

/**
 * Puts integers that a double may not hold into quotes. `"name": 123…` outside of a string is the only way in which unescaped quotes,
 * a colon and digits follow each other in JSON.
 */
function quoteLongIntegers(text: string): string {
  return text.replace(/"(\w+)"(\s*:\s*)(-?\d{16,})(?=\s*[,}])/g, '"$1"$2"$3"');
}

/** Null and absent are the same in protobuf's JSON. */
function fieldOf(owner: JsonObject, camel: string, snake: string): unknown {
  return owner[camel] ?? owner[snake] ?? undefined;
}

function has(owner: JsonObject, camel: string, snake: string): boolean {
  return fieldOf(owner, camel, snake) !== undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message can show it. */
function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
