// One request of metrics on its way into batches: each point becomes samples of one or more series, as Prometheus' OTLP receiver makes them.
import type { OtlpSettings } from '../../config/otlp-section.ts';
import type { DataPoint, MetricDescriptor, PointExemplar } from '../../formats/otlp/data-point.ts';
import type { ItemContext } from '../../formats/otlp/export-request.ts';
import { MAX_BUCKETS } from '../../formats/otlp/limits.ts';
import { metricName, unitName } from '../../formats/otlp/metric-name.ts';
import type { MetricSink } from '../../formats/otlp/metric-sink.ts';
import { isAppError, messageOf } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import { formatFixed } from '../../model/go-number.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { emptyLike } from '../../model/histogram-arithmetic.ts';
import { Labels } from '../../model/labels.ts';
import type { AppendOutcome, ExemplarStore, MetricAppender, MetricStore, SeriesRef } from '../../storage/store.ts';
import type { PointRefusal } from '../errors.ts';
import type { RemoteMetadataCache } from '../remote-metadata.ts';
import { refusalText } from '../sample-refusals.ts';
import { attributeText } from './attribute-text.ts';
import type { DeltaStreams } from './delta-streams.ts';
import { customHistogram, exponentialHistogram, type HistogramOrFault } from './native-histogram.ts';
import { PointRefusals } from './point-refusals.ts';
import type { Family, OtlpSeriesCache, PointSeries } from './series-cache.ts';
import { contextLabels, pointLabels } from './series-labels.ts';
import { TargetInfo } from './target-info.ts';

/** What intakes share. */
export interface MetricIntakeDeps {
  readonly store: MetricStore;
  readonly exemplars: ExemplarStore;
  readonly clock: Clock;
  readonly outOfOrderMs: () => number;
  readonly cache: OtlpSeriesCache;
  readonly streams: DeltaStreams;
  readonly metadata: RemoteMetadataCache;
  readonly settings: OtlpSettings;
  /** Labels `__type__` and `__unit__`. */
  readonly withTypeAndUnit: boolean;
  /** A zero where a series says that it began. */
  readonly writesCreated: boolean;
  readonly lookbackMs: number;
}

/** Samples that become visible in one go. */
const BATCH_SAMPLES = 20_000;
const METADATA_EVERY_MS = 60_000;
/** UTF-16 units of all labels of a series. */
const MAX_LABEL_LENGTH = 64 * 1024;
const MAX_EXEMPLAR_CHARACTERS = 128;
/** A series that is older is not begun with a zero, as upstream. */
const MAX_CREATED_AGE_MS = 5 * 60_000;
const MAX_SHOWN = 100;

/** Thrown where a point ends. */
class Refusal extends Error {
  readonly reason: PointRefusal;

