/** Samples in columns, as storage hands them out (storage/store.ts, SeriesSet). */
export interface SampleColumns {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** Encoded (model/histogram-codec.ts); sample i is a float where offsets[i] equals offsets[i+1]. */
  readonly histograms?: { readonly bytes: Uint8Array; readonly offsets: Uint32Array } | undefined;
}
