// ExportMetricsServiceRequest in JSON, into the same sink as protobuf.
import type { AttributeValue } from '../../model/span.ts';
import {
  type AttributeList,
  DataPoint,
  type ExponentialBuckets,
  type MetricDescriptor,
  type MetricKind,
  type PointExemplar,
  TEMPORALITIES,
} from './data-point.ts';
import { METRIC_LEVELS } from './decode-metrics.ts';
import type { ItemContext } from './export-request.ts';
import type { Steps } from './in-turns.ts';
import { type JsonObject, JsonReader, toSnake } from './json-reader.ts';
import { MAX_BUCKETS, MAX_POINTS, tooLarge } from './limits.ts';
import type { MetricSink } from './metric-sink.ts';

const KINDS: Readonly<Record<string, MetricKind>> = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponentialHistogram: 'exponential_histogram',
  summary: 'summary',
};
const TEMPORALITY_NAMES = TEMPORALITIES.map((name) => `AGGREGATION_TEMPORALITY_${name.toUpperCase()}`);
const NO_RECORDED_VALUE = 1;
const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MS_NS = 1_000_000n;
const POINTS_BETWEEN_PAUSES = 16;

/** A metric of a request that was parsed and is read later. */
interface FoundMetric {
  readonly metric: JsonObject;
  readonly context: ItemContext;
  readonly place: ReturnType<JsonReader['place']>;
}

/** Reads a request into `sink`. Throws AppError `otlp.bad_json` naming the place, `otlp.too_large` for more than is read at once. */
export function* readMetricsJson(text: string, sink: MetricSink): Steps<void> {
  const json = new JsonReader();
  const points = new JsonPoints(json);
  const found: FoundMetric[] = [];
  json.exportRequest(text, METRIC_LEVELS, (metric, context) => found.push({ metric, context, place: json.place() }));
  yield;
  for (const { metric, context, place } of found) {
    json.goTo(place);
    for (const field in KINDS) {
      const data = json.object(metric, field, toSnake(field));
      if (Object.keys(data).length === 0) continue;
      const kind = KINDS[field] as MetricKind;
      sink.metric(describe(json, metric, field, data), context);
      yield* readPoints(json, points, field, kind, data, sink);
    }
  }
}

function describe(json: JsonReader, metric: JsonObject, field: string, data: JsonObject): MetricDescriptor {
  const [name, unit] = [json.text(metric, 'name', 'name'), json.text(metric, 'unit', 'unit')];
  const temporality = json.inside(field, () => json.enum(data, 'aggregationTemporality', 'aggregation_temporality', TEMPORALITY_NAMES));
  return {
    name,
    unit,
    description: json.text(metric, 'description', 'description'),
    kind: KINDS[field] as MetricKind,
    temporality: TEMPORALITIES[temporality] ?? 'unspecified',
    isMonotonic: json.inside(field, () => json.flag(data, 'isMonotonic', 'is_monotonic')),
    isText: isWellFormed(name) && isWellFormed(unit),
  };
}

function* readPoints(
  json: JsonReader,
  points: JsonPoints,
  field: string,
  kind: MetricKind,
  data: JsonObject,
  sink: MetricSink,
): Steps<void> {
  const place = json.place();
  const items: JsonObject[] = [];
  json.inside(field, () => json.each(data, 'dataPoints', 'data_points', (item) => items.push(item)));
  for (const [i, item] of items.entries()) {
    json.goTo([...place, field, 'dataPoints', i]);
    sink.point(points.read(kind, item));
    if (i % POINTS_BETWEEN_PAUSES === 0) yield;
  }
  json.goTo(place);
}

/** Escapes of JSON can make text that UTF-8 has no bytes for. */
function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}

class JsonPoints {
  readonly #json: JsonReader;
  readonly #point = new DataPoint();
  #current: JsonObject = {};
  #count = 0;

  constructor(json: JsonReader) {
    this.#json = json;
    this.#point.attributes = () => this.#attributes(this.#current, 'attributes', 'attributes');
  }