  constructor(reason: PointRefusal, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Reads one request; `finish` comes last. */
export class MetricIntake implements MetricSink {
  /** To be committed, in this order, once everything is read. */
  readonly batches: MetricAppender[] = [];
  readonly refusals = new PointRefusals();
  points = 0;
  readonly #deps: MetricIntakeDeps;
  readonly #exemplars: { readonly labels: Labels; readonly exemplar: { labels: Labels; value: number; timestampMs: number } }[] = [];
  readonly #contexts = new Map<ItemContext, { readonly key: string; readonly labels: ReturnType<typeof contextLabels> }>();
  #target: TargetInfo | undefined;
  #family: Family | undefined;
  #metric: MetricDescriptor | undefined;
  #batch: MetricAppender;
  #inBatch = 0;

  constructor(deps: MetricIntakeDeps) {
    this.#deps = deps;
    this.#batch = this.#startBatch();
  }

  metric(metric: MetricDescriptor, context: ItemContext): void {
    if (this.#target?.resource !== context.resource) {
      this.#writeTarget();
      this.#target = new TargetInfo(context.resource);
    }
    this.#metric = metric;
    this.#family = this.#familyOf(metric, context);
    this.#takeMetadata(this.#family);
  }

  point(point: DataPoint): void {
    this.points++;
    this.#target?.see(point.timeMs);
    const family = this.#family as Family;
    try {
      this.#checkMetric(family);
      this.#write(family, this.#seriesOf(family, point), point);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refusals.add(error.reason, () => `metric ${shown(this.#metric?.name ?? '')}: ${error.message}`);
    }
    if (this.#inBatch >= BATCH_SAMPLES) this.#batch = this.#startBatch();
  }

  /** Writes what can only be known at the end. */
  finish(): void {
    this.#writeTarget();
  }

  /** Stores the exemplars of what was read. */
  appendExemplars(): number {
    for (const { labels, exemplar } of this.#exemplars) this.#deps.exemplars.append(labels, exemplar);
    return this.#exemplars.length;
  }

  // ---------------------------------------------------------------------------------------------------------- metrics, series

  #familyOf(metric: MetricDescriptor, context: ItemContext): Family {
    const { cache, settings } = this.#deps;
    let known = this.#contexts.get(context);
    if (!known) {
      known = { key: contextKey(context), labels: contextLabels(context, settings) };
      // Only the current one is needed: scopes come one after the other.
      this.#contexts.clear();
      this.#contexts.set(context, known);
    }
    const { name, unit, kind, temporality, isMonotonic } = metric;
    const key = JSON.stringify([known.key, name, unit, kind, temporality, isMonotonic]);
    const family = cache.family(key);
    if (family) return family;
    const type = typeOf(metric);
    const named = type === 'counter' ? 'counter' : kind === 'gauge' ? 'gauge' : 'other';
    const strategy = settings.translationStrategy;
    return cache.addFamily({
      key,
      metric,
      context: context.isText ? known.labels : { ...known.labels, fault: 'a text of its resource or scope is not UTF-8' },
      name: metric.isText ? metricName(name, unit, named, strategy) : '',
      unit: unitName(unit, strategy),
      type,
      series: new Map(),
      metadataMs: Number.NEGATIVE_INFINITY,
    });
  }

  #checkMetric({ name, metric }: Family): void {
    if (!metric.isText) throw new Refusal('invalid_name', 'its name or unit is not UTF-8');
    if (name === '') throw new Refusal('invalid_name', 'nothing is left of its name in the letters that names of metrics may have');
    const hasTemporality = metric.kind !== 'gauge' && metric.kind !== 'summary';
    if (hasTemporality && metric.temporality === 'unspecified')
      throw new Refusal('unspecified_temporality', 'its aggregation temporality is neither cumulative nor delta');
  }

  #seriesOf(family: Family, point: DataPoint): PointSeries {
    const known = family.series.get(point.attributesKey);
    if (known) return known;
    const { cache, settings } = this.#deps;
    const attributes = point.attributes();
    const result = pointLabels(attributes, family.context, settings);
    if ('fault' in result) throw new Refusal('invalid_labels', result.fault);
    const labels = this.#deps.withTypeAndUnit ? withTypeAndUnit(result.labels, family) : result.labels;
    let length = family.name.length;
    for (const [name, value] of labels) length += name.length + value.length;
    if (length > MAX_LABEL_LENGTH)
      throw new Refusal('label_too_long', `names and values of its labels have ${length} characters, limit ${MAX_LABEL_LENGTH}`);
    const isDelta = family.metric.temporality === 'delta';
    const pairs = attributes.pairs.map(([name, value]) => `${name}\0${typeof value}\0${attributeText(value)}`).sort();
    const series: PointSeries = {
      labels,
      refs: new Map(),
      bounds: [],
      bucketKeys: [],
      createdMs: 0,
      stream: isDelta ? JSON.stringify([family.key, pairs]) : '',
    };
    return cache.addSeries(family, point.attributesKey, series);
  }

  #labelsOf({ name }: Family, series: PointSeries, suffix: string, extra?: readonly [string, string]): Labels {
    const labels = new Map(series.labels);
    labels.set('__name__', name + suffix);
    if (extra) labels.set(...extra);
    return Labels.fromEntries(labels);
  }

