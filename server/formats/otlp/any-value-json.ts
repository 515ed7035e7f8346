import type { Attributes, AttributeValue } from '../../model/span.ts';

/** What JSON.stringify gets; members that are undefined are left out. */
export type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json | undefined };

/** Attributes as a list of KeyValue. */
export function attributesToJson(attributes: Attributes): Json[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueToJson(value) }));
}

/** An AnyValue. */
export function valueToJson(value: AttributeValue): Json {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: value.toString() };
  if (typeof value === 'number') return { doubleValue: doubleToJson(value) };
  if (Array.isArray(value)) return { arrayValue: { values: listOrNone(value.map(valueToJson)) } };
  return { kvlistValue: { values: listOrNone(attributesToJson(value as Attributes)) } };
}

function doubleToJson(value: number): Json {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** Protobuf's JSON leaves empty lists out. */
export function listOrNone(list: readonly Json[]): readonly Json[] | undefined {
  return list.length === 0 ? undefined : list;
}
