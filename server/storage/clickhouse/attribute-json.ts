// Attributes as JSON text, where they are only ever read back whole. Integers are bigint in the model and become {"$int": "…"}; a map
// with such a key is wrapped as {"$map": …}. Doubles that JSON lacks become {"$double": "NaN"}.
import type { Attributes, AttributeValue } from '../../model/span.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export function encodeMap(map: Attributes): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, encodeValue(value)]));
}

export function encodeValue(value: AttributeValue): Json {
  if (typeof value === 'bigint') return { $int: value.toString() };
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $double: Object.is(value, -0) ? '-0' : `${value}` };
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(encodeValue);
  const map = encodeMap(value as Attributes);
  return Object.keys(map).some((name) => name.startsWith('$')) ? { $map: map } : map;
}

export function decodeMap(json: Json): Attributes {
  return Object.fromEntries(Object.entries(json as { [key: string]: Json }).map(([name, value]) => [name, decodeValue(value)]));
}

export function decodeValue(json: Json): AttributeValue {
  if (json === null) return '';
  if (typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(decodeValue);
  if (typeof json.$int === 'string') return BigInt(json.$int);
  if (typeof json.$double === 'string') return Number(json.$double);
  return decodeMap(json.$map ?? json);
}
