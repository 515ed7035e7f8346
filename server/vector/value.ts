// The values that the metric languages share: what PromQL and LogQL evaluate to.
import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels } from '../model/labels.ts';

/** A set of series with one value each at `timestampMs`. Order is part of the result (sort, topk). */
export interface Vector {
  readonly type: 'vector';
  readonly timestampMs: number;
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  /** By series: the sample where it is a histogram; absent when none is. */
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined;
}

/**
 * Series over the steps startMs, startMs+stepMs, …, one row of `steps` values for each series in `values` (row-major).
 * `present[i]` is 1 where values[i] is a sample; a NaN with present 1 is an ordinary NaN.
 */
export interface Matrix {
  readonly type: 'matrix';
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** By cell: the sample where it is a histogram; absent when none is. */
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined;
}

/** A number without labels. */
export interface Scalar {
  readonly type: 'scalar';
  readonly timestampMs: number;
  readonly value: number;
}
