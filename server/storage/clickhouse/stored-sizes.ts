import type { ReadLimits, StoredSize, StoredSizes } from '../store.ts';
import { type Driver, queryAll } from './driver.ts';

/** A sample as 16 bytes: a time and a value. */
const RAW_SAMPLE_BYTES = 16;

interface TableSize {
  bytes: number;
  rows: number;
  rawBytes: number;
}

/** As Store.sizes. */
export async function storedSizes(driver: Driver, limits: ReadLimits): Promise<StoredSizes> {
  const tables = new Map<string, TableSize>();
  const parts = `SELECT table, toFloat64(sum(bytes_on_disk)) AS bytes, toFloat64(sum(rows)) AS entries,
    toFloat64(sum(data_uncompressed_bytes)) AS raw FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table`;
  for (const block of await queryAll(driver, parts, {}, limits)) {
    const [bytes, rows, raw] = [block.fixed('bytes', 'Float64'), block.fixed('entries', 'Float64'), block.fixed('raw', 'Float64')];
    block.strings('table').forEach((table, i) => {
      tables.set(table, { bytes: bytes[i] as number, rows: rows[i] as number, rawBytes: raw[i] as number });
    });
  }
  let samples = 0;
  for (const block of await queryAll(driver, 'SELECT toFloat64(sum(count)) AS samples FROM samples', {}, limits))
    samples = block.fixed('samples', 'Float64')[0] ?? 0;
  const size = (entries: number, rawBytes: number, ...names: readonly string[]): StoredSize => ({
    bytes: names.reduce((sum, name) => sum + (tables.get(name)?.bytes ?? 0), 0),
    entries,
    rawBytes,
  });
  const of = (table: string) => tables.get(table) ?? { rows: 0, rawBytes: 0 };
  return {
    metrics: size(samples, samples * RAW_SAMPLE_BYTES, 'samples', 'rollups', 'series'),
    logs: size(of('lines').rows, of('lines').rawBytes, 'lines', 'log_streams'),
    traces: size(of('trace_spans').rows, of('trace_spans').rawBytes, 'trace_spans'),
  };
}
