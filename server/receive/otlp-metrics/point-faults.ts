// Why points are refused before they are written.
import type { DataPoint } from '../../formats/otlp/data-point.ts';
import { MAX_BUCKETS } from '../../formats/otlp/limits.ts';
import type { Family, PointSeries } from './families.ts';
import { PointRefused } from './point-refused.ts';

/** UTF-16 units of the names and values of a series' labels. */
const MAX_LABEL_LENGTH = 64 * 1024;
/** The same of all series of a point together: few bytes can say many labels and many buckets. */
const MAX_POINT_LABEL_LENGTH = 4 * 1024 * 1024;

/** Why no point of a metric can be stored. */
export function metricFault({ name, metric }: Family): PointRefused | undefined {
  if (!metric.isText) return new PointRefused('invalid_name', () => 'its name or unit is not UTF-8');
  if (name === '')
    return new PointRefused('invalid_name', () => 'nothing is left of its name in the letters that names of metrics may have');
  const hasTemporality = metric.kind !== 'gauge' && metric.kind !== 'summary';
  if (hasTemporality && metric.temporality === 'unspecified')
    return new PointRefused('unspecified_temporality', () => 'its aggregation temporality is neither cumulative nor delta');
  return undefined;
}

/** Why a series cannot have labels of so many UTF-16 units. */
export function lengthFault(length: number, limit = MAX_LABEL_LENGTH): PointRefused | undefined {
  if (length <= limit) return undefined;
  const whose = limit === MAX_LABEL_LENGTH ? 'its labels' : 'the labels of all its series';
  return new PointRefused('label_too_long', () => `names and values of ${whose} have ${length} characters, limit ${limit}`);
}

/** Why a point cannot be taken, whatever its series. */
export function sizeFault({ bucketCounts, bounds, positive, negative, quantiles }: DataPoint): PointRefused | undefined {
  const most = Math.max(bucketCounts.length, bounds.length, positive.counts.length, negative.counts.length, quantiles.length);
  if (most <= MAX_BUCKETS) return undefined;
  return new PointRefused('too_many_buckets', () => `it has more than ${MAX_BUCKETS} buckets or quantiles`);
}

/** Why a point cannot be taken that becomes several series with these labels. */
export function togetherFault({ length }: PointSeries, { bounds, quantiles }: DataPoint): PointRefused | undefined {
  return lengthFault(length * (1 + Math.max(bounds.length, quantiles.length)), MAX_POINT_LABEL_LENGTH);
}
