// Messages of remote write for tests: floats, native histograms, stale markers, exemplars and metadata. Encoded by hand, apart from the
// product's own readers.
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { CounterResetHint, FloatHistogram } from '../../../model/histogram.ts';
import type { WriteProtocol } from '../write-request.ts';

/** One sample: a float, a stale marker, or a native histogram. */
export interface WrittenSample {
  readonly timestampMs: number;
  /** Default 0; not used by histograms. */
  readonly value?: number | undefined;
  /** Writes the stale marker: as a histogram when there is one beside it. */
  readonly isStale?: boolean | undefined;
  readonly histogram?: FloatHistogram | undefined;
  /** Sends the histogram with whole counts as deltas. Default: when all its counts are whole. */
  readonly isInteger?: boolean | undefined;
}

export interface WrittenExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs: number;
}

export interface WrittenMetadata {
  /** A word of `METRIC_TYPES`. */
  readonly type: string;
  readonly help?: string | undefined;
  readonly unit?: string | undefined;
}

export interface WrittenSeries {
  /** Sent sorted by name. Pairs are sent in their own order, for labels that no sender would send. */
  readonly labels: Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[];
  readonly samples?: readonly WrittenSample[] | undefined;
  readonly exemplars?: readonly WrittenExemplar[] | undefined;
  /** Part of the series in 2.0; 1.0 sends it under the name of the series. */
  readonly metadata?: WrittenMetadata | undefined;
  /** Only 2.0 has it. */
  readonly createdMs?: number | undefined;
}

export const METRIC_TYPES: readonly string[] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
];
const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];
const STALE_BITS = 0x7ff0000000000002n;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

/** The message with these series: prometheus.WriteRequest or io.prometheus.write.v2.Request. */
export function encodeWrite(series: readonly WrittenSeries[], protocol: WriteProtocol = '1.0'): Uint8Array {
  return protocol === '1.0' ? encodeWriteRequest(series) : encodeRequestV2(series);
}

function encodeWriteRequest(series: readonly WrittenSeries[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { labels, samples = [], exemplars = [] } of series) {
    writer.tag(1, BYTES).fork();
    writeLabels(writer, labels);
    writeSampleFields(writer, samples, 2, 4);
    for (const { labels: exemplarLabels, value, timestampMs } of exemplars) {
      writer.tag(3, BYTES).fork();
      writeLabels(writer, exemplarLabels);
      writer.tag(2, FIXED64).double(value).tag(3, VARINT).int64(timestampMs).join();
    }
    writer.join();
  }
  for (const { labels, metadata } of series) {
    if (!metadata) continue;
    const name = new Map(pairsOf(labels)).get('__name__') ?? '';
    writer.tag(3, BYTES).fork().tag(1, VARINT).int32(typeNumber(metadata)).tag(2, BYTES).string(name);
    writer
      .tag(4, BYTES)
      .string(metadata.help ?? '')
      .tag(5, BYTES)
      .string(metadata.unit ?? '')
      .join();
  }
  return writer.finish();
}

function writeLabels(writer: BinaryWriter, labels: WrittenSeries['labels']): void {
  for (const [name, value] of pairsOf(labels)) writer.tag(1, BYTES).fork().tag(1, BYTES).string(name).tag(2, BYTES).string(value).join();
}

function encodeRequestV2(series: readonly WrittenSeries[]): Uint8Array {
  const symbols = new Map([['', 0]]);
  const ref = (text: string) => {
    const known = symbols.get(text) ?? symbols.size;
    symbols.set(text, known);
    return known;
  };
  const refs = (labels: WrittenSeries['labels']) => pairsOf(labels).flatMap(([name, value]) => [ref(name), ref(value)]);
  const body = new BinaryWriter();
  for (const { labels, samples = [], exemplars = [], metadata, createdMs } of series) {
    body.tag(5, BYTES).fork();
    writePacked(body, 1, refs(labels), (value) => body.uint32(value));
    writeSampleFields(body, samples, 2, 3);
    for (const exemplar of exemplars) {
      body.tag(4, BYTES).fork();
      writePacked(body, 1, refs(exemplar.labels), (value) => body.uint32(value));
      body.tag(2, FIXED64).double(exemplar.value).tag(3, VARINT).int64(exemplar.timestampMs).join();
    }
    if (metadata) {
      body.tag(5, BYTES).fork().tag(1, VARINT).int32(typeNumber(metadata));
      body
        .tag(3, VARINT)
        .uint32(ref(metadata.help ?? ''))
        .tag(4, VARINT)
        .uint32(ref(metadata.unit ?? ''))
        .join();
    }
    if (createdMs !== undefined) body.tag(6, VARINT).int64(createdMs);
    body.join();
  }
  const head = new BinaryWriter();
  for (const symbol of symbols.keys()) head.tag(4, BYTES).string(symbol);
  return Buffer.concat([head.finish(), body.finish()]);
}

