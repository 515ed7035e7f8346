// Version 1 kept the lines of a stream together, which made the newest lines of all streams dear, and of spans only what could be
// compared as text.
import type { Attributes, Span, SpanKind, SpanStatus } from '../../model/span.ts';
import { decodeMap, type Json } from './attribute-json.ts';
import type { Driver } from './driver.ts';
import type { NativeBlock } from './native.ts';
import { SpanBatch } from './span-batch.ts';
import { createTables } from './tables.ts';

const BATCH_BYTES = 8_000_000;
/** A copy is done when it is done. */
const NO_TIMEOUT_MS = 24 * 3_600_000;

interface Body extends Pick<Span, 'spanId' | 'parentSpanId' | 'statusMessage' | 'scopeName' | 'scopeVersion'> {
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly resource: Json;
  readonly attributes: Json;
  readonly events: readonly { timeNs: string; name: string; attributes: Json }[];
  readonly links: readonly { traceId: string; spanId: string; attributes: Json }[];
}

/** Copies lines and spans into the tables of version 2; those of version 1 stay as they are. */
export async function migrateFrom1(driver: Driver): Promise<void> {
  await driver.command('ALTER TABLE log_streams ADD COLUMN IF NOT EXISTS stream_group UInt16 DEFAULT 0');
  // What a copy that was cut off has left.
  for (const table of ['lines', 'trace_spans']) await driver.command(`DROP TABLE IF EXISTS ${table} SYNC`);
  await createTables(driver);
  await driver.command(`INSERT INTO lines (stream_group, stream, time_ns, arrival, line, metadata)
    SELECT 0, stream, time_ns, arrival, line, metadata FROM log_lines
    SETTINGS max_partitions_per_insert_block = 0, max_block_size = 8192, max_threads = 1`);
  let batch = new SpanBatch();
  const sql = 'SELECT trace_id, start_ns, end_ns, CAST(service AS String) AS service_, CAST(name AS String) AS name_, body FROM spans';
  for await (const block of driver.query(sql, {}, { timeoutMs: NO_TIMEOUT_MS })) {
    for (const span of readSpans(block)) batch.add(span);
    if (batch.sizeBytes < BATCH_BYTES) continue;
    await driver.insert('trace_spans', batch.rows, batch.columns);
    batch = new SpanBatch();
  }
  await driver.insert('trace_spans', batch.rows, batch.columns);
}

function readSpans(block: NativeBlock): Span[] {
  const traceIds = block.strings('trace_id');
  const starts = block.fixed('start_ns', 'Int64');
  const ends = block.fixed('end_ns', 'Int64');
  const services = block.strings('service_');
  const names = block.strings('name_');
  return block.strings('body').map((text, i) => {
    const body = JSON.parse(text) as Body;
    return {
      traceId: traceIds[i] as string,
      startNs: starts[i] as bigint,
      endNs: ends[i] as bigint,
      service: services[i] as string,
      name: names[i] as string,
      ...body,
      resource: decodeMap(body.resource),
      attributes: decodeMap(body.attributes),
      events: body.events.map((event) => ({ ...event, timeNs: BigInt(event.timeNs), attributes: decodeAttributes(event) })),
      links: body.links.map((link) => ({ ...link, attributes: decodeAttributes(link) })),
    };
  });
}

function decodeAttributes({ attributes }: { readonly attributes: Json }): Attributes {
  return decodeMap(attributes);
}
