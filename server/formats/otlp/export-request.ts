// The requests of all signals have the same outside: resources, in them scopes, in them items. One pass over the wire, nothing built in between.
// A message may carry its fields in any order, so scopes and items are noted while resource and scope are looked for, and read afterwards.
import { AppError, messageOf } from '../../model/app-error.ts';
import { BYTES, tagOf } from '../protobuf/wire-reader.ts';
import { readKeyValue } from './any-value-protobuf.ts';
import { type AttributeMap, serviceOf } from './attribute-map.ts';
import { otlpError } from './errors.ts';
import { FieldFault } from './field-fault.ts';
import type { Steps } from './in-turns.ts';
import { MAX_ITEMS, tooLarge } from './limits.ts';
import { OtlpReader } from './otlp-reader.ts';

/** What an item shares with its neighbours. */
export interface ItemContext {
  readonly resource: AttributeMap;
  /** `service.name` of the resource, '' when it has none. */
  readonly service: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scopeAttributes: AttributeMap;
  readonly scopeSchemaUrl: string;
  /** False when a text of resource or scope is no UTF-8. */
  readonly isText: boolean;
}

/** The names of the three levels, as messages name them: resourceSpans, scopeSpans, spans. */
export type LevelNames = readonly [resource: string, scope: string, item: string];

/** Few: what is done with an item may take long, and whoever pauses looks at the clock. */
const STEPS_BETWEEN_PAUSES = 64;

/**
 * Calls `readItem` for each span, log record or metric, with the reader at its beginning; it reads up to `end`, in steps where an item
 * may be large. Yields now and then, so that whoever runs it may pause. Throws AppError `otlp.bad_protobuf` naming the place, `otlp.too_large` for more than can be read at once.
 */
export function* readExportRequest(
  body: Uint8Array,
  names: LevelNames,
  readItem: (reader: OtlpReader, end: number, context: ItemContext) => Steps<void> | void,
): Steps<void> {
  const reader = new OtlpReader(body);
  let steps = 0;
  // Where we are, for messages; -1 = not inside.
  const at: [number, number, number] = [-1, -1, -1];
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag !== tagOf(1, BYTES)) {
        reader.skipField(tag, reader.len);
        continue;
      }
      at[0]++;
      at[1] = -1;
      reader.beginItem();
      const resourceEnd = reader.enter(reader.len);
      reader.isText = true;
      const { resource, scopes } = readResourceLevel(reader, resourceEnd);
      const isResourceText = reader.isText;
      const service = serviceOf(resource);
      for (let i = 0; i < scopes.length; i += 2) {
        at[1]++;
        reader.beginItem();
        reader.pos = scopes[i] as number;
        reader.isText = true;
        const scope = readScopeLevel(reader, scopes[i + 1] as number);
        const { name: scopeName, version: scopeVersion, attributes: scopeAttributes, schemaUrl: scopeSchemaUrl } = scope;
        const isText = isResourceText && reader.isText;
        const context = { resource, service, scopeName, scopeVersion, scopeAttributes, scopeSchemaUrl, isText };
        for (let j = 0; j < scope.items.length; j += 2) {
          at[2] = j / 2;
          reader.pos = scope.items[j] as number;
          reader.beginItem();
          const inSteps = readItem(reader, scope.items[j + 1] as number, context);
          if (inSteps) yield* inSteps;
          steps += reader.takeSteps();
          if (steps < STEPS_BETWEEN_PAUSES) continue;
          steps = 0;
          yield;
        }
        at[2] = -1;
      }
      at[1] = -1;
      reader.pos = resourceEnd;
    }
  } catch (error) {
    throw placed(error, names, at);
  }
}

function placed(error: unknown, names: LevelNames, at: readonly number[]): unknown {
  if (error instanceof AppError) return error;
  const places = names.filter((_, i) => (at[i] as number) >= 0).map((name, i) => `${name}[${at[i]}]`);
  const isFault = error instanceof FieldFault;
  if (isFault) places.push(at[1] === -1 ? `resource.${error.field}` : error.field);
  const problem = isFault ? error.message : `this is not OTLP in protobuf: ${messageOf(error)}`;
  return otlpError('otlp.bad_protobuf', [...(places.length > 0 ? [places.join('.')] : []), problem].join(': '), error);
}

function readResourceLevel(reader: OtlpReader, end: number): { readonly resource: AttributeMap; readonly scopes: readonly number[] } {
  const resource: AttributeMap = {};
  const scopes: number[] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) readResource(reader, reader.enter(end), resource);
    else if (tag === tagOf(2, BYTES)) pushRange(scopes, reader, end);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return { resource, scopes };
}

function readResource(reader: OtlpReader, end: number, resource: AttributeMap): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) readKeyValue(reader, reader.enter(end), resource);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
}

interface ScopeLevel {
  name: string;
  version: string;
  schemaUrl: string;
  readonly attributes: AttributeMap;
  /** Begin and end of each item. */
  readonly items: number[];
}

function readScopeLevel(reader: OtlpReader, end: number): ScopeLevel {
  const scope: ScopeLevel = { name: '', version: '', schemaUrl: '', attributes: {}, items: [] };
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) readScope(reader, reader.enter(end), scope);
    else if (tag === tagOf(2, BYTES)) pushRange(scope.items, reader, end);
    else if (tag === tagOf(3, BYTES)) scope.schemaUrl = reader.text(end);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return scope;
}

function readScope(reader: OtlpReader, end: number, scope: ScopeLevel): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) scope.name = reader.text(end);
    else if (tag === tagOf(2, BYTES)) scope.version = reader.text(end);
    else if (tag === tagOf(3, BYTES)) readKeyValue(reader, reader.enter(end), scope.attributes);
    else reader.skipField(tag, end);
  }
  reader.leave(end);
}

function pushRange(ranges: number[], reader: OtlpReader, end: number): void {
  if (ranges.length >= 2 * MAX_ITEMS) throw tooLarge(`more than ${MAX_ITEMS} spans, log records or metrics`);
  const to = reader.enter(end);
  ranges.push(reader.pos, to);
  reader.pos = to;
}