  #refOf(series: PointSeries, key: string, labels: () => Labels): SeriesRef {
    let ref = series.refs.get(key);
    if (ref !== undefined) return ref;
    try {
      ref = this.#batch.seriesRef(labels());
    } catch (error) {
      if (!isAppError(error, 'storage.too_many_series')) throw error;
      throw new Refusal('series_limit', messageOf(error));
    }
    series.refs.set(key, ref);
    return ref;
  }

  #takeMetadata(family: Family): void {
    const nowMs = this.#deps.clock.nowMs();
    if (family.name === '' || nowMs - family.metadataMs < METADATA_EVERY_MS) return;
    family.metadataMs = nowMs;
    const { name: metric, type, unit } = family;
    this.#deps.metadata.take({ metric, type, help: this.#metric?.description ?? '', unit });
  }

  // ------------------------------------------------------------------------------------------------------------------- points

  #write(family: Family, series: PointSeries, point: DataPoint): void {
    const { kind } = family.metric;
    checkSize(point);
    const native = kind === 'exponential_histogram' ? valid(point, exponentialHistogram) : undefined;
    const total = this.#total(family, series, point, native);
    if (kind === 'gauge' || kind === 'sum') this.#writeNumber(family, series, point);
    else if (kind === 'exponential_histogram') this.#writeHistogram(family, series, point, total);
    else if (kind === 'summary') this.#writeSummary(family, series, point);
    else if (this.#deps.settings.convertHistogramsToNhcb) this.#writeHistogram(family, series, point, valid(point, customHistogram));
    else this.#writeBuckets(family, series, point);
  }

  /** Makes a delta the total of its stream. */
  #total(family: Family, series: PointSeries, point: DataPoint, native: FloatHistogram | undefined): FloatHistogram | undefined {
    if (family.metric.temporality !== 'delta') return native;
    const { streams, clock } = this.#deps;
    if (point.isStale) {
      streams.end(series.stream);
      return native;
    }
    const total = streams.add(series.stream, point, clock.nowMs(), native);
    if (typeof total === 'string') throw new Refusal(total, DELTA_TEXTS[total]);
    return total;
  }

  #writeNumber(family: Family, series: PointSeries, point: DataPoint): void {
    const labels = () => this.#labelsOf(family, series, '');
    const ref = this.#refOf(series, '', labels);
    if (family.metric.kind === 'sum') {
      this.#writeCreated(series, point, [ref]);
      this.#keepExemplars(point.exemplars, labels);
    }
    this.#append(ref, point, point.value, labels);
  }

  #writeHistogram(family: Family, series: PointSeries, point: DataPoint, histogram: FloatHistogram | undefined): void {
    const labels = () => this.#labelsOf(family, series, '');
    const ref = this.#refOf(series, '', labels);
    this.#writeCreated(series, point, [ref], histogram);
    this.#keepExemplars(point.exemplars, labels);
    this.#append(ref, point, histogram ?? 0, labels);
  }

  #writeSummary(family: Family, series: PointSeries, point: DataPoint): void {
    const sum = () => this.#labelsOf(family, series, '_sum');
    const count = () => this.#labelsOf(family, series, '_count');
    const [sumRef, countRef] = [this.#refOf(series, '_sum', sum), this.#refOf(series, '_count', count)];
    this.#writeCreated(series, point, [sumRef, countRef]);
    const outcome = this.#tryAppend(sumRef, point, point.sum, sum);
    this.#append(countRef, point, point.count, count);
    for (const [i, quantile] of point.quantiles.entries()) {
      const text = formatFixed(quantile);
      const labels = () => this.#labelsOf(family, series, '', ['quantile', text]);
      this.#append(this.#refOf(series, ` ${text}`, labels), point, point.quantileValues[i] as number, labels);
    }
    if (outcome) throw outcome;
  }

  /** The classic series of a histogram. */
  #writeBuckets(family: Family, series: PointSeries, point: DataPoint): void {
    const { bounds, bucketCounts } = point;
    if (series.bounds.length !== bounds.length || series.bounds.some((bound, i) => bound !== bounds[i])) {
      series.bounds = bounds;
      series.bucketKeys = bounds.map((bound) => formatFixed(bound));
    }
    const refusals: Refusal[] = [];
    const write = (suffix: string, value: number, le?: string): void => {
      const labels = () => this.#labelsOf(family, series, suffix, le === undefined ? undefined : ['le', le]);
      const ref = this.#refOf(series, le ?? suffix, labels);
      this.#writeCreated(series, point, [ref]);
      const refusal = this.#tryAppend(ref, point, value, labels);
      if (refusal) refusals.push(refusal);
    };
    if (point.hasSum) write('_sum', point.sum);
    write('_count', point.count);
    let total = 0;
    let lower = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < bounds.length && i < bucketCounts.length; i++) {
      total += bucketCounts[i] as number;
      const le = series.bucketKeys[i] as string;
      write('_bucket', total, le);
      const upper = bounds[i] as number;
      this.#keepBucketExemplars(family, series, point, le, lower, upper);
      lower = upper;
    }
    write('_bucket', point.count, '+Inf');
    this.#keepBucketExemplars(family, series, point, '+Inf', lower, Number.POSITIVE_INFINITY);
    if (point.startMs > 0) series.createdMs = point.startMs;
    if (refusals[0]) throw refusals[0];
  }

  // ------------------------------------------------------------------------------------------------------------------ samples

  #append(ref: SeriesRef, point: DataPoint, value: number | FloatHistogram, labels: () => Labels): void {
    const refusal = this.#tryAppend(ref, point, value, labels);
    if (refusal) throw refusal;
  }

  #tryAppend(ref: SeriesRef, { timeMs, isStale }: DataPoint, value: number | FloatHistogram, labels: () => Labels): Refusal | undefined {
    const batch = this.#batch;
    this.#inBatch++;
    let outcome: AppendOutcome;
    if (!Number.isSafeInteger(timeMs)) outcome = 'too_far_in_future';
    else if (isStale) outcome = batch.appendStale(ref, timeMs);
    else outcome = typeof value === 'number' ? batch.append(ref, timeMs, value) : batch.appendHistogram(ref, timeMs, value);
    if (outcome === 'ok' || outcome === 'duplicate') return undefined;
    const number = typeof value === 'number' ? value : undefined;
    const hasWindow = this.#deps.outOfOrderMs() > 0;
    const text = refusalText(outcome, { timestampMs: timeMs, value: number, newest: batch.newest(ref), hasWindow });
    return new Refusal(outcome, `${text} for series ${cut(labels().toString())} at ${timeText(timeMs)}`);
  }

  /** A zero where the series began, once for each beginning: what the store refuses because it has newer samples is no loss. */
  #writeCreated(
    series: PointSeries,
    { startMs, timeMs, isStale }: DataPoint,
    refs: readonly SeriesRef[],
    histogram?: FloatHistogram,
  ): void {
    if (!this.#deps.writesCreated || isStale || startMs <= 0 || startMs >= timeMs || timeMs - startMs > MAX_CREATED_AGE_MS) return;
    if (series.createdMs === startMs) return;
    for (const ref of refs) {
      if (histogram) this.#batch.appendHistogram(ref, startMs, emptyLike(histogram));
      else this.#batch.append(ref, startMs, 0);
    }
    if (this.#metric?.kind !== 'histogram') series.createdMs = startMs;
  }

  #keepBucketExemplars(family: Family, series: PointSeries, { exemplars }: DataPoint, le: string, lower: number, upper: number): void {
    if (exemplars.length === 0) return;
    const inBucket = exemplars.filter(
      ({ value }) => value <= upper && (value > lower || (lower === Number.NEGATIVE_INFINITY && value === lower)),
    );
    this.#keepExemplars(inBucket, () => this.#labelsOf(family, series, '_bucket', ['le', le]));
  }

  #keepExemplars(exemplars: readonly PointExemplar[], labels: () => Labels): void {
    if (exemplars.length === 0) return;
    const owner = labels();
    for (const exemplar of exemplars.toSorted((a, b) => a.timestampMs - b.timestampMs)) {
      const { value, timestampMs } = exemplar;
      if (!exemplar.attributes.isText || timestampMs === 0) continue;
      this.#exemplars.push({ labels: owner, exemplar: { labels: exemplarLabels(exemplar), value, timestampMs } });
    }
  }

  #writeTarget(): void {
    const samples = this.#target?.samples(this.#deps.settings, this.#deps.lookbackMs);
    this.#target = undefined;
    if (!samples) return;
    try {
      const ref = this.#batch.seriesRef(samples.labels);
      for (const timeMs of samples.timesMs) this.#batch.append(ref, timeMs, 1);
      this.#inBatch += samples.timesMs.length;
    } catch (error) {
      // The points were refused for the same reason, and told.
      if (!isAppError(error, 'storage.too_many_series')) throw error;
    }
  }

  #startBatch(): MetricAppender {
    const batch = this.#deps.store.appender();
    this.batches.push(batch);
    this.#inBatch = 0;
    return batch;
  }
}

