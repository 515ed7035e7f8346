// prometheus.ReadResponse, the answer in samples:
//   ReadResponse 1: results…    QueryResult 1: timeseries…    TimeSeries 1: labels…, 2: samples…, 4: histograms…    Sample 1: value, 2: timestamp
import type { Labels } from '../../model/labels.ts';
import { bitsOf } from '../../model/stale.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { remoteReadError } from './errors.ts';
import { encodeHistogramMessage } from './histogram-message.ts';
import { encodeLabels } from './label-fields.ts';
import { int64Size, MessageBytes, uvarintSize } from './message-bytes.ts';
import type { SampleColumns } from './sample-columns.ts';
import { histogramAt } from './series-chunks.ts';

const SERIES = tagOf(1, BYTES);
const SAMPLE = tagOf(2, BYTES);
const HISTOGRAM = tagOf(4, BYTES);
const VALUE = tagOf(1, FIXED64);
const TIMESTAMP = tagOf(2, VARINT);
/** A value with its tag, and the tag of the timestamp. */
const FIXED_SAMPLE_BYTES = 10;

/** Puts the answer to one query together. */
export class QueryResult {
  readonly #out = new MessageBytes();
  readonly #maxBytes: number;

  /** An answer of more than `maxBytes` throws `remote_read.too_many_samples`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Adds samples start … end-1 as a series. */
  addSeries(labels: Labels, columns: SampleColumns, start: number, end: number): void {
    const out = this.#out;
    const labelBytes = encodeLabels(labels);
    const histograms: Uint8Array[] = [];
    let size = labelBytes.length;
    for (let i = start; i < end; i++) {
      const timestampMs = columns.timestampsMs[i] as number;
      const histogram = histogramAt(columns, i);
      if (!histogram) size += 2 + FIXED_SAMPLE_BYTES + int64Size(timestampMs);
      else {
        const bytes = encodeHistogramMessage(timestampMs, histogram);
        histograms.push(bytes);
        size += 1 + uvarintSize(bytes.length) + bytes.length;
      }
    }
    if (out.length + size > this.#maxBytes)
      throw remoteReadError(
        'remote_read.too_many_samples',
        `the answer in samples would have more than ${this.#maxBytes} bytes; ask for fewer series, a shorter time, or streamed chunks`,
      );
    out.byte(SERIES);
    out.uvarint(size);
    out.raw(labelBytes);
    this.#writeFloats(columns, start, end);
    for (const bytes of histograms) out.field(HISTOGRAM, bytes);
  }

  /** The message; valid until more is added. */
  finish(): Buffer {
    return this.#out.finish();
  }

  #writeFloats({ timestampsMs, values, histograms }: SampleColumns, start: number, end: number): void {
    const out = this.#out;
    const bits = bitsOf(values);
    for (let i = start; i < end; i++) {
      if (histograms && histograms.offsets[i] !== histograms.offsets[i + 1]) continue;
      const timestampMs = timestampsMs[i] as number;
      out.byte(SAMPLE);
      out.byte(FIXED_SAMPLE_BYTES + int64Size(timestampMs));
      out.byte(VALUE);
      out.bits(bits[2 * i + 1] as number, bits[2 * i] as number);
      out.byte(TIMESTAMP);
      out.int64(timestampMs);
    }
  }
}

/** The message of all results, in the order of their queries. */
export function encodeReadResponse(results: readonly QueryResult[]): Buffer {
  const parts = results.map((result) => result.finish());
  const out = new MessageBytes(parts.reduce((sum, part) => sum + part.length + 10, 0));
  for (const part of parts) out.field(tagOf(1, BYTES), part);
  return out.finish();
}
