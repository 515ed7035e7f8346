// The message io.prometheus.client.Metric: one label set, and what is measured under it. One object is read into again and again.
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { HistogramMessage, type MessageRange, skipMessage } from './histogram-message.ts';
import type { MetricReader } from './metric-reader.ts';

const LABEL = tagOf(1, BYTES);
const GAUGE = tagOf(2, BYTES);
const COUNTER = tagOf(3, BYTES);
const SUMMARY = tagOf(4, BYTES);
const UNTYPED = tagOf(5, BYTES);
const TIMESTAMP_MS = tagOf(6, VARINT);
const HISTOGRAM = tagOf(7, BYTES);

// Gauge, Counter and Untyped agree in these.
const VALUE = tagOf(1, FIXED64);
const COUNTER_EXEMPLAR = tagOf(2, BYTES);
const COUNTER_CREATED = tagOf(3, BYTES);

const SUMMARY_COUNT = tagOf(1, VARINT);
const SUMMARY_SUM = tagOf(2, FIXED64);
const SUMMARY_QUANTILE = tagOf(3, BYTES);
const SUMMARY_CREATED = tagOf(4, BYTES);
const QUANTILE = tagOf(1, FIXED64);
const QUANTILE_VALUE = tagOf(2, FIXED64);

const SECONDS = tagOf(1, VARINT);
const NANOS = tagOf(2, VARINT);

/** Which of the messages inside holds the values: it follows from the family's type. */
export type MetricKind = 'gauge' | 'counter' | 'untyped' | 'summary' | 'histogram';

const KIND_OF_TAG: Readonly<Record<number, MetricKind>> = {
  [GAUGE]: 'gauge',
  [COUNTER]: 'counter',
  [UNTYPED]: 'untyped',
  [SUMMARY]: 'summary',
  [HISTOGRAM]: 'histogram',
};

/** One metric. What its family's type does not speak of is passed over. */
export class MetricMessage {
  /** Start and end of each label. */
  readonly labels: number[] = [];
  readonly histogram = new HistogramMessage();
  readonly quantiles: number[] = [];
  readonly quantileValues: number[] = [];
  timestampMs = 0;
  createdMs = 0;
  /** Of a counter, gauge or untyped metric. */
  value = 0;
  /** Of a summary. */
  count = 0;
  sum = 0;
  /** Of a counter. */
  exemplar: MessageRange | undefined;

  /** Reads the message up to `end`. */
  read(reader: MetricReader, end: number, kind: MetricKind): void {
    this.labels.length = this.quantiles.length = this.quantileValues.length = 0;
    this.timestampMs = this.createdMs = this.value = this.count = this.sum = 0;
    this.exemplar = undefined;
    let hasHistogram = false;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === LABEL) {
        const { start, end: to } = skipMessage(reader, end);
        this.labels.push(start, to);
      } else if (tag === TIMESTAMP_MS) this.timestampMs = reader.time();
      else if (KIND_OF_TAG[tag] !== kind) reader.skipField(tag, end);
      else if (kind === 'histogram') {
        this.histogram.read(reader, reader.enter(end));
        hasHistogram = true;
      } else if (kind === 'summary') this.#readSummary(reader, reader.enter(end));
      else this.#readValue(reader, reader.enter(end), kind === 'counter');
    }
    reader.leave(end);
    if (kind === 'histogram' && !hasHistogram) this.histogram.read(reader, end);
    if (kind === 'histogram') this.createdMs = readTime(reader, this.histogram.created);
  }

  #readValue(reader: MetricReader, end: number, isCounter: boolean): void {
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === VALUE) this.value = reader.double();
      else if (isCounter && tag === COUNTER_EXEMPLAR) this.exemplar = skipMessage(reader, end);
      else if (isCounter && tag === COUNTER_CREATED) this.#readCreated(reader, end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
  }

  #readSummary(reader: MetricReader, end: number): void {
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === SUMMARY_COUNT) this.count = reader.count();
      else if (tag === SUMMARY_SUM) this.sum = reader.double();
      else if (tag === SUMMARY_QUANTILE) this.#readQuantile(reader, reader.enter(end));
      else if (tag === SUMMARY_CREATED) this.#readCreated(reader, end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
  }

  #readQuantile(reader: MetricReader, end: number): void {
    let quantile = 0;
    let value = 0;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === QUANTILE) quantile = reader.double();
      else if (tag === QUANTILE_VALUE) value = reader.double();
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    this.quantiles.push(quantile);
    this.quantileValues.push(value);
  }

  #readCreated(reader: MetricReader, end: number): void {
    this.createdMs = readTime(reader, skipMessage(reader, end));
  }
}

/** The google.protobuf.Timestamp at `range` in milliseconds, 0 when nothing is there. Where the reader stands does not change. */
export function readTime(reader: MetricReader, { start, end }: MessageRange): number {
  const before = reader.pos;
  let seconds = 0;
  let nanos = 0;
  reader.pos = start;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === SECONDS) seconds = reader.time();
    else if (tag === NANOS) nanos = reader.int32();
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  reader.pos = before;
  return seconds * 1000 + Math.trunc(nanos / 1_000_000);
}