const DELTA_TEXTS = {
  delta_out_of_order: 'the delta is not newer than the last one of its stream: it was sent twice, or came late',
  delta_older_start: 'the delta begins before its stream does',
  delta_stream_limit:
    'there are as many streams of deltas as there may be (limits.max_delta_streams); send cumulative metrics, or raise it',
} as const;

function valid(point: DataPoint, convert: (point: DataPoint) => HistogramOrFault): FloatHistogram | undefined {
  if (point.isStale) return undefined;
  const result = convert(point);
  if ('fault' in result) throw new Refusal('invalid_histogram', result.fault);
  return result.histogram;
}

function checkSize({ bucketCounts, bounds, positive, negative, quantiles }: DataPoint): void {
  const most = Math.max(bucketCounts.length, bounds.length, positive.counts.length, negative.counts.length, quantiles.length);
  if (most > MAX_BUCKETS) throw new Refusal('too_many_buckets', `it has more than ${MAX_BUCKETS} buckets or quantiles`);
}

function typeOf({ kind, isMonotonic }: MetricDescriptor): Family['type'] {
  if (kind === 'sum') return isMonotonic ? 'counter' : 'gauge';
  return kind === 'exponential_histogram' ? 'histogram' : kind;
}

function withTypeAndUnit(labels: ReadonlyMap<string, string>, { type, unit }: Family): ReadonlyMap<string, string> {
  return new Map([...labels, ['__type__', type], ['__unit__', unit]]);
}

