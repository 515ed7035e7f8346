// The data points of opentelemetry-proto, metrics/v1. Times and flags have other numbers in every kind:
//   NumberDataPoint       2: start, 3: time, 4: as_double, 5: exemplars, 6: as_int, 7: attributes, 8: flags
//   HistogramDataPoint    2: start, 3: time, 4: count, 5: sum, 6: bucket_counts, 7: explicit_bounds, 8: exemplars, 9: attributes, 10: flags
//   ExponentialHistogram… 1: attributes, 2: start, 3: time, 4: count, 5: sum, 6: scale, 7: zero_count, 8: positive, 9: negative,
//                         10: flags, 11: exemplars, 14: zero_threshold
//   SummaryDataPoint      2: start, 3: time, 4: count, 5: sum, 6: quantile_values, 7: attributes, 8: flags
//   Exemplar              2: time, 3: as_double, 4: span_id, 5: trace_id, 6: as_int, 7: filtered_attributes
import type { AttributeValue } from '../../model/span.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { readAnyValue, readId } from './any-value-protobuf.ts';
import type { AttributeList, DataPoint, ExponentialBuckets, MetricKind, PointExemplar } from './data-point.ts';
import { MAX_BUCKETS } from './limits.ts';
import type { OtlpReader } from './otlp-reader.ts';

const START = tagOf(2, FIXED64);
const TIME = tagOf(3, FIXED64);
const COUNT = tagOf(4, FIXED64);
const SUM = tagOf(5, FIXED64);
const NO_RECORDED_VALUE = 1;
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** Field numbers of what all kinds have, 0 for what a kind has not. */
const FIELDS: Readonly<Record<MetricKind, { readonly attributes: number; readonly exemplars: number; readonly flags: number }>> = {
  gauge: { attributes: 7, exemplars: 5, flags: 8 },
  sum: { attributes: 7, exemplars: 5, flags: 8 },
  histogram: { attributes: 9, exemplars: 8, flags: 10 },
  exponential_histogram: { attributes: 1, exemplars: 11, flags: 10 },
  summary: { attributes: 7, exemplars: 0, flags: 8 },
};

/** Reads points into one object. */
export class PointReader {
  readonly #reader: OtlpReader;
  readonly #point: DataPoint;
  /** Begin and end of each attribute of the current point. */
  readonly #attributes: number[] = [];

  constructor(reader: OtlpReader, point: DataPoint) {
    this.#reader = reader;
    this.#point = point;
    point.attributes = () => this.#readAttributes();
  }

  /** Reads the point that ends at `end`. */
  read(kind: MetricKind, end: number): void {
    const reader = this.#reader;
    const point = this.#point;
    const { attributes, exemplars, flags } = FIELDS[kind];
    const [attributesTag, exemplarsTag, flagsTag] = [tagOf(attributes, BYTES), tagOf(exemplars, BYTES), tagOf(flags, VARINT)];
    point.clear();
    this.#attributes.length = 0;
    let keyStart = reader.pos;
    let keyEnd = keyStart;
    while (reader.pos < end) {
      const at = reader.pos;
      const tag = reader.uint32();
      if (tag === attributesTag) {
        const to = reader.enter(end);
        this.#attributes.push(reader.pos, to);
        reader.pos = to;
        if (at !== keyEnd) {
          point.attributesKey += reader.latin1(keyStart, keyEnd);
          keyStart = at;
        }
        keyEnd = to;
      } else if (tag === START) {
        point.startMs = reader.fixed64Ms();
        point.startNs = reader.lastNs;
      } else if (tag === TIME) {
        point.timeMs = reader.fixed64Ms();
        point.timeNs = reader.lastNs;
      } else if (tag === flagsTag) point.isStale = (reader.uint32() & NO_RECORDED_VALUE) !== 0;
      else if (tag === exemplarsTag && exemplars !== 0) point.exemplars.push(this.#readExemplar(reader.enter(end)));
      else if (!this.#readValue(kind, tag, end)) reader.skipField(tag, end);
    }
    reader.leave(end);
    const key = reader.latin1(keyStart, keyEnd);
    point.attributesKey = point.attributesKey === '' ? key : point.attributesKey + key;
  }

  /** Reads what only this kind has; false when it has no such field. */
  #readValue(kind: MetricKind, tag: number, end: number): boolean {
    if (kind === 'gauge' || kind === 'sum') return this.#readNumber(tag);
    const point = this.#point;
    if (tag === COUNT) point.count = this.#reader.fixed64Number();
    else if (tag === SUM) {
      point.sum = this.#reader.double();
      point.hasSum = true;
    } else if (kind === 'histogram') return this.#readBuckets(tag, end);
    else if (kind === 'summary') return this.#readQuantile(tag, end);
    else return this.#readExponential(tag, end);
    return true;
  }

  #readNumber(tag: number): boolean {
    if (tag === tagOf(4, FIXED64)) this.#point.value = this.#reader.double();
    else if (tag === tagOf(6, FIXED64)) this.#point.value = this.#reader.sfixed64Number();
    else return false;
    return true;
  }

