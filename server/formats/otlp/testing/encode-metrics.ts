// A request of metrics as its JSON has it, in protobuf: so that a test can send the same in both encodings.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface ValueJson {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly ValueJson[] };
  readonly kvlistValue?: { readonly values: readonly AttributeJson[] };
}

export interface AttributeJson {
  readonly key: string;
  readonly value: ValueJson;
}

export interface ExemplarJson {
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly filteredAttributes?: readonly AttributeJson[];
}

export interface BucketsJson {
  readonly offset?: number;
  readonly bucketCounts: readonly string[];
}

/** A point of any kind. */
export interface PointJson {
  readonly attributes?: readonly AttributeJson[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly flags?: number;
  readonly exemplars?: readonly ExemplarJson[];
  readonly asDouble?: number | 'NaN' | 'Infinity' | '-Infinity';
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly number[];
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly zeroThreshold?: number;
  readonly positive?: BucketsJson;
  readonly negative?: BucketsJson;
  readonly quantileValues?: readonly { readonly quantile: number; readonly value: number }[];
}

interface DataJson {
  readonly dataPoints: readonly PointJson[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

export interface MetricJson {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: DataJson;
  readonly sum?: DataJson;
  readonly histogram?: DataJson;
  readonly exponentialHistogram?: DataJson;
  readonly summary?: DataJson;
}

export interface ScopeMetricsJson {
  readonly scope?: { readonly name?: string; readonly version?: string; readonly attributes?: readonly AttributeJson[] };
  readonly schemaUrl?: string;
  readonly metrics: readonly MetricJson[];
}

export interface MetricsRequestJson {
  readonly resourceMetrics: readonly {
    readonly resource?: { readonly attributes: readonly AttributeJson[] };
    readonly scopeMetrics: readonly ScopeMetricsJson[];
  }[];
}

/** Field numbers that differ between the kinds of points. */
const POINTS = {
  gauge: { field: 5, attributes: 7, flags: 8, exemplars: 5 },
  sum: { field: 7, attributes: 7, flags: 8, exemplars: 5 },
  histogram: { field: 9, attributes: 9, flags: 10, exemplars: 8 },
  exponentialHistogram: { field: 10, attributes: 1, flags: 10, exemplars: 11 },
  summary: { field: 11, attributes: 7, flags: 8, exemplars: 0 },
} as const;

/** ExportMetricsServiceRequest. */
export function encodeMetrics({ resourceMetrics }: MetricsRequestJson): Uint8Array {
  const writer = new BinaryWriter();
  for (const { resource, scopeMetrics } of resourceMetrics)
    message(writer, 1, () => {
      if (resource) message(writer, 1, () => attributes(writer, 1, resource.attributes));
      for (const scope of scopeMetrics) message(writer, 2, () => writeScope(writer, scope));
    });
  return writer.finish();
}

function writeScope(writer: BinaryWriter, { scope, schemaUrl, metrics }: ScopeMetricsJson): void {
  if (scope)
    message(writer, 1, () => {
      text(writer, 1, scope.name);
      text(writer, 2, scope.version);
      attributes(writer, 3, scope.attributes ?? []);
    });
  for (const metric of metrics) message(writer, 2, () => writeMetric(writer, metric));
  text(writer, 3, schemaUrl);
}

function writeMetric(writer: BinaryWriter, metric: MetricJson): void {
  text(writer, 1, metric.name);
  text(writer, 2, metric.description);
  text(writer, 3, metric.unit);
  for (const kind of Object.keys(POINTS) as (keyof typeof POINTS)[]) {
    const data = metric[kind];
    if (!data) continue;
    message(writer, POINTS[kind].field, () => {
      for (const point of data.dataPoints) message(writer, 1, () => writePoint(writer, kind, point));
      if (data.aggregationTemporality) writer.tag(2, WireType.Varint).int32(data.aggregationTemporality);
      if (data.isMonotonic) writer.tag(3, WireType.Varint).bool(true);
    });
  }
}

function writePoint(writer: BinaryWriter, kind: keyof typeof POINTS, point: PointJson): void {
  const fields = POINTS[kind];
  attributes(writer, fields.attributes, point.attributes ?? []);
  fixed64(writer, 2, point.startTimeUnixNano);
  fixed64(writer, 3, point.timeUnixNano);
  for (const exemplar of point.exemplars ?? []) message(writer, fields.exemplars, () => writeExemplar(writer, exemplar));
  if (point.flags) writer.tag(fields.flags, WireType.Varint).uint32(point.flags);
  if (kind === 'gauge' || kind === 'sum') {
    if (point.asDouble !== undefined) writer.tag(4, WireType.Bit64).double(Number(point.asDouble));
    if (point.asInt !== undefined) writer.tag(6, WireType.Bit64).sfixed64(point.asInt);
    return;
  }
  fixed64(writer, 4, point.count);
  if (point.sum !== undefined) writer.tag(5, WireType.Bit64).double(point.sum);
  if (kind === 'histogram') {
    packed(writer, 6, point.bucketCounts, (count) => writer.fixed64(count));
    packed(writer, 7, point.explicitBounds, (bound) => writer.double(bound));
  } else if (kind === 'summary') {
    for (const { quantile, value } of point.quantileValues ?? [])
      message(writer, 6, () => {
        writer.tag(1, WireType.Bit64).double(quantile);
        writer.tag(2, WireType.Bit64).double(value);
      });
  } else writeExponential(writer, point);
}

function writeExponential(writer: BinaryWriter, point: PointJson): void {
  if (point.scale) writer.tag(6, WireType.Varint).sint32(point.scale);
  fixed64(writer, 7, point.zeroCount);
  for (const [field, side] of [
    [8, point.positive],
    [9, point.negative],
  ] as const) {
    if (!side) continue;
    message(writer, field, () => {
      if (side.offset) writer.tag(1, WireType.Varint).sint32(side.offset);
      packed(writer, 2, side.bucketCounts, (count) => writer.uint64(count));
    });
  }
  if (point.zeroThreshold !== undefined) writer.tag(14, WireType.Bit64).double(point.zeroThreshold);
}

function writeExemplar(writer: BinaryWriter, exemplar: ExemplarJson): void {
  fixed64(writer, 2, exemplar.timeUnixNano);
  if (exemplar.asDouble !== undefined) writer.tag(3, WireType.Bit64).double(exemplar.asDouble);
  if (exemplar.spanId) writer.tag(4, WireType.LengthDelimited).bytes(Buffer.from(exemplar.spanId, 'hex'));
  if (exemplar.traceId) writer.tag(5, WireType.LengthDelimited).bytes(Buffer.from(exemplar.traceId, 'hex'));
  if (exemplar.asInt !== undefined) writer.tag(6, WireType.Bit64).sfixed64(exemplar.asInt);
  attributes(writer, 7, exemplar.filteredAttributes ?? []);
}

function attributes(writer: BinaryWriter, field: number, list: readonly AttributeJson[]): void {
  for (const { key, value } of list)
    message(writer, field, () => {
      text(writer, 1, key);
      message(writer, 2, () => writeValue(writer, value));
    });
}

function writeValue(writer: BinaryWriter, value: ValueJson): void {
  if (value.stringValue !== undefined) writer.tag(1, WireType.LengthDelimited).string(value.stringValue);
  if (value.boolValue !== undefined) writer.tag(2, WireType.Varint).bool(value.boolValue);
  if (value.intValue !== undefined) writer.tag(3, WireType.Varint).int64(value.intValue);
  if (value.doubleValue !== undefined) writer.tag(4, WireType.Bit64).double(value.doubleValue);
  if (value.arrayValue)
    message(writer, 5, () => value.arrayValue?.values.forEach((one) => void message(writer, 1, () => writeValue(writer, one))));
  if (value.kvlistValue) message(writer, 6, () => attributes(writer, 1, value.kvlistValue?.values ?? []));
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function packed<T>(writer: BinaryWriter, field: number, values: readonly T[] | undefined, write: (value: T) => unknown): void {
  if (!values || values.length === 0) return;
  message(writer, field, () => values.forEach((value) => void write(value)));
}

function text(writer: BinaryWriter, field: number, value: string | undefined): void {
  if (value) writer.tag(field, WireType.LengthDelimited).string(value);
}

function fixed64(writer: BinaryWriter, field: number, value: string | undefined): void {
  if (value !== undefined) writer.tag(field, WireType.Bit64).fixed64(value);
}