  read(kind: MetricKind, item: JsonObject): DataPoint {
    if (++this.#count > MAX_POINTS) throw tooLarge(`a request has more than ${MAX_POINTS} data points`);
    const json = this.#json;
    const point = this.#point;
    this.#current = item;
    point.clear();
    point.attributesKey = JSON.stringify(item.attributes ?? null);
    [point.startMs, point.startNs] = this.#time(item, 'startTimeUnixNano', 'start_time_unix_nano');
    [point.timeMs, point.timeNs] = this.#time(item, 'timeUnixNano', 'time_unix_nano');
    point.isStale = (json.enum(item, 'flags', 'flags', []) & NO_RECORDED_VALUE) !== 0;
    json.each(item, 'exemplars', 'exemplars', (exemplar) => point.exemplars.push(this.#exemplar(exemplar)));
    if (kind === 'gauge' || kind === 'sum') point.value = this.#value(item);
    else this.#distribution(kind, item);
    return point;
  }

  #distribution(kind: MetricKind, item: JsonObject): void {
    const json = this.#json;
    const point = this.#point;
    point.count = this.#count64(item, 'count', 'count');
    point.hasSum = json.has(item, 'sum', 'sum');
    if (point.hasSum) point.sum = json.double(item, 'sum', 'sum');
    if (kind === 'histogram') {
      this.#counts(item, 'bucketCounts', 'bucket_counts', point.bucketCounts);
      json.items(item, 'explicitBounds', 'explicit_bounds', MAX_BUCKETS + 1, (value) => point.bounds.push(json.doubleOf(value)));
    } else if (kind === 'summary') {
      json.each(item, 'quantileValues', 'quantile_values', (pair) => {
        if (point.quantiles.length > MAX_BUCKETS) return;
        point.quantiles.push(json.has(pair, 'quantile', 'quantile') ? json.double(pair, 'quantile', 'quantile') : 0);
        point.quantileValues.push(json.has(pair, 'value', 'value') ? json.double(pair, 'value', 'value') : 0);
      });
    } else {
      point.scale = json.int32(item, 'scale', 'scale');
      point.zeroCount = this.#count64(item, 'zeroCount', 'zero_count');
      if (json.has(item, 'zeroThreshold', 'zero_threshold')) point.zeroThreshold = json.double(item, 'zeroThreshold', 'zero_threshold');
      this.#side(item, 'positive', point.positive);
      this.#side(item, 'negative', point.negative);
    }
  }

  #side(item: JsonObject, name: string, side: ExponentialBuckets): void {
    const buckets = this.#json.object(item, name, name);
    this.#json.inside(name, () => {
      side.offset = this.#json.int32(buckets, 'offset', 'offset');
      this.#counts(buckets, 'bucketCounts', 'bucket_counts', side.counts);
    });
  }

  #counts(owner: JsonObject, camel: string, snake: string, counts: number[]): void {
    this.#json.items(owner, camel, snake, MAX_BUCKETS + 1, (value) => counts.push(Number(this.#json.integerOf(value, 0n, MAX_UINT64))));
  }

  #count64(owner: JsonObject, camel: string, snake: string): number {
    return this.#json.has(owner, camel, snake) ? Number(this.#json.integer(owner, camel, snake, 0n, MAX_UINT64)) : 0;
  }

  #time(owner: JsonObject, camel: string, snake: string): [ms: number, ns: number] {
    const timeNs = this.#json.time(owner, camel, snake);
    return [Number(timeNs / MS_NS), Number(timeNs % MS_NS)];
  }

  #value(owner: JsonObject): number {
    if (this.#json.has(owner, 'asDouble', 'as_double')) return this.#json.double(owner, 'asDouble', 'as_double');
    return this.#json.has(owner, 'asInt', 'as_int') ? Number(this.#json.integer(owner, 'asInt', 'as_int', MIN_INT64, MAX_INT64)) : 0;
  }

  #exemplar(exemplar: JsonObject): PointExemplar {
    return {
      traceId: this.#json.id(exemplar, 'traceId', 'trace_id', TRACE_ID_DIGITS),
      spanId: this.#json.id(exemplar, 'spanId', 'span_id', SPAN_ID_DIGITS),
      attributes: this.#attributes(exemplar, 'filteredAttributes', 'filtered_attributes'),
      value: this.#value(exemplar),
      timestampMs: this.#time(exemplar, 'timeUnixNano', 'time_unix_nano')[0],
    };
  }

  #attributes(owner: JsonObject, camel: string, snake: string): AttributeList {
    const pairs: [string, AttributeValue][] = [];
    let isText = true;
    this.#json.each(owner, camel, snake, (pair) => {
      const key = this.#json.text(pair, 'key', 'key');
      const value = this.#json.inside('value', () => this.#json.value(pair.value));
      if (!isWellFormed(key) || (typeof value === 'string' && !isWellFormed(value))) isText = false;
      pairs.push([key, value]);
    });
    return { pairs, isText };
  }
}
