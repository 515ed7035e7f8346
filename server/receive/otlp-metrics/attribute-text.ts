import { toGoJson } from '../../model/go-json.ts';
import type { AttributeValue } from '../../model/span.ts';

/** The value of an attribute as the text of a label, as the OpenTelemetry Collector writes it: lists and maps as JSON. */
export function attributeText(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'object' ? jsonText(value) : String(value);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return `json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`;
}

function jsonText(value: AttributeValue): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object') return toGoJson(value);
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([name, inner]) => `${toGoJson(name)}:${jsonText(inner)}`).join(',')}}`;
}
