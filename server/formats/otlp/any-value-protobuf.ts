import type { AttributeValue } from '../../model/span.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { type AttributeMap, MAX_ATTRIBUTE_DEPTH, setAttribute } from './attribute-map.ts';
import { FieldFault } from './field-fault.ts';
import type { OtlpReader } from './otlp-reader.ts';

/** Reads the KeyValue that ends at `end` into `map`. Throws FieldFault when it is nested too deep. */
export function readKeyValue(reader: OtlpReader, end: number, map: AttributeMap, depth = 0): void {
  let key = '';
  let value: AttributeValue = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) key = reader.text(end);
    else if (tag === tagOf(2, BYTES)) value = readAnyValue(reader, reader.enter(end), depth);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  setAttribute(map, key, value);
}

/** Reads the AnyValue that ends at `end`; one without a value is the empty string, bytes become base64 text. */
export function readAnyValue(reader: OtlpReader, end: number, depth = 0): AttributeValue {
  if (depth > MAX_ATTRIBUTE_DEPTH) throw new FieldFault('attributes', `values are nested more than ${MAX_ATTRIBUTE_DEPTH} deep`);
  let value: AttributeValue = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) value = reader.text(end);
    else if (tag === tagOf(2, VARINT)) value = reader.bool();
    else if (tag === tagOf(3, VARINT)) value = reader.bigInt64();
    else if (tag === tagOf(4, FIXED64)) value = reader.double();
    else if (tag === tagOf(5, BYTES)) value = readArray(reader, reader.enter(end), depth + 1);
    else if (tag === tagOf(6, BYTES)) value = readMap(reader, reader.enter(end), depth + 1);
    else if (tag === tagOf(7, BYTES)) value = reader.base64(end);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return value;
}

function readArray(reader: OtlpReader, end: number, depth: number): AttributeValue[] {
  const values: AttributeValue[] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) values.push(readAnyValue(reader, reader.enter(end), depth));
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return values;
}

function readMap(reader: OtlpReader, end: number, depth: number): AttributeMap {
  const map: AttributeMap = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) readKeyValue(reader, reader.enter(end), map, depth);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return map;
}

/** Reads an id in lower-case hex, '' for none. Throws FieldFault for one of another length. */
export function readId(reader: OtlpReader, end: number, field: string, bytes: number): string {
  const to = reader.enter(end);
  const length = to - reader.pos;
  const id = reader.hex(to);
  if (length !== 0 && length !== bytes) throw new FieldFault(field, `want ${bytes} bytes, got ${length}`);
  // All zeros are no id to OpenTelemetry.
  return id.charCodeAt(0) === 0x30 && /^0+$/.test(id) ? '' : id;
}
