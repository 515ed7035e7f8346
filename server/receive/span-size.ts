import type { Attributes, AttributeValue, Span } from '../model/span.ts';

/** What numbers, times and ids of a span, an event or a link take, roughly. */
const FIXED_BYTES = 64;
const MAX_BYTES_PER_CHAR = 3;

/** Whether a span, its resource aside, is larger than `maxBytes` of UTF-8; numbers and ids are counted roughly. */
export function isLargerThan(span: Span, maxBytes: number): boolean {
  // Hardly any span comes near the limit, and counting characters is cheap.
  return roughSizeOf(span) * MAX_BYTES_PER_CHAR > maxBytes && spanSizeBytes(span) > maxBytes;
}

/** Bytes of attributes; numbers are counted roughly. */
export function attributesSizeBytes(attributes: Attributes): number {
  return sizeOfMap(attributes, (text) => Buffer.byteLength(text));
}

/** Characters of a span, its resource aside: about its bytes, and cheap. */
export function roughSizeOf(span: Span): number {
  return sizeOf(span, (text) => text.length);
}

/** Bytes of a span, its resource aside. */
export function spanSizeBytes(span: Span): number {
  return sizeOf(span, (text) => Buffer.byteLength(text));
}

function sizeOf(span: Span, sizeOfText: (text: string) => number): number {
  let size = FIXED_BYTES + sizeOfMap(span.attributes, sizeOfText);
  // Scope and service are sent once for many spans, but stored with each.
  for (const text of [span.name, span.statusMessage, span.scopeName, span.scopeVersion, span.service]) size += sizeOfText(text);
  for (const event of span.events) size += FIXED_BYTES + sizeOfText(event.name) + sizeOfMap(event.attributes, sizeOfText);
  for (const link of span.links) size += FIXED_BYTES + sizeOfMap(link.attributes, sizeOfText);
  return size;
}

function sizeOfMap(map: Attributes, sizeOfText: (text: string) => number): number {
  let size = 0;
  for (const name in map) size += sizeOfText(name) + sizeOfValue(map[name] as AttributeValue, sizeOfText);
  return size;
}

function sizeOfValue(value: AttributeValue, sizeOfText: (text: string) => number): number {
  if (typeof value === 'string') return sizeOfText(value);
  if (typeof value !== 'object') return 8;
  if (!Array.isArray(value)) return sizeOfMap(value as Attributes, sizeOfText);
  return (value as readonly AttributeValue[]).reduce<number>((sum, item) => sum + sizeOfValue(item, sizeOfText), 0);
}
