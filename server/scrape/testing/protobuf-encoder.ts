// Writes the delimited protobuf exposition for tests: message by message, field by field as it is told, right or wrong.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Numbers of the types of families. */
export const FAMILY_TYPES = { counter: 0, gauge: 1, summary: 2, untyped: 3, histogram: 4, gaugehistogram: 5 } as const;

export interface ExemplarFields {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs?: number;
}

export interface HistogramFields {
  readonly count?: number | bigint;
  readonly countFloat?: number;
  readonly sum?: number;
  readonly buckets?: readonly {
    readonly le: number;
    readonly count?: number;
    readonly countFloat?: number;
    readonly exemplar?: ExemplarFields;
  }[];
  readonly schema?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly zeroCountFloat?: number;
  readonly positiveSpans?: readonly (readonly [offset: number, length: number])[];
  readonly positiveDeltas?: readonly (number | bigint)[];
  readonly positiveCounts?: readonly number[];
  readonly negativeSpans?: readonly (readonly [offset: number, length: number])[];
  readonly negativeDeltas?: readonly (number | bigint)[];
  readonly negativeCounts?: readonly number[];
  readonly exemplars?: readonly ExemplarFields[];
  readonly createdMs?: number;
  /** Repeated numbers packed, as proto3 has them; otherwise one by one, as Go's client does. */
  readonly isPacked?: boolean;
}

export interface MetricFields {
  readonly labels?: Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  readonly value?: number;
  readonly exemplar?: ExemplarFields;
  readonly createdMs?: number;
  readonly summary?: {
    readonly count: number;
    readonly sum: number;
    readonly quantiles?: readonly (readonly [number, number])[];
    readonly createdMs?: number;
  };
  readonly histogram?: HistogramFields;
  readonly timestampMs?: number;
}

export interface FamilyFields {
  readonly name: string;
  readonly help?: string;
  readonly type: keyof typeof FAMILY_TYPES | number;
  readonly unit?: string;
  readonly metrics: readonly MetricFields[];
}

/** A body of these families. */
export function encodeExposition(families: readonly FamilyFields[]): Uint8Array {
  const parts = families.map((family) => {
    const message = encodeFamily(family);
    return Buffer.concat([new BinaryWriter().uint32(message.length).finish(), message]);
  });
  return Buffer.concat(parts);
}

function encodeFamily({ name, help, type, unit, metrics }: FamilyFields): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  if (help !== undefined) writer.tag(2, WireType.LengthDelimited).string(help);
  const number = typeof type === 'number' ? type : FAMILY_TYPES[type];
  if (number !== 0) writer.tag(3, WireType.Varint).int32(number);
  for (const metric of metrics) message(writer, 4, () => encodeMetric(writer, metric, type));
  if (unit !== undefined) writer.tag(5, WireType.LengthDelimited).string(unit);
  return writer.finish();
}

function encodeMetric(writer: BinaryWriter, metric: MetricFields, type: FamilyFields['type']): void {
  const { labels = {}, value, exemplar, createdMs, summary, histogram, timestampMs } = metric;
  for (const [name, text] of Array.isArray(labels) ? labels : Object.entries(labels)) encodeLabel(writer, 1, name, text);
  const { 0: counter, 1: gauge, 3: untyped } = { 0: 3, 1: 2, 3: 5 };
  const number = typeof type === 'number' ? type : FAMILY_TYPES[type];
  const field = number === 0 ? counter : number === 1 ? gauge : untyped;
  if (value !== undefined)
    message(writer, field, () => {
      double(writer, 1, value);
      if (exemplar) message(writer, 2, () => encodeExemplar(writer, exemplar));
      if (createdMs !== undefined) message(writer, 3, () => encodeTime(writer, createdMs));
    });
  if (summary)
    message(writer, 4, () => {
      writer.tag(1, WireType.Varint).uint64(summary.count);
      double(writer, 2, summary.sum);
      for (const [quantile, of] of summary.quantiles ?? [])
        message(writer, 3, () => {
          double(writer, 1, quantile);
          double(writer, 2, of);
        });
      if (summary.createdMs !== undefined) message(writer, 4, () => encodeTime(writer, summary.createdMs as number));
    });
  if (timestampMs !== undefined) writer.tag(6, WireType.Varint).int64(timestampMs);
  if (histogram) message(writer, 7, () => encodeHistogram(writer, histogram));
}

