// Body of a record of the write-ahead log:
//   u32 jsonBytes, u32 samples, JSON [[series, metric, [name, value, …]], …] padded with spaces to 8 bytes,
//   f64 times[samples], f64 values[samples], u32 series[samples]
import { Labels } from '../../model/labels.ts';
import { bitsOf } from '../../model/stale.ts';
import type { Series } from './head.ts';
import { bytesOf } from './native.ts';

/** The samples of one commit in columns. */
export interface SampleColumns {
  readonly series: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface LoggedSeries {
  readonly id: number;
  readonly metric: number;
  readonly labels: Labels;
}

export function encodeMetricRecord(newSeries: readonly Series[], samples: SampleColumns): Uint8Array[] {
  const text = newSeries.length === 0 ? '' : JSON.stringify(newSeries.map(({ id, metric, labels }) => [id, metric, labels.flat]));
  const json = Buffer.from(text);
  const padding = Buffer.alloc((8 - (json.length % 8)) % 8, ' ');
  const header = Uint32Array.of(json.length + padding.length, samples.times.length);
  return [header, json, padding, samples.times, samples.values, samples.series].map(bytesOf);
}

/** Decodes a record; `body` must begin its buffer. */
export function decodeMetricRecord(body: Buffer): { newSeries: LoggedSeries[]; samples: SampleColumns; bits: Uint32Array } {
  const jsonBytes = body.readUInt32LE(0);
  const count = body.readUInt32LE(4);
  const text = body.toString('utf8', 8, 8 + jsonBytes).trim();
  const rows = text === '' ? [] : (JSON.parse(text) as [number, number, string[]][]);
  const start = body.byteOffset + 8 + jsonBytes;
  const values = new Float64Array(body.buffer, start + 8 * count, count);
  const samples: SampleColumns = {
    times: new Float64Array(body.buffer, start, count),
    values,
    series: new Uint32Array(body.buffer, start + 16 * count, count),
  };
  return {
    newSeries: rows.map(([id, metric, flat]) => ({ id, metric, labels: Labels.fromSortedFlat(Object.freeze(flat)) })),
    samples,
    bits: bitsOf(values),
  };
}
