// Bodies of records of the write-ahead log. Before version 3 of the tables there was one kind:
//   u32 jsonBytes, u32 samples, JSON [[series, metric, [name, value, …]], …] padded with spaces to 8 bytes,
//   f64 times[samples], f64 values[samples], u32 series[samples]
// Now a mark comes first that no length of a JSON text can be, and the kind of the record:
//   u32 0xffffffff, u32 1, u32 jsonBytes, u32 samples, then as above, then for each histogram: u32 sample, u32 bytes, body
//   u32 0xffffffff, u32 2, JSON of a deletion
//   u32 0xffffffff, u32 3, JSON of exemplars, written only while somebody reads the log: a replay passes over them
// Samples without a sample mark, while somebody may read the log, which numbers of series were given: theirs is the highest.
import { Labels } from '../../model/labels.ts';
import { bitsOf } from '../../model/stale.ts';
import type { SeriesExemplar } from '../store.ts';
import type { Series } from './head.ts';
import { bytesOf } from './native.ts';

const MARK = 0xffffffff;
const SAMPLES = 1;
const DELETION = 2;
const EXEMPLARS = 3;

/** The samples of one commit in columns. */
export interface SampleColumns {
  readonly series: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** The memory of `values`. */
  readonly bits: Uint32Array;
  /** Encoded histograms by the number of their sample. */
  readonly bodies?: ReadonlyMap<number, Uint8Array> | undefined;
}

export interface LoggedSeries {
  readonly id: number;
  readonly metric: number;
  readonly labels: Labels;
}

/** What a deletion did: the engine's samples up to flush `generation` are hidden, those in memory were dropped. */
export interface LoggedDeletion {
  readonly startMs: number;
  readonly endMs: number;
  readonly generation: number;
  /** Series that it touched. */
  readonly series: readonly number[];
  /** Those of them that had no sample left. */
  readonly gone: readonly number[];
}

export type MetricRecord =
  | { readonly kind: 'samples'; readonly newSeries: LoggedSeries[]; readonly samples: SampleColumns; readonly isVersion2: boolean }
  | { readonly kind: 'deletion'; readonly deletion: LoggedDeletion }
  | { readonly kind: 'exemplars'; readonly exemplars: readonly SeriesExemplar[] };

export function encodeMetricRecord(newSeries: readonly Series[], samples: SampleColumns): Uint8Array[] {
  const text = newSeries.length === 0 ? '' : JSON.stringify(newSeries.map(({ id, metric, labels }) => [id, metric, labels.flat]));
  const json = Buffer.from(text);
  const padding = Buffer.alloc((8 - (json.length % 8)) % 8, ' ');
  const header = Uint32Array.of(MARK, SAMPLES, json.length + padding.length, samples.times.length);
  const parts = [header, json, padding, samples.times, samples.values, samples.series].map(bytesOf);
  for (const [sample, body] of samples.bodies ?? []) parts.push(bytesOf(Uint32Array.of(sample, body.length)), body);
  return parts;
}

/** A record without samples, which says that numbers up to that of a series were given. */
export function encodeSeriesMark(newest: Series): Uint8Array[] {
  const values = new Float64Array();
  return encodeMetricRecord([newest], { series: new Uint32Array(), times: new Float64Array(), values, bits: bitsOf(values) });
}

export function encodeDeletionRecord(deletion: LoggedDeletion): Uint8Array[] {
  return [bytesOf(Uint32Array.of(MARK, DELETION)), Buffer.from(JSON.stringify(deletion))];
}

type LoggedExemplar = [series: readonly string[], labels: readonly string[], value: string, timestampMs: number];

/** Values are texts, because JSON has no NaN. */
export function encodeExemplarRecord(exemplars: readonly SeriesExemplar[]): Uint8Array[] {
  const rows = exemplars.map(({ seriesLabels, exemplar }): LoggedExemplar => {
    const { labels, value, timestampMs } = exemplar;
    return [seriesLabels.flat, labels.flat, Object.is(value, -0) ? '-0' : String(value), timestampMs];
  });
  return [bytesOf(Uint32Array.of(MARK, EXEMPLARS)), Buffer.from(JSON.stringify(rows))];
}

/** Decodes a record; `body` must begin its buffer. */
export function decodeMetricRecord(body: Buffer): MetricRecord {
  const isVersion2 = body.readUInt32LE(0) !== MARK;
  if (isVersion2) return decodeSamples(body, 0, true);
  if (body.readUInt32LE(4) === DELETION) return { kind: 'deletion', deletion: JSON.parse(body.toString('utf8', 8)) as LoggedDeletion };
  if (body.readUInt32LE(4) === EXEMPLARS) return { kind: 'exemplars', exemplars: decodeExemplars(body.toString('utf8', 8)) };
  return decodeSamples(body, 8, false);
}

function decodeExemplars(json: string): SeriesExemplar[] {
  return (JSON.parse(json) as LoggedExemplar[]).map(([series, labels, value, timestampMs]) => ({
    seriesLabels: Labels.fromSortedFlat(Object.freeze(series)),
    exemplar: { labels: Labels.fromSortedFlat(Object.freeze(labels)), value: Number(value), timestampMs },
  }));
}

/** How many samples the record has whose first bytes these are. */
export function samplesInRecord(start: Buffer): number {
  if (start.readUInt32LE(0) !== MARK) return start.readUInt32LE(4);
  return start.readUInt32LE(4) === SAMPLES ? start.readUInt32LE(12) : 0;
}

function decodeSamples(body: Buffer, at: number, isVersion2: boolean): MetricRecord {
  const jsonBytes = body.readUInt32LE(at);
  const count = body.readUInt32LE(at + 4);
  const text = body.toString('utf8', at + 8, at + 8 + jsonBytes).trim();
  const rows = text === '' ? [] : (JSON.parse(text) as [number, number, string[]][]);
  const start = body.byteOffset + at + 8 + jsonBytes;
  const values = new Float64Array(body.buffer, start + 8 * count, count);
  const samples: SampleColumns = {
    times: new Float64Array(body.buffer, start, count),
    values,
    bits: bitsOf(values),
    series: new Uint32Array(body.buffer, start + 16 * count, count),
    bodies: decodeBodies(body, at + 8 + jsonBytes + 20 * count),
  };
  const newSeries = rows.map(([id, metric, flat]) => ({ id, metric, labels: Labels.fromSortedFlat(Object.freeze(flat)) }));
  return { kind: 'samples', newSeries, samples, isVersion2 };
}

/** Copies, so that a histogram does not keep the whole record in memory. */
function decodeBodies(record: Buffer, start: number): Map<number, Uint8Array> | undefined {
  if (start >= record.length) return undefined;
  const bodies = new Map<number, Uint8Array>();
  for (let at = start; at < record.length; ) {
    const length = record.readUInt32LE(at + 4);
    bodies.set(record.readUInt32LE(at), Uint8Array.from(record.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
  return bodies;
}
