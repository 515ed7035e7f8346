import type { AttributeValue } from '../model/span.ts';

/** The text that a trace search compares an attribute with: strings bare, numbers and booleans as JSON, the rest as JSON text. */
export function attributeText(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? inner.toString() : inner));
  return String(value);
}