function encodeHistogram(writer: BinaryWriter, fields: HistogramFields): void {
  if (fields.count !== undefined) writer.tag(1, WireType.Varint).uint64(fields.count);
  if (fields.sum !== undefined) double(writer, 2, fields.sum);
  for (const bucket of fields.buckets ?? [])
    message(writer, 3, () => {
      if (bucket.count !== undefined) writer.tag(1, WireType.Varint).uint64(bucket.count);
      double(writer, 2, bucket.le);
      if (bucket.exemplar) message(writer, 3, () => encodeExemplar(writer, bucket.exemplar as ExemplarFields));
      if (bucket.countFloat !== undefined) double(writer, 4, bucket.countFloat);
    });
  if (fields.countFloat !== undefined) double(writer, 4, fields.countFloat);
  if (fields.schema !== undefined) writer.tag(5, WireType.Varint).sint32(fields.schema);
  if (fields.zeroThreshold !== undefined) double(writer, 6, fields.zeroThreshold);
  if (fields.zeroCount !== undefined) writer.tag(7, WireType.Varint).uint64(fields.zeroCount);
  if (fields.zeroCountFloat !== undefined) double(writer, 8, fields.zeroCountFloat);
  const isPacked = fields.isPacked ?? false;
  for (const [field, spans, deltas, counts] of [
    [9, fields.negativeSpans, fields.negativeDeltas, fields.negativeCounts],
    [12, fields.positiveSpans, fields.positiveDeltas, fields.positiveCounts],
  ] as const) {
    for (const [offset, length] of spans ?? [])
      message(writer, field, () => writer.tag(1, WireType.Varint).sint32(offset).tag(2, WireType.Varint).uint32(length));
    repeated(writer, field + 1, WireType.Varint, deltas, isPacked, (delta) => writer.sint64(delta));
    repeated(writer, field + 2, WireType.Bit64, counts, isPacked, (count) => writer.double(Number(count)));
  }
  if (fields.createdMs !== undefined) message(writer, 15, () => encodeTime(writer, fields.createdMs as number));
  for (const exemplar of fields.exemplars ?? []) message(writer, 16, () => encodeExemplar(writer, exemplar));
}

function repeated(
  writer: BinaryWriter,
  field: number,
  type: WireType,
  values: readonly (number | bigint)[] | undefined,
  isPacked: boolean,
  write: (value: number | bigint) => void,
): void {
  if (values === undefined || values.length === 0) return;
  if (isPacked) {
    message(writer, field, () => {
      for (const value of values) write(value);
    });
    return;
  }
  for (const value of values) {
    writer.tag(field, type);
    write(value);
  }
}

function encodeLabel(writer: BinaryWriter, field: number, name: string, value: string): void {
  message(writer, field, () => writer.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.LengthDelimited).string(value));
}

function encodeExemplar(writer: BinaryWriter, { labels, value, timestampMs }: ExemplarFields): void {
  for (const [name, text] of Object.entries(labels)) encodeLabel(writer, 1, name, text);
  double(writer, 2, value);
  if (timestampMs !== undefined) message(writer, 3, () => encodeTime(writer, timestampMs));
}

function encodeTime(writer: BinaryWriter, timestampMs: number): void {
  writer.tag(1, WireType.Varint).int64(Math.floor(timestampMs / 1000));
  writer.tag(2, WireType.Varint).int32((timestampMs % 1000) * 1_000_000);
}

function double(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Bit64).double(value);
}

function message(writer: BinaryWriter, field: number, write: () => unknown): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}
