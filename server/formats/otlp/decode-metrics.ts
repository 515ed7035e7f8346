// ExportMetricsServiceRequest (opentelemetry-proto, collector/metrics/v1) in protobuf, read point by point: nothing is built for a point.
//   Metric  1: name, 2: description, 3: unit, 5: gauge, 7: sum, 9: histogram, 10: exponential histogram, 11: summary
//   each    1: data points, 2: aggregation temporality, 3: is monotonic
import { BYTES, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { DataPoint, type MetricDescriptor, type MetricKind, TEMPORALITIES } from './data-point.ts';
import { type ItemContext, type LevelNames, readExportRequest } from './export-request.ts';
import { FieldFault } from './field-fault.ts';
import type { Steps } from './in-turns.ts';
import type { MetricSink } from './metric-sink.ts';
import type { OtlpReader } from './otlp-reader.ts';
import { PointReader } from './point-protobuf.ts';

export const METRIC_LEVELS: LevelNames = ['resourceMetrics', 'scopeMetrics', 'metrics'];

const KINDS: ReadonlyMap<number, MetricKind> = new Map([
  [5, 'gauge'],
  [7, 'sum'],
  [9, 'histogram'],
  [10, 'exponential_histogram'],
  [11, 'summary'],
]);
const DATA_POINT = tagOf(1, BYTES);
const STEPS_BETWEEN_PAUSES = 4_096;
/** What is done with a point may take long. */
const POINT_STEPS_BETWEEN_PAUSES = 64;

/** Reads a request into `sink`. Throws AppError `otlp.bad_protobuf` naming the place, `otlp.too_large` for more than is read at once. */
export function* readMetrics(body: Uint8Array, sink: MetricSink): Steps<void> {
  const point = new DataPoint();
  let points: PointReader | undefined;
  yield* readExportRequest(body, METRIC_LEVELS, (reader, end, context) => {
    points ??= new PointReader(reader, point);
    return readMetric(reader, end, context, points, point, sink);
  });
}

function* readMetric(
  reader: OtlpReader,
  end: number,
  context: ItemContext,
  points: PointReader,
  point: DataPoint,
  sink: MetricSink,
): Steps<void> {
  let name = '';
  let description = '';
  let unit = '';
  let kind: MetricKind = 'gauge';
  let dataStart = 0;
  let dataEnd = 0;
  reader.isText = true;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) name = reader.text(end);
    else if (tag === tagOf(2, BYTES)) description = reader.text(end);
    else if (tag === tagOf(3, BYTES)) unit = reader.text(end);
    else if ((tag & 7) === BYTES && KINDS.has(tag >>> 3)) {
      kind = KINDS.get(tag >>> 3) as MetricKind;
      dataEnd = reader.enter(end);
      dataStart = reader.pos;
      reader.pos = dataEnd;
    } else reader.skipField(tag, end);
  }
  reader.leave(end);
  const { isText } = reader;
  reader.pos = dataStart;
  const { temporality, isMonotonic } = yield* readKindFields(reader, dataEnd);
  const metric: MetricDescriptor = { name, description, unit, kind, temporality, isMonotonic, isText };
  sink.metric(metric, context);
  reader.pos = dataStart;
  let steps = 0;
  for (let i = 0; reader.pos < dataEnd; ) {
    const tag = reader.uint32();
    if (tag !== DATA_POINT) {
      reader.skipField(tag, dataEnd);
      continue;
    }
    reader.beginPoint();
    readPoint(points, kind, reader.enter(dataEnd), i++);
    sink.point(point);
    steps += reader.takeSteps();
    if (steps < POINT_STEPS_BETWEEN_PAUSES) continue;
    steps = 0;
    yield;
  }
  reader.pos = end;
}

/** What the kind says besides its points, which come before it. */
function* readKindFields(reader: OtlpReader, end: number): Steps<Pick<MetricDescriptor, 'temporality' | 'isMonotonic'>> {
  let temporality = 0;
  let isMonotonic = false;
  let passed = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === DATA_POINT) {
      reader.beginPointAhead();
      reader.pos = reader.enter(end);
      if (++passed % STEPS_BETWEEN_PAUSES === 0) yield;
    } else if (tag === tagOf(2, VARINT)) temporality = reader.int32();
    else if (tag === tagOf(3, VARINT)) isMonotonic = reader.bool();
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return { temporality: TEMPORALITIES[temporality] ?? 'unspecified', isMonotonic };
}

function readPoint(points: PointReader, kind: MetricKind, end: number, index: number): void {
  try {
    points.read(kind, end);
  } catch (error) {
    if (error instanceof FieldFault) throw new FieldFault(`dataPoints[${index}].${error.field}`, error.message);
    throw error;
  }
}
