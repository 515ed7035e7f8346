// A native histogram as one value: counts in buckets whose borders follow from its schema. Numbers of buckets are floats, as the
// query engine of Prometheus sees them. Plain data, so that it can pass between threads; never changed once made.

/** Schema of histograms whose borders are listed in `customValues` (NHCB). Exponential ones have schemas -4 … 8. */
export const CUSTOM_BUCKETS_SCHEMA = -53;
export const MIN_EXPONENTIAL_SCHEMA = -4;
export const MAX_EXPONENTIAL_SCHEMA = 8;

/** What is known about a reset between this sample and the one before. */
export type CounterResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

/** `length` neighbouring buckets, `offset` unused ones after the span before (the first: after index 0). */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

export interface FloatHistogram {
  readonly hint: CounterResetHint;
  /**
   * Exponential with schema n: bucket i counts what lies in (b^(i-1), b^i] with b = 2^(2^-n), the negative ones mirrored.
   * Custom: bucket i counts what lies in (customValues[i-1], customValues[i]], from -Inf to +Inf, no negative and no zero bucket.
   */
  readonly schema: number;
  /** The zero bucket counts what lies in [-zeroThreshold, zeroThreshold]. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  /** Of all observations, NaN included. */
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly negativeSpans: readonly BucketSpan[];
  /** Absolute counts, not deltas; as many as the spans have buckets. */
  readonly positiveBuckets: Float64Array;
  readonly negativeBuckets: Float64Array;
  /** Upper borders of custom buckets, rising, without +Inf; absent with other schemas. */
  readonly customValues?: Float64Array | undefined;
}
