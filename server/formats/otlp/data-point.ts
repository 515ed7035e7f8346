// What a reader of metrics hands out: a metric, then its points, one after the other in the same object.
import type { AttributeValue } from '../../model/span.ts';

export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary';

/** By their numbers on the wire. */
export const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;

export type Temporality = (typeof TEMPORALITIES)[number];

/** The names of the metric's fields on the wire and in JSON, where they are in camel case. */
export interface MetricDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: MetricKind;
  /** Of gauges and summaries: `unspecified`. */
  readonly temporality: Temporality;
  /** Of sums. */
  readonly isMonotonic: boolean;
  /** False when name or unit is no UTF-8. */
  readonly isText: boolean;
}

/** Attributes as they were sent: a name may stand there twice. */
export interface AttributeList {
  readonly pairs: readonly (readonly [name: string, value: AttributeValue])[];
  /** False when a name or value is no UTF-8. */
  readonly isText: boolean;
}

/** Buckets of one side of an exponential histogram: number i counts what lies in (b^(offset+i), b^(offset+i+1)]. */
export interface ExponentialBuckets {
  offset: number;
  counts: number[];
}

/** An example of an observation; ids are lower-case hex, '' when absent. */
export interface PointExemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: AttributeList;
  readonly value: number;
  readonly timestampMs: number;
}

/** A point of any kind, used again for the next; which fields count depends on the metric. Counts beyond 2^53 are the nearest double. */
export class DataPoint {
  /** Equal keys, equal attributes. */
  attributesKey = '';
  /** Reads the attributes, while the point is the current one. */
  attributes: () => AttributeList = () => ({ pairs: [], isText: true });
  /** Where the series began, 0 when that is not said; whole milliseconds and the nanoseconds beyond. */
  startMs = 0;
  startNs = 0;
  timeMs = 0;
  timeNs = 0;
  /** The point says that there is no value (any more). */
  isStale = false;
  /** Of gauges and sums. */
  value = 0;
  count = 0;
  sum = 0;
  hasSum = false;
  /** Of histograms: one count more than bounds. */
  bucketCounts: number[] = [];
  bounds: number[] = [];
  /** Of exponential histograms: b = 2^(2^-scale). */
  scale = 0;
  zeroCount = 0;
  zeroThreshold = 0;
  readonly positive: ExponentialBuckets = { offset: 0, counts: [] };
  readonly negative: ExponentialBuckets = { offset: 0, counts: [] };
  /** Of summaries, alike long. */
  quantiles: number[] = [];
  quantileValues: number[] = [];
  exemplars: PointExemplar[] = [];

  /** Back to what a point says that says nothing. */
  clear(): void {
    this.attributesKey = '';
    this.startMs = this.startNs = this.timeMs = this.timeNs = 0;
    this.isStale = this.hasSum = false;
    this.value = this.count = this.sum = this.scale = this.zeroCount = this.zeroThreshold = 0;
    this.positive.offset = this.negative.offset = 0;
    if (this.bucketCounts.length > 0) this.bucketCounts = [];
    if (this.bounds.length > 0) this.bounds = [];
    if (this.positive.counts.length > 0) this.positive.counts = [];
    if (this.negative.counts.length > 0) this.negative.counts = [];
    if (this.quantiles.length > 0) this.quantiles = [];
    if (this.quantileValues.length > 0) this.quantileValues = [];
    if (this.exemplars.length > 0) this.exemplars = [];
  }
}
