// prometheus.WriteRequest (remote write 1.0), as write-request-v1.ts reads it:
//   WriteRequest 1: timeseries…, 3: metadata…     TimeSeries 1: labels…, 2: samples…, 3: exemplars…, 4: histograms…
//   Label 1: name, 2: value   Sample 1: value, 2: timestamp   Exemplar 1: labels…, 2: value, 3: timestamp
//   MetricMetadata 1: type, 2: family name, 4: help, 5: unit
import { bitsOf } from '../../model/stale.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { RequestBytes } from './request-bytes.ts';
import type { EncodableExemplar, EncodableSeries, RequestEncoder } from './request-encoder.ts';
import { METADATA_TYPES, type WrittenMetadata } from './write-request.ts';

const FIELD_1 = tagOf(1, BYTES);
const FIELD_2 = tagOf(2, BYTES);

/** Encodes requests of 1.0. */
export class EncoderV1 implements RequestEncoder {
  readonly #request = new RequestBytes();
  readonly #series = new RequestBytes();
  readonly #exemplar = new RequestBytes();

  begin(): void {
    this.#request.clear();
  }

  startSeries(series: EncodableSeries): void {
    series.labelFields ??= encodeLabelFields(series.flat);
    this.#series.clear();
    this.#series.raw(series.labelFields);
  }

  addSample(timestampMs: number, bits: Uint32Array, i: number): void {
    this.#series.sample(FIELD_2, timestampMs, bits[2 * i] as number, bits[2 * i + 1] as number);
  }

  addHistogram(message: Uint8Array): void {
    this.#series.field(tagOf(4, BYTES), message);
  }

  addExemplar({ flat, value, timestampMs }: EncodableExemplar): void {
    const [low, high] = bitsOf(Float64Array.of(value)) as unknown as [number, number];
    this.#exemplar.clear();
    this.#exemplar.raw(encodeLabelFields(flat));
    this.#exemplar.valueAndTime(tagOf(2, FIXED64), tagOf(3, VARINT), timestampMs, low, high);
    this.#series.field(tagOf(3, BYTES), this.#exemplar.view());
  }

  endSeries(): void {
    this.#request.field(FIELD_1, this.#series.view());
  }

  finish(): Uint8Array {
    return this.#request.view();
  }
}

/** A request of 1.0 that says what metric families are, and nothing else. */
export function encodeMetadataRequest(families: readonly WrittenMetadata[]): Uint8Array {
  const request = new RequestBytes();
  const family = new RequestBytes();
  for (const { metric, type, help, unit } of families) {
    family.clear();
    family.byte(tagOf(1, VARINT));
    family.uvarint(METADATA_TYPES.indexOf(type));
    family.field(tagOf(2, BYTES), Buffer.from(metric));
    family.field(tagOf(4, BYTES), Buffer.from(help));
    family.field(tagOf(5, BYTES), Buffer.from(unit));
    request.field(tagOf(3, BYTES), family.view());
  }
  return Buffer.from(request.view());
}

function encodeLabelFields(flat: readonly string[]): Uint8Array {
  const labels = new RequestBytes(256);
  const label = new RequestBytes(256);
  for (let i = 0; i < flat.length; i += 2) {
    label.clear();
    label.field(FIELD_1, Buffer.from(flat[i] as string));
    label.field(FIELD_2, Buffer.from(flat[i + 1] as string));
    labels.field(FIELD_1, label.view());
  }
  // A copy of its size: it is kept.
  return Uint8Array.from(labels.view());
}