function writeSampleFields(writer: BinaryWriter, samples: readonly WrittenSample[], sampleField: number, histogramField: number): void {
  for (const { timestampMs, value = 0, isStale = false, histogram } of samples) {
    if (histogram) continue;
    writer.tag(sampleField, BYTES).fork().tag(1, FIXED64);
    if (isStale) writer.fixed64(STALE_BITS);
    else writer.double(value);
    writer.tag(2, VARINT).int64(timestampMs).join();
  }
  for (const sample of samples) {
    if (!sample.histogram) continue;
    writer.tag(histogramField, BYTES).fork();
    writeHistogram(writer, sample.histogram, sample);
    writer.join();
  }
}

/** The fields of a Histogram, which both versions have alike. */
function writeHistogram(writer: BinaryWriter, histogram: FloatHistogram, sample: WrittenSample): void {
  const { timestampMs, isStale = false } = sample;
  const { count, zeroCount, sum, positiveSpans, negativeSpans, positiveBuckets, negativeBuckets, customValues = [] } = histogram;
  const isInteger = isWhole(sample, histogram);
  if (isInteger) writer.tag(1, VARINT).uint64(count);
  else writer.tag(2, FIXED64).double(count);
  writer.tag(3, FIXED64);
  if (isStale) writer.fixed64(STALE_BITS);
  else writer.double(sum);
  writer.tag(4, VARINT).sint32(histogram.schema).tag(5, FIXED64).double(histogram.zeroThreshold);
  if (isInteger) writer.tag(6, VARINT).uint64(zeroCount);
  else writer.tag(7, FIXED64).double(zeroCount);
  const sides = [
    { field: 8, spans: negativeSpans, buckets: negativeBuckets },
    { field: 11, spans: positiveSpans, buckets: positiveBuckets },
  ];
  for (const { field, spans, buckets } of sides) {
    for (const { offset, length } of spans) {
      writer.tag(field, BYTES).fork().tag(1, VARINT).sint32(offset).tag(2, VARINT).uint32(length).join();
    }
    if (isInteger) writePacked(writer, field + 1, deltasOf(buckets), (delta) => writer.sint64(delta));
    else writePacked(writer, field + 2, [...buckets], (value) => writer.double(value));
  }
  writer.tag(14, VARINT).int32(HINTS.indexOf(histogram.hint)).tag(15, VARINT).int64(timestampMs);
  writePacked(writer, 16, [...customValues], (value) => writer.double(value));
}

function writePacked(writer: BinaryWriter, field: number, values: readonly number[], write: (value: number) => void): void {
  if (values.length === 0) return;
  writer.tag(field, BYTES).fork();
  for (const value of values) write(value);
  writer.join();
}

function deltasOf(counts: Float64Array): number[] {
  return [...counts].map((count, i) => count - (counts[i - 1] ?? 0));
}

function typeNumber({ type }: WrittenMetadata): number {
  const number = METRIC_TYPES.indexOf(type);
  if (number < 0) throw new Error(`there is no metric type "${type}"`);
  return number;
}

function pairsOf(labels: WrittenSeries['labels']): readonly (readonly [string, string])[] {
  if (Array.isArray(labels)) return labels;
  return Object.entries(labels as Readonly<Record<string, string>>).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Whether a histogram is sent with whole counts. */
export function isWhole({ isInteger }: WrittenSample, { count, zeroCount, positiveBuckets, negativeBuckets }: FloatHistogram): boolean {
  return isInteger ?? [count, zeroCount, ...positiveBuckets, ...negativeBuckets].every(Number.isSafeInteger);
}
