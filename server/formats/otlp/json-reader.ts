// Fields of OTLP in JSON. Beyond the specification (lower camel case, hex ids, enum numbers) it takes what protobuf's JSON allows:
// names in snake case, enum names, 64-bit integers as text or number, null for absent. Unknown fields are ignored.
import { type AppError, messageOf } from '../../model/app-error.ts';
import type { AttributeValue } from '../../model/span.ts';
import { type AttributeMap, MAX_ATTRIBUTE_DEPTH, serviceOf, setAttribute } from './attribute-map.ts';
import { otlpError } from './errors.ts';
import type { ItemContext, LevelNames } from './export-request.ts';
import { MAX_ITEMS, MAX_JSON_BYTES, MAX_JSON_OBJECTS, tooLarge } from './limits.ts';

/** An object of the request. */
export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT32 = 2n ** 31n - 1n;
const MIN_INT32 = -(2n ** 31n);

/** Reads fields, remembering the way to them. Each method throws AppError `otlp.bad_json` naming the place; absent and null are the default. */
export class JsonReader {
  /** Where we are, for messages. */
  readonly #path: (string | number)[] = [];

  /** Calls `readItem` for each span, log record or metric of a request. */
  exportRequest(text: string, [resources, scopes, items]: LevelNames, readItem: (item: JsonObject, context: ItemContext) => void): void {
    let count = 0;
    this.each(this.#parse(text, resources), resources, toSnake(resources), (group) => {
      const resource = this.inside('resource', () => this.attributes(this.object(group, 'resource', 'resource')));
      const service = serviceOf(resource);
      this.each(group, scopes, toSnake(scopes), (level) => {
        const scope = this.object(level, 'scope', 'scope');
        const context = {
          resource,
          service,
          scopeName: this.text(scope, 'name', 'name'),
          scopeVersion: this.text(scope, 'version', 'version'),
          scopeAttributes: this.inside('scope', () => this.attributes(scope)),
          scopeSchemaUrl: this.text(level, 'schemaUrl', 'schema_url'),
          isText: true,
        };
        this.each(level, items, toSnake(items), (item) => {
          if (++count > MAX_ITEMS) throw tooLarge(`a request has more than ${MAX_ITEMS} spans, log records or metrics`);
          readItem(item, context);
        });
      });
    });
  }

  #parse(text: string, wanted: string): JsonObject {
    if (text.length > MAX_JSON_BYTES)
      throw tooLarge(`a request in JSON may have ${MAX_JSON_BYTES} bytes, this has ${text.length}; protobuf may have more`);
    if (objectsIn(text) > MAX_JSON_OBJECTS) throw tooLarge(`a request in JSON may have ${MAX_JSON_OBJECTS} objects and arrays`);
    let json: unknown;
    try {
      json = JSON.parse(quoteLongIntegers(text));
    } catch (error) {
      throw otlpError('otlp.bad_json', `this is not JSON: ${messageOf(error)}`, error);
    }
    if (!isObject(json)) throw this.#fail(`want an object with ${wanted}, got ${shown(json)}`);
    return json;
  }

  /** The `attributes` of an object. */
  attributes(owner: JsonObject): AttributeMap {
    return this.#keyValues(owner, 'attributes', 0);
  }

  #keyValues(owner: JsonObject, name: string, depth: number): AttributeMap {
    const map: AttributeMap = {};
    this.each(owner, name, name, (pair) => {
      const key = this.text(pair, 'key', 'key');
      setAttribute(
        map,
        key,
        this.inside('value', () => this.value(pair.value, depth)),
      );
    });
    return map;
  }

  /** AnyValue; one without a value is the empty string. */
  value(json: unknown, depth = 0): AttributeValue {
    if (json === undefined || json === null) return '';
    if (!isObject(json)) throw this.#fail(`want an object such as {"stringValue": …}, got ${shown(json)}`);
    if (depth > MAX_ATTRIBUTE_DEPTH) throw this.#fail(`values are nested more than ${MAX_ATTRIBUTE_DEPTH} deep`);
    if (has(json, 'stringValue', 'string_value')) return this.text(json, 'stringValue', 'string_value');
    if (has(json, 'boolValue', 'bool_value')) return this.#bool(json, 'boolValue', 'bool_value');
    if (has(json, 'intValue', 'int_value')) return this.integer(json, 'intValue', 'int_value', MIN_INT64, MAX_INT64);
    if (has(json, 'doubleValue', 'double_value')) return this.double(json, 'doubleValue', 'double_value');
    if (has(json, 'bytesValue', 'bytes_value')) return this.#bytes(json, 'bytesValue', 'bytes_value');
    if (has(json, 'arrayValue', 'array_value')) return this.#array(this.object(json, 'arrayValue', 'array_value'), depth + 1);
    if (has(json, 'kvlistValue', 'kvlist_value'))
      return this.#keyValues(this.object(json, 'kvlistValue', 'kvlist_value'), 'values', depth + 1);
    return '';
  }

  #array(array: JsonObject, depth: number): AttributeValue[] {
    const values: AttributeValue[] = [];
    this.each(array, 'values', 'values', (value) => values.push(this.value(value, depth)));
    return values;
  }

  /** Calls `read` for each object of a list. */
  each(owner: JsonObject, camel: string, snake: string, read: (item: JsonObject) => void): void {
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

  /** Calls `read` for each value of a list, up to `limit` of them. */
  items(owner: JsonObject, camel: string, snake: string, limit: number, read: (value: unknown) => void): void {
    const list = fieldOf(owner, camel, snake);
    if (list === undefined) return;
    this.#path.push(camel);
    if (!Array.isArray(list)) throw this.#fail(`want an array, got ${shown(list)}`);
    for (let i = 0; i < Math.min(list.length, limit); i++) {
      this.#path.push(i);
      read(list[i]);
      this.#path.pop();
    }
    this.#path.pop();
  }

  /** Absent is the same as empty. */
  object(owner: JsonObject, camel: string, snake: string): JsonObject {
    const value = fieldOf(owner, camel, snake) ?? {};
    return isObject(value) ? value : this.#refuse(camel, `want an object, got ${shown(value)}`);
  }

  /** A string, by default ''. */
  text(owner: JsonObject, camel: string, snake: string): string {
    const value = fieldOf(owner, camel, snake) ?? '';
    return typeof value === 'string' ? value : this.#refuse(camel, `want a string, got ${shown(value)}`);
  }

  /** True or false, by default false. */
  flag(owner: JsonObject, camel: string, snake: string): boolean {
    return has(owner, camel, snake) && this.#bool(owner, camel, snake);
  }

  /** Whether a field is there. */
  has(owner: JsonObject, camel: string, snake: string): boolean {
    return has(owner, camel, snake);
  }

  #bool(owner: JsonObject, camel: string, snake: string): boolean {
    const value = fieldOf(owner, camel, snake);
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return this.#refuse(camel, `want true or false, got ${shown(value)}`);
  }

  /** Lower-case hex; '' when absent or all zero, which is the same to OpenTelemetry. */
  id(owner: JsonObject, camel: string, snake: string, digits: number): string {
    const id = this.text(owner, camel, snake);
    if (id === '' || (id.length === digits && /^0+$/.test(id))) return '';
    if (id.length !== digits || !/^[0-9a-fA-F]+$/.test(id)) this.#refuse(camel, `want ${digits} hex digits, got ${shown(id)}`);
    return id.toLowerCase();
  }

  /** The number of an enum value. */
  enum(owner: JsonObject, camel: string, snake: string, names: readonly string[]): number {
    const value = fieldOf(owner, camel, snake) ?? 0;
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value);
    const index = typeof value === 'string' ? names.indexOf(value) : -1;
    return index >= 0
      ? index
      : this.#refuse(camel, `want a number${names.length > 0 ? ` or one of ${names.join(', ')}` : ''}, got ${shown(value)}`);
  }

  /** Nanoseconds since the epoch, 0 by default. */
  time(owner: JsonObject, camel: string, snake: string): bigint {
    return fieldOf(owner, camel, snake) === undefined ? 0n : this.integer(owner, camel, snake, 0n, MAX_UINT64);
  }

  /** A 64-bit integer that must be there. */
  integer(owner: JsonObject, camel: string, snake: string, min: bigint, max: bigint): bigint {
    this.#path.push(camel);
    const integer = this.integerOf(fieldOf(owner, camel, snake), min, max);
    this.#path.pop();
    return integer;
  }

  /** An integer, as text or number. */
  integerOf(value: unknown, min: bigint, max: bigint): bigint {
    let integer: bigint | undefined;
    if (typeof value === 'number' && Number.isInteger(value)) integer = BigInt(value);
    else if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) integer = BigInt(value);
    if (integer === undefined || integer < min || integer > max)
      throw this.#fail(`want an integer from ${min} to ${max}, as text or number, got ${shown(value)}`);
    return integer;
  }

  /** A 32-bit integer, by default 0. */
  int32(owner: JsonObject, camel: string, snake: string): number {
    return has(owner, camel, snake) ? Number(this.integer(owner, camel, snake, MIN_INT32, MAX_INT32)) : 0;
  }

  /** A double that must be there. */
  double(owner: JsonObject, camel: string, snake: string): number {
    this.#path.push(camel);
    const value = this.doubleOf(fieldOf(owner, camel, snake));
    this.#path.pop();
    return value;
  }

  /** A double, the special ones as protobuf's JSON writes them. */
  doubleOf(value: unknown): number {
    if (typeof value === 'number') return value;
    if (value === 'NaN') return Number.NaN;
    if (value === 'Infinity' || value === '-Infinity') return Number(value);
    if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
    throw this.#fail(`want a number, got ${shown(value)}`);
  }

  /** Base64, also in its URL form; kept as base64 text. */
  #bytes(owner: JsonObject, camel: string, snake: string): string {
    const text = this.text(owner, camel, snake);
    if (!/^[\w+/-]*={0,2}$/.test(text)) this.#refuse(camel, `want base64, got ${shown(text)}`);
    return Buffer.from(text, 'base64').toString('base64');
  }

  /** Where we are, to come back to it with `goTo`. */
  place(): readonly (string | number)[] {
    return [...this.#path];
  }

  goTo(place: readonly (string | number)[]): void {
    this.#path.splice(0, this.#path.length, ...place);
  }

  /** Runs `read` one field deeper. */
  inside<T>(field: string, read: () => T): T {
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

/** The name that protobuf has for a field of JSON. */
export function toSnake(camel: string): string {
  return camel.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/**
 * Puts integers that a double may not hold into quotes. `"name": 123…` outside of a string is the only way in which unescaped quotes,
 * a colon and digits follow each other in JSON.
 */
function quoteLongIntegers(text: string): string {
  return text.replace(/"(\w+)"(\s*:\s*)(-?\d{16,})(?=\s*[,}])/g, '"$1"$2"$3"');
}

/** At most how many objects and arrays a text in JSON has: braces within strings are counted too. */
function objectsIn(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7b || code === 0x5b) count++;
  }
  return count;
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

/** A value as a message can show it; of lists and objects only the kind, they may be large and deep. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 60 ? `${JSON.stringify(value.slice(0, 60))}…` : JSON.stringify(value);
}
