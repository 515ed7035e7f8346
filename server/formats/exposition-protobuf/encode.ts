// Writes messages io.prometheus.client.MetricFamily as Prometheus itself does at /federate, byte for byte: samples without a type, and native
// histograms with float counts. Bounds of custom buckets have no place in the format.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { BucketSpan, FloatHistogram } from '../../model/histogram.ts';

const TYPES = { untyped: 3, histogram: 4, gaugehistogram: 5 } as const;

/** One sample of a family; labels without `__name__`. */
export interface FamilySample {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly timestampMs: number;
  readonly value: number;
  readonly histogram?: FloatHistogram | undefined;
}

/** A family as it is written. */
export interface SampleFamily {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly samples: readonly FamilySample[];
}

/** The delimited protobuf format. */
export function encodeFamilies(families: Iterable<SampleFamily>): Uint8Array {
  const writer = new BinaryWriter();
  for (const family of families) {
    writer.fork();
    writer.tag(1, WireType.LengthDelimited).string(family.name);
    writer.tag(3, WireType.Varint).int32(TYPES[family.type]);
    for (const sample of family.samples) {
      writer.tag(4, WireType.LengthDelimited).fork();
      writeSample(writer, sample);
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}

function writeSample(writer: BinaryWriter, { labels, timestampMs, value, histogram }: FamilySample): void {
  for (const [name, text] of labels) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).string(text);
    writer.join();
  }
  if (!histogram) {
    writer.tag(5, WireType.LengthDelimited).fork();
    double(writer, 1, value);
    writer.join();
  }
  writer.tag(6, WireType.Varint).int64(timestampMs);
  if (!histogram) return;
  writer.tag(7, WireType.LengthDelimited).fork();
  writeHistogram(writer, histogram);
  writer.join();
}

function writeHistogram(writer: BinaryWriter, histogram: FloatHistogram): void {
  double(writer, 2, histogram.sum);
  double(writer, 4, histogram.count);
  writer.tag(5, WireType.Varint).sint32(histogram.schema);
  double(writer, 6, histogram.zeroThreshold);
  double(writer, 8, histogram.zeroCount);
  writeBuckets(writer, 9, histogram.negativeSpans, histogram.negativeBuckets);
  writeBuckets(writer, 12, histogram.positiveSpans, histogram.positiveBuckets);
}

/** Spans as field `field`, absolute counts two fields further on. */
function writeBuckets(writer: BinaryWriter, field: number, spans: readonly BucketSpan[], counts: Float64Array): void {
  for (const { offset, length } of spans) {
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).sint32(offset);
    writer.tag(2, WireType.Varint).uint32(length);
    writer.join();
  }
  for (const count of counts) double(writer, field + 2, count);
}

function double(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Bit64).double(value);
}