  #readBuckets(tag: number, end: number): boolean {
    const reader = this.#reader;
    if (tag >>> 3 === 6) return readRepeated(reader, tag, FIXED64, end, this.#point.bucketCounts, () => reader.fixed64Number());
    if (tag >>> 3 === 7) return readRepeated(reader, tag, FIXED64, end, this.#point.bounds, () => reader.double());
    return false;
  }

  #readExponential(tag: number, end: number): boolean {
    const reader = this.#reader;
    const point = this.#point;
    if (tag === tagOf(6, VARINT)) point.scale = reader.sint32();
    else if (tag === tagOf(7, FIXED64)) point.zeroCount = reader.fixed64Number();
    else if (tag === tagOf(8, BYTES)) readSide(reader, reader.enter(end), point.positive);
    else if (tag === tagOf(9, BYTES)) readSide(reader, reader.enter(end), point.negative);
    else if (tag === tagOf(14, FIXED64)) point.zeroThreshold = reader.double();
    else return false;
    return true;
  }

  #readQuantile(tag: number, end: number): boolean {
    if (tag !== tagOf(6, BYTES)) return false;
    const reader = this.#reader;
    const to = reader.enter(end);
    let quantile = 0;
    let value = 0;
    while (reader.pos < to) {
      const inner = reader.uint32();
      if (inner === tagOf(1, FIXED64)) quantile = reader.double();
      else if (inner === tagOf(2, FIXED64)) value = reader.double();
      else reader.skipField(inner, to);
    }
    reader.leave(to);
    if (this.#point.quantiles.length > MAX_BUCKETS) return true;
    this.#point.quantiles.push(quantile);
    this.#point.quantileValues.push(value);
    return true;
  }

  #readExemplar(end: number): PointExemplar {
    const reader = this.#reader;
    const pairs: [string, AttributeValue][] = [];
    let traceId = '';
    let spanId = '';
    let value = 0;
    let timestampMs = 0;
    reader.isText = true;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === START) timestampMs = reader.fixed64Ms();
      else if (tag === tagOf(3, FIXED64)) value = reader.double();
      else if (tag === tagOf(4, BYTES)) spanId = readId(reader, end, 'exemplars.spanId', SPAN_ID_BYTES);
      else if (tag === tagOf(5, BYTES)) traceId = readId(reader, end, 'exemplars.traceId', TRACE_ID_BYTES);
      else if (tag === tagOf(6, FIXED64)) value = reader.sfixed64Number();
      else if (tag === tagOf(7, BYTES)) pairs.push(readPair(reader, reader.enter(end)));
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    return { traceId, spanId, value, timestampMs, attributes: { pairs, isText: reader.isText } };
  }

  #readAttributes(): AttributeList {
    const reader = this.#reader;
    const { pos } = reader;
    reader.isText = true;
    const pairs: [string, AttributeValue][] = [];
    for (let i = 0; i < this.#attributes.length; i += 2) {
      reader.pos = this.#attributes[i] as number;
      pairs.push(readPair(reader, this.#attributes[i + 1] as number));
    }
    reader.pos = pos;
    return { pairs, isText: reader.isText };
  }
}

function readPair(reader: OtlpReader, end: number): [string, AttributeValue] {
  let key = '';
  let value: AttributeValue = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, BYTES)) key = reader.text(end);
    else if (tag === tagOf(2, BYTES)) value = readAnyValue(reader, reader.enter(end));
    else reader.skipField(tag, end);
  }
  reader.leave(end);
  return [key, value];
}

function readSide(reader: OtlpReader, end: number, side: ExponentialBuckets): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === tagOf(1, VARINT)) side.offset = reader.sint32();
    else if (tag >>> 3 !== 2 || !readRepeated(reader, tag, VARINT, end, side.counts, () => Number(reader.uint64())))
      reader.skipField(tag, end);
  }
  reader.leave(end);
}

/** Numbers packed, or one of them; of too many, the rest is passed over. False for another wire type. */
function readRepeated(reader: OtlpReader, tag: number, wireType: number, end: number, list: number[], read: () => number): boolean {
  if ((tag & 7) === wireType) {
    reader.countField();
    const value = read();
    if (list.length <= MAX_BUCKETS) list.push(value);
    return true;
  }
  if ((tag & 7) !== BYTES) return false;
  const to = reader.enter(end);
  while (reader.pos < to && list.length <= MAX_BUCKETS) list.push(read());
  if (reader.pos > to) reader.leave(to);
  reader.pos = to;
  return true;
}
