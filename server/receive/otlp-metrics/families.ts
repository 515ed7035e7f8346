// What is known of metrics and their series, so that a point of a known series needs no text. Families are found by resource, scope and metric,
// in each family series by the bytes of their attributes. When there are too many, all are forgotten, and found again one by one.
import type { MetricDescriptor } from '../../formats/otlp/data-point.ts';
import type { SeriesRef } from '../../storage/store.ts';
import type { ContextLabels } from './series-labels.ts';

/** The series of one point: of a histogram there are several. */
export interface PointSeries {
  /** Without the name of the metric. */
  readonly labels: ReadonlyMap<string, string>;
  /** UTF-16 units of these and the name. */
  readonly length: number;
  /** By suffix of the name and what `le` or `quantile` says, such as `_bucket 0.5`. */
  readonly refs: Map<string, SeriesRef>;
  /** Texts of bounds, which a histogram has again and again. */
  bounds: readonly number[];
  boundTexts: readonly string[];
  /** The start that was last written as a zero. */
  createdMs: number;
  /** The stream of a delta: resource, scope, metric and attributes as they were sent. */
  readonly stream: string;
}

/** A metric as one resource and scope send it. */
export interface Family {
  /** Short, however long resource, scope and metric are. */
  readonly key: string;
  /** Without its description. */
  readonly metric: MetricDescriptor;
  readonly context: ContextLabels;
  /** In Prometheus; '' when nothing is left of it. */
  readonly name: string;
  readonly unit: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly series: Map<string, PointSeries>;
  /** When its metadata was told last, by the clock. */
  metadataMs: number;
}

const MAX_SERIES = 200_000;
/** What is longer is read each time: the cache must be bounded in bytes, too. */
const MAX_KEPT_LENGTH = 2_048;

/** Families and their series. */
export class FamilyCache {
  #families = new Map<string, Family>();
  #size = 0;

  family(key: string): Family | undefined {
    return this.#families.get(key);
  }

  addFamily(family: Family): Family {
    const { metric, context } = family;
    if (metric.name.length + metric.unit.length + context.length > MAX_KEPT_LENGTH) return family;
    this.#grow();
    this.#families.set(family.key, family);
    return family;
  }

  /** Remembers a series of a family under the bytes of its attributes. */
  addSeries(family: Family, attributesKey: string, series: PointSeries): PointSeries {
    if (attributesKey.length > MAX_KEPT_LENGTH) return series;
    this.#grow();
    family.series.set(attributesKey, series);
    return series;
  }

  clear(): void {
    this.#families = new Map();
    this.#size = 0;
  }

  /** Families that somebody still holds go on for as long as they are held, and are bounded by the request. */
  #grow(): void {
    if (++this.#size > MAX_SERIES) this.clear();
  }
}
