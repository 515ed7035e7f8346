// The families of all groups as delimited messages io.prometheus.client.MetricFamily, native histograms as they were pushed.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { ExpositionType } from '../formats/exposition/metric-type.ts';
import { mergedFamilies } from './expose.ts';
import type { PushGroup } from './push-groups.ts';
import type { Distribution, PushedFamily, PushedMetric } from './pushed-family.ts';

/** Numbers of the types, and of the fields of a metric that hold their values. */
const TYPES: Readonly<Partial<Record<ExpositionType, readonly [type: number, field: number]>>> = {
  counter: [0, 3],
  gauge: [1, 2],
  summary: [2, 4],
  unknown: [3, 5],
  histogram: [4, 7],
  gaugehistogram: [5, 7],
};
const UNTYPED = [3, 5] as const;

/** Everything in the protobuf format. */
export function exposeProtobuf(groups: readonly PushGroup[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const family of mergedFamilies(groups)) writeFamily(writer, family);
  return writer.finish();
}

function writeFamily(writer: BinaryWriter, { name, help, type, metrics }: PushedFamily): void {
  const [number, field] = TYPES[type] ?? UNTYPED;
  writer.fork();
  writer.tag(1, WireType.LengthDelimited).string(name);
  if (help !== '') writer.tag(2, WireType.LengthDelimited).string(help);
  writer.tag(3, WireType.Varint).int32(number);
  for (const metric of metrics) {
    writer.tag(4, WireType.LengthDelimited).fork();
    writeMetric(writer, metric, type, field);
    writer.join();
  }
  writer.join();
}

function writeMetric(writer: BinaryWriter, { labels, value, distribution }: PushedMetric, type: ExpositionType, field: number): void {
  for (const [name, text] of labels) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).string(text);
    writer.join();
  }
  writer.tag(field, WireType.LengthDelimited);
  if (distribution?.native !== undefined) {
    writer.bytes(Buffer.from(distribution.native, 'base64'));
    return;
  }
  writer.fork();
  if (!distribution) writer.tag(1, WireType.Bit64).double(value);
  else writeDistribution(writer, distribution, type === 'summary');
  writer.join();
}

function writeDistribution(writer: BinaryWriter, { count, sum, parts }: Distribution, isSummary: boolean): void {
  // Counts with a fraction have a field of their own, in histograms only.
  const isWhole = isSummary || Number.isSafeInteger(count);
  if (isWhole) writer.tag(1, WireType.Varint).uint64(wholeOf(count));
  else writer.tag(4, WireType.Bit64).double(count);
  writer.tag(2, WireType.Bit64).double(sum);
  for (const [bound, value] of parts) {
    writer.tag(3, WireType.LengthDelimited).fork();
    if (isSummary) {
      writer.tag(1, WireType.Bit64).double(bound);
      writer.tag(2, WireType.Bit64).double(value);
    } else {
      if (isWhole) writer.tag(1, WireType.Varint).uint64(wholeOf(value));
      else writer.tag(4, WireType.Bit64).double(value);
      writer.tag(2, WireType.Bit64).double(bound);
    }
    writer.join();
  }
}

function wholeOf(count: number): bigint {
  return Number.isFinite(count) && count > 0 ? BigInt(Math.trunc(count)) : 0n;
}
