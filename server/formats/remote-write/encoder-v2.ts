// io.prometheus.write.v2.Request (remote write 2.0), as write-request-v2.ts reads it.
import { bitsOf } from '../../model/stale.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { RequestBytes } from './request-bytes.ts';
import type { EncodableExemplar, EncodableSeries, RequestEncoder, SeriesMetadata } from './request-encoder.ts';
import { Symbols } from './symbols.ts';
import { METADATA_TYPES } from './write-request.ts';

/** Encodes requests of 2.0. */
export class EncoderV2 implements RequestEncoder {
  readonly #symbols = new Symbols();
  readonly #request = new RequestBytes();
  readonly #series = new RequestBytes();
  readonly #inner = new RequestBytes();
  #metadata: SeriesMetadata | undefined;

  begin(): void {
    this.#symbols.begin();
    this.#request.clear();
  }

  startSeries(series: EncodableSeries, metadata: SeriesMetadata | undefined): void {
    const symbols = this.#symbols;
    if (series.symbols === undefined || series.symbolsGeneration !== symbols.generation) {
      series.symbols = Uint32Array.from(series.flat, (text) => symbols.number(text));
      series.symbolsGeneration = symbols.generation;
    }
    this.#series.clear();
    this.#inner.clear();
    for (const number of series.symbols) this.#inner.uvarint(symbols.place(number));
    this.#series.field(tagOf(1, BYTES), this.#inner.view());
    this.#metadata = metadata;
  }

  addSample(timestampMs: number, bits: Uint32Array, i: number): void {
    this.#series.sample(tagOf(2, BYTES), timestampMs, bits[2 * i] as number, bits[2 * i + 1] as number);
  }

  addHistogram(message: Uint8Array): void {
    this.#series.field(tagOf(3, BYTES), message);
  }

  addExemplar({ flat, value, timestampMs }: EncodableExemplar): void {
    const [low, high] = bitsOf(Float64Array.of(value)) as unknown as [number, number];
    const refs = new RequestBytes();
    for (const text of flat) refs.uvarint(this.#symbols.placeOf(text));
    this.#inner.clear();
    this.#inner.field(tagOf(1, BYTES), refs.view());
    this.#inner.valueAndTime(tagOf(2, FIXED64), tagOf(3, VARINT), timestampMs, low, high);
    this.#series.field(tagOf(4, BYTES), this.#inner.view());
  }

  endSeries(): void {
    if (this.#metadata) this.#addMetadata(this.#metadata);
    this.#request.field(tagOf(5, BYTES), this.#series.view());
  }

  finish(): Uint8Array {
    return Buffer.concat([this.#symbols.view(), this.#request.view()]);
  }

  #addMetadata({ type, help, unit }: SeriesMetadata): void {
    const inner = this.#inner;
    inner.clear();
    inner.byte(tagOf(1, VARINT));
    inner.uvarint(METADATA_TYPES.indexOf(type));
    inner.byte(tagOf(3, VARINT));
    inner.uvarint(this.#symbols.placeOf(help));
    inner.byte(tagOf(4, VARINT));
    inner.uvarint(this.#symbols.placeOf(unit));
    this.#series.field(tagOf(5, BYTES), inner.view());
  }
}
