import type { Span } from '../../model/span.ts';
import { attributeText } from '../attribute-text.ts';
import { throwIfAborted } from '../errors.ts';
import type { ReadLimits, TraceSearch, TraceStore } from '../store.ts';
import { BatchWriter } from './batch-writer.ts';
import type { BoundValue, Driver } from './driver.ts';
import { fixedColumn, type NativeBlock, stringArrayColumn, stringColumn } from './native.ts';
import { dropPartitionsBefore } from './retention.ts';
import { decodeSpan, encodeSpanBody } from './span-body.ts';

const NS_PER_DAY = 86_400_000_000_000n;

interface EncodedSpan {
  readonly span: Span;
  readonly body: string;
}

export interface TraceStoreOptions {
  readonly driver: Driver;
  readonly maxPendingBytes: number;
}

/** The TraceStore on a Driver: spans go straight into the engine, many appends in one insert. */
export class ClickhouseTraceStore implements TraceStore {
  readonly #driver: Driver;
  readonly #writer: BatchWriter<EncodedSpan>;
  spansAppended = 0;

  constructor({ driver, maxPendingBytes }: TraceStoreOptions) {
    this.#driver = driver;
    this.#writer = new BatchWriter({ write: (spans) => this.#write(spans), maxBytes: maxPendingBytes, noun: 'spans' });
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  append(spans: readonly Span[]): Promise<void> {
    const encoded = spans.map((span) => ({ span, body: encodeSpanBody(span) }));
    const bytes = encoded.reduce((sum, { body }) => sum + 200 + 2 * body.length, 0);
    return encoded.length === 0 ? Promise.resolve() : this.#writer.add(encoded, bytes);
  }

  async trace(traceId: string, limits: ReadLimits): Promise<Span[]> {
    throwIfAborted(limits);
    const sql = `SELECT trace_id, start_ns, end_ns, CAST(service AS String) AS service, CAST(name AS String) AS name, body
      FROM spans WHERE trace_id = {traceId:String} ORDER BY start_ns`;
    const spans: Span[] = [];
    for await (const block of this.#driver.query(sql, { traceId }, limits)) spans.push(...decodeSpans(block));
    return spans;
  }

  async search(search: TraceSearch, limits: ReadLimits): Promise<string[]> {
    throwIfAborted(limits);
    if (search.limit <= 0) return [];
    const { where, values } = compileSearch(search);
    const sql = `SELECT trace_id FROM spans WHERE ${where} GROUP BY trace_id ORDER BY max(start_ns) DESC, trace_id LIMIT {limit:UInt64}`;
    const ids: string[] = [];
    for await (const block of this.#driver.query(sql, values, limits)) ids.push(...block.strings('trace_id'));
    return ids;
  }

  async dropBefore(beforeNs: bigint): Promise<void> {
    await dropPartitionsBefore(this.#driver, 'spans', Number(beforeNs / NS_PER_DAY));
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  async #write(encoded: readonly EncodedSpan[]): Promise<void> {
    const spans = encoded.map(({ span }) => span);
    const attributes = spans.map((span) => [...Object.entries(span.attributes), ...Object.entries(span.resource)]);
    await this.#driver.insert('spans', spans.length, [
      stringColumn(
        'trace_id',
        spans.map((span) => span.traceId),
      ),
      fixedColumn(
        'start_ns',
        'Int64',
        BigInt64Array.from(spans, (span) => span.startNs),
      ),
      fixedColumn(
        'end_ns',
        'Int64',
        BigInt64Array.from(spans, (span) => span.endNs),
      ),
      stringColumn(
        'service',
        spans.map((span) => span.service),
      ),
      stringColumn(
        'name',
        spans.map((span) => span.name),
      ),
      stringArrayColumn(
        'attribute_names',
        attributes.map((pairs) => pairs.map(([name]) => name)),
      ),
      stringArrayColumn(
        'attribute_values',
        attributes.map((pairs) => pairs.map(([, value]) => attributeText(value))),
      ),
      stringColumn(
        'body',
        encoded.map(({ body }) => body),
      ),
    ]);
    this.spansAppended += spans.length;
  }
}

function compileSearch(search: TraceSearch): { where: string; values: Record<string, BoundValue> } {
  const conditions = ['start_ns >= {start:Int64}', 'start_ns < {end:Int64}'];
  const values: Record<string, BoundValue> = { start: search.startNs, end: search.endNs, limit: search.limit };
  const add = (condition: string, name: string, value: BoundValue | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values[name] = value;
  };
  add('service = {service:String}', 'service', search.service);
  add('name = {spanName:String}', 'spanName', search.spanName);
  add('end_ns - start_ns >= {minDuration:Int64}', 'minDuration', search.minDurationNs);
  add('end_ns - start_ns <= {maxDuration:Int64}', 'maxDuration', search.maxDurationNs);
  Object.entries(search.attributes ?? {}).forEach(([name, value], i) => {
    values[`name${i}`] = name;
    add(`arrayExists((n, v) -> n = {name${i}:String} AND v = {value${i}:String}, attribute_names, attribute_values)`, `value${i}`, value);
  });
  return { where: conditions.join(' AND '), values };
}

function decodeSpans(block: NativeBlock): Span[] {
  const traceIds = block.strings('trace_id');
  const startNs = block.fixed('start_ns', 'Int64');
  const endNs = block.fixed('end_ns', 'Int64');
  const services = block.strings('service');
  const names = block.strings('name');
  return block.strings('body').map((body, i) =>
    decodeSpan(
      {
        traceId: traceIds[i] as string,
        startNs: startNs[i] as bigint,
        endNs: endNs[i] as bigint,
        service: services[i] as string,
        name: names[i] as string,
      },
      body,
    ),
  );
}