/** Trace and span, then attributes, unless all together are more than OpenMetrics allows. */
function exemplarLabels({ traceId, spanId, attributes }: PointExemplar): Labels {
  const ids = [
    ['trace_id', traceId],
    ['span_id', spanId],
  ] as const;
  const others = attributes.pairs.map(([name, value]) => [name, attributeText(value)] as const);
  const all = [...ids.filter(([, value]) => value !== ''), ...others];
  const characters = all.reduce((sum, [name, value]) => sum + [...name].length + [...value].length, 0);
  return Labels.fromEntries(characters > MAX_EXEMPLAR_CHARACTERS ? ids : all);
}

function contextKey({ resource, scopeName, scopeVersion, scopeAttributes, scopeSchemaUrl }: ItemContext): string {
  const list = (map: ItemContext['resource']) =>
    Object.keys(map)
      .sort()
      .map((name) => [name, attributeText(map[name] ?? '')]);
  return JSON.stringify([list(resource), scopeName, scopeVersion, list(scopeAttributes), scopeSchemaUrl]);
}

function shown(name: string): string {
  return JSON.stringify(cut(name));
}

function cut(text: string): string {
  return text.length > MAX_SHOWN * 3 ? `${text.slice(0, MAX_SHOWN * 3)}…` : text;
}

function timeText(timeMs: number): string {
  return Math.abs(timeMs) < 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs);
}
