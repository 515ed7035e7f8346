import type { MetadataType } from './write-request.ts';

/** A series as encoders know it: what is done once for it and not for each request. */
export interface EncodableSeries {
  /** Its labels as fields of a TimeSeries 1.0. */
  labelFields: Uint8Array | undefined;
  /** Its labels as numbers of a Symbols table of that generation: name, value, name, … */
  symbols: Uint32Array | undefined;
  symbolsGeneration: number;
  /** Sorted [name1, value1, …]. */
  readonly flat: readonly string[];
}

/** What is said about a series in 2.0. */
export interface SeriesMetadata {
  readonly type: MetadataType;
  readonly help: string;
  readonly unit: string;
}

/** An exemplar to encode. */
export interface EncodableExemplar {
  readonly flat: readonly string[];
  readonly value: number;
  readonly timestampMs: number;
}

/**
 * Puts one request together: `begin`, for each series `startSeries`, its samples in order of time and `endSeries`, then `finish`.
 * One object serves one request after the other.
 */
export interface RequestEncoder {
  begin(): void;
  startSeries(series: EncodableSeries, metadata: SeriesMetadata | undefined): void;
  /** Value number `i` of `bits` (model/stale.ts), so that the payload of a NaN is kept. */
  addSample(timestampMs: number, bits: Uint32Array, i: number): void;
  /** A message encoded by formats/remote-read/histogram-message.ts, which both versions have alike. */
  addHistogram(message: Uint8Array): void;
  addExemplar(exemplar: EncodableExemplar): void;
  endSeries(): void;
  /** The message; valid until the next `begin`. */
  finish(): Uint8Array;
}
