// What of a span is only ever read back whole, as JSON text. Integers of attributes are bigint in the model and become
// {"$int": "…"}; a map with that very key is wrapped as {"$map": …}. Doubles that JSON lacks become {"$double": "NaN"}.
import type { Attributes, AttributeValue, Span, SpanKind, SpanStatus } from '../../model/span.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

interface Body {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly resource: Json;
  readonly attributes: Json;
  readonly events: readonly { timeNs: string; name: string; attributes: Json }[];
  readonly links: readonly { traceId: string; spanId: string; attributes: Json }[];
}

/** The columns that the table `spans` keeps apart from the body. */
export interface SpanColumns {
  readonly traceId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly service: string;
  readonly name: string;
}

export function encodeSpanBody(span: Span): string {
  const { spanId, parentSpanId, kind, status, statusMessage, scopeName, scopeVersion } = span;
  const body: Body = {
    ...{ spanId, parentSpanId, kind, status, statusMessage, scopeName, scopeVersion },
    resource: encodeMap(span.resource),
    attributes: encodeMap(span.attributes),
    events: span.events.map((event) => ({ timeNs: `${event.timeNs}`, name: event.name, attributes: encodeMap(event.attributes) })),
    links: span.links.map((link) => ({ traceId: link.traceId, spanId: link.spanId, attributes: encodeMap(link.attributes) })),
  };
  return JSON.stringify(body);
}

export function decodeSpan(columns: SpanColumns, text: string): Span {
  const body = JSON.parse(text) as Body;
  return {
    ...columns,
    ...body,
    resource: decodeMap(body.resource),
    attributes: decodeMap(body.attributes),
    events: body.events.map((event) => ({ timeNs: BigInt(event.timeNs), name: event.name, attributes: decodeMap(event.attributes) })),
    links: body.links.map((link) => ({ ...link, attributes: decodeMap(link.attributes) })),
  };
}

function encodeMap(map: Attributes): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, encodeValue(value)]));
}

function encodeValue(value: AttributeValue): Json {
  if (typeof value === 'bigint') return { $int: value.toString() };
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $double: Object.is(value, -0) ? '-0' : `${value}` };
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(encodeValue);
  const map = encodeMap(value as Attributes);
  return Object.keys(map).some((name) => name.startsWith('$')) ? { $map: map } : map;
}

function decodeMap(json: Json): Attributes {
  return Object.fromEntries(Object.entries(json as { [key: string]: Json }).map(([name, value]) => [name, decodeValue(value)]));
}

function decodeValue(json: Json): AttributeValue {
  if (json === null) return '';
  if (typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(decodeValue);
  if (typeof json.$int === 'string') return BigInt(json.$int);
  if (typeof json.$double === 'string') return Number(json.$double);
  return decodeMap(json.$map ?? json);
}
