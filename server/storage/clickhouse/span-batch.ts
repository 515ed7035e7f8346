import type { Span, SpanEvent, SpanLink } from '../../model/span.ts';
import { SPAN_KINDS } from '../../model/span.ts';
import { SPAN_STATUSES } from '../span-fields.ts';
import { decodeMap, encodeMap, type Json } from './attribute-json.ts';
import { Column, push, pushBig, TextColumn } from './column.ts';
import type { NativeBlock, NativeColumn } from './native.ts';
import { AttributeColumns, attributeColumnNames, attributeSelection, readAttributes } from './span-attributes.ts';

interface EventJson {
  readonly timeNs: string;
  readonly name: string;
  readonly attributes: Json;
}

interface LinkJson {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Json;
}

const TEXT_COLUMNS = [
  'trace_id',
  'span_id',
  'parent_span_id',
  'service',
  'name',
  'status_message',
  'scope_name',
  'scope_version',
  'events',
  'links',
] as const;
const FIXED_BYTES_PER_SPAN = 80;

/** Columns of the table `trace_spans`, as SpanBatch fills them. */
export const SPAN_COLUMNS: readonly string[] = [
  ...TEXT_COLUMNS,
  ...['start_ns', 'end_ns', 'kind', 'status'],
  ...attributeColumnNames('span'),
  ...attributeColumnNames('resource'),
];

/** Spans that are inserted together, already in the engine's encoding. */
export class SpanBatch {
  rows = 0;
  minNs = 0n;
  maxNs = 0n;
  readonly #texts = TEXT_COLUMNS.map(() => new TextColumn());
  readonly #starts = new Column((n) => new BigInt64Array(n));
  readonly #ends = new Column((n) => new BigInt64Array(n));
  readonly #kinds = new Column((n) => new Uint8Array(n));
  readonly #statuses = new Column((n) => new Uint8Array(n));
  readonly #attributes = new AttributeColumns('span');
  readonly #resources = new AttributeColumns('resource');

  get sizeBytes(): number {
    let size = FIXED_BYTES_PER_SPAN * this.rows + this.#attributes.sizeBytes + this.#resources.sizeBytes;
    for (const column of this.#texts) size += column.sizeBytes;
    return size;
  }

  add(span: Span): void {
    const { startNs } = span;
    if (this.rows === 0 || startNs < this.minNs) this.minNs = startNs;
    if (this.rows === 0 || startNs > this.maxNs) this.maxNs = startNs;
    const texts = [
      span.traceId,
      span.spanId,
      span.parentSpanId,
      span.service,
      span.name,
      span.statusMessage,
      span.scopeName,
      span.scopeVersion,
      encodeEvents(span.events),
      encodeLinks(span.links),
    ];
    for (let i = 0; i < texts.length; i++) this.#texts[i]?.push(texts[i] as string);
    pushBig(this.#starts, startNs);
    pushBig(this.#ends, span.endNs);
    push(this.#kinds, SPAN_KINDS.indexOf(span.kind));
    push(this.#statuses, SPAN_STATUSES.indexOf(span.status));
    this.#attributes.push(span.attributes);
    this.#resources.push(span.resource);
    this.rows++;
  }

  get columns(): readonly NativeColumn[] {
    return [
      ...TEXT_COLUMNS.map((name, i) => (this.#texts[i] as TextColumn).native(name)),
      this.#starts.native('start_ns', 'Int64'),
      this.#ends.native('end_ns', 'Int64'),
      this.#kinds.native('kind', 'UInt8'),
      this.#statuses.native('status', 'UInt8'),
      ...this.#attributes.columns(),
      ...this.#resources.columns(),
    ];
  }
}

/** What a query selects for `readSpans`. */
export const SPAN_SELECTION = `${TEXT_COLUMNS.map((name) => `CAST(${name} AS String) AS ${name}_`).join(', ')}, start_ns, end_ns, kind, status,
  ${attributeSelection('span')}, ${attributeSelection('resource')}`;

/** All spans of a block. */
export function readSpans(block: NativeBlock): Span[] {
  const texts = TEXT_COLUMNS.map((name) => block.strings(`${name}_`));
  const starts = block.fixed('start_ns', 'Int64');
  const ends = block.fixed('end_ns', 'Int64');
  const kinds = block.fixed('kind', 'UInt8');
  const statuses = block.fixed('status', 'UInt8');
  const attributes = readAttributes(block, 'span');
  const resources = readAttributes(block, 'resource');
  return Array.from({ length: block.rows }, (_, i): Span => {
    const [traceId, spanId, parentSpanId, service, name, statusMessage, scopeName, scopeVersion, events, links] = texts.map(
      (column) => column[i] as string,
    ) as [string, string, string, string, string, string, string, string, string, string];
    return {
      ...{ traceId, spanId, parentSpanId, service, name, statusMessage, scopeName, scopeVersion },
      startNs: starts[i] as bigint,
      endNs: ends[i] as bigint,
      kind: SPAN_KINDS[kinds[i] as number] ?? 'unspecified',
      status: SPAN_STATUSES[statuses[i] as number] ?? 'unset',
      attributes: attributes[i] ?? {},
      resource: resources[i] ?? {},
      events: decodeEvents(events),
      links: decodeLinks(links),
    };
  });
}

/** About how many bytes a span takes in a batch, told before it is encoded. */
export function sizeOfSpan(span: Span): number {
  let size = FIXED_BYTES_PER_SPAN + 60 + span.name.length + span.service.length + span.statusMessage.length;
  for (const attributes of [span.attributes, span.resource])
    for (const name in attributes) {
      const value = attributes[name];
      size += 24 + name.length + (typeof value === 'string' ? value.length : 8);
    }
  return size + 100 * (span.events.length + span.links.length);
}

function encodeEvents(events: readonly SpanEvent[]): string {
  if (events.length === 0) return '';
  const json = events.map(({ timeNs, name, attributes }): EventJson => ({ timeNs: `${timeNs}`, name, attributes: encodeMap(attributes) }));
  return JSON.stringify(json);
}

function decodeEvents(text: string): SpanEvent[] {
  if (text === '') return [];
  const json = JSON.parse(text) as EventJson[];
  return json.map(({ timeNs, name, attributes }) => ({ timeNs: BigInt(timeNs), name, attributes: decodeMap(attributes) }));
}

function encodeLinks(links: readonly SpanLink[]): string {
  if (links.length === 0) return '';
  const json = links.map(({ traceId, spanId, attributes }): LinkJson => ({ traceId, spanId, attributes: encodeMap(attributes) }));
  return JSON.stringify(json);
}

function decodeLinks(text: string): SpanLink[] {
  if (text === '') return [];
  return (JSON.parse(text) as LinkJson[]).map((link) => ({ ...link, attributes: decodeMap(link.attributes) }));
}
