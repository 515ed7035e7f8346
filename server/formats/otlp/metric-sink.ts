import type { DataPoint, MetricDescriptor } from './data-point.ts';
import type { ItemContext } from './export-request.ts';

/** Takes what a reader of metrics finds, in the order of the request. */
export interface MetricSink {
  /** A metric begins. Its `context` is the same object for all metrics of a scope, `context.resource` for all of a resource. */
  metric(metric: MetricDescriptor, context: ItemContext): void;
  /** A point of that metric; the object is the reader's, and only good until this returns. */
  point(point: DataPoint): void;
}
