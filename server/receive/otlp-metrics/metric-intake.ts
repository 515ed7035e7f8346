// One request of metrics on its way into batches. What a point was refused for is told; the others are taken.
import type { OtlpSettings } from '../../config/otlp-section.ts';
import type { DataPoint, MetricDescriptor } from '../../formats/otlp/data-point.ts';
import type { ItemContext } from '../../formats/otlp/export-request.ts';
import { metricName, unitName } from '../../formats/otlp/metric-name.ts';
import type { MetricSink } from '../../formats/otlp/metric-sink.ts';
import type { Clock } from '../../model/clock.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import type { MetricStore } from '../../storage/store.ts';
import type { RemoteMetadataCache } from '../remote-metadata.ts';
import { attributeText } from './attribute-text.ts';
import type { DeltaChanges, DeltaStreams } from './delta-streams.ts';
import { ExemplarList } from './exemplar-list.ts';
import type { Family, FamilyCache, PointSeries } from './families.ts';
import { customHistogram, exponentialHistogram } from './native-histogram.ts';
import { lengthFault, metricFault, sizeFault, togetherFault } from './point-faults.ts';
import { PointRefusals } from './point-refusals.ts';
import { PointRefused } from './point-refused.ts';
import { PointWriter } from './point-writer.ts';
import { cut, SampleBatches } from './sample-batches.ts';
import { type ContextLabels, contextLabels, lengthOf, pointLabels, type ResourceLabels, resourceLabels } from './series-labels.ts';
import { attributesKey, contextKey, shortKey } from './short-key.ts';
import { TargetInfo, TargetInfoBudget, targetSeries } from './target-info.ts';

/** What intakes share. */
export interface MetricIntakeDeps {
  readonly store: MetricStore;
  readonly clock: Clock;
  readonly outOfOrderMs: () => number;
  readonly cache: FamilyCache;
  readonly streams: DeltaStreams;
  readonly metadata: RemoteMetadataCache;
  readonly settings: OtlpSettings;
  /** Labels `__type__` and `__unit__`. */
  readonly withTypeAndUnit: boolean;
  readonly writesCreated: boolean;
  readonly lookbackMs: number;
}

const METADATA_EVERY_MS = 60_000;

const DELTA_TEXTS = {
  delta_out_of_order: 'the delta is not newer than the last one of its stream: it was sent twice, or came late',
  delta_older_start: 'the delta begins before its stream does',
  delta_stream_limit:
    'there are as many streams of deltas as there may be (limits.max_delta_streams; sixteen buckets count as one); send cumulative metrics, or raise it',
} as const;

/** What is known of a resource; its attributes may be megabytes, and are looked at once. */
interface KnownResource {
  readonly resource: ItemContext['resource'];
  readonly key: string;
  readonly labels: ResourceLabels;
}

/** What is known of a resource and scope. */
interface KnownContext {
  readonly context: ItemContext;
  readonly key: string;
  readonly labels: ContextLabels;
}

/** Reads one request; `finish` comes last. */
export class MetricIntake implements MetricSink {
  readonly samples: SampleBatches;
  readonly exemplars = new ExemplarList();
  readonly refusals = new PointRefusals();
  points = 0;
  readonly #deps: MetricIntakeDeps;
  #resource: KnownResource | undefined;
  #context: KnownContext | undefined;
  #target: TargetInfo | undefined;
  readonly #deltas: DeltaChanges = new Map();
  readonly #targetBudget = new TargetInfoBudget();
  #family: Family | undefined;
  /** Why no point of the metric can be stored. */
  #refused: PointRefused | undefined;

  constructor(deps: MetricIntakeDeps) {
    this.#deps = deps;
    this.samples = new SampleBatches(deps);
  }

  metric(metric: MetricDescriptor, context: ItemContext): void {
    if (this.#target?.resource !== context.resource) {
      this.#writeTarget();
      this.#target = new TargetInfo(context.resource);
    }
    this.#family = this.#familyOf(metric, context);
    this.#refused = metricFault(this.#family);
    if (!this.#refused) this.#takeMetadata(this.#family, metric.description);
  }

  point(point: DataPoint): void {
    const family = this.#family;
    if (!family) return;
    this.points++;
    this.#target?.see(point.timeMs);
    const refused = this.#refused ?? this.#take(family, point);
    if (refused) this.refusals.add(refused.reason, () => `metric ${JSON.stringify(cut(family.metric.name))}: ${refused.message()}`);
    this.samples.endPoint();
  }

  #take(family: Family, point: DataPoint): PointRefused | undefined {
    const tooLarge = sizeFault(point);
    if (tooLarge) return tooLarge;
    const series = this.#seriesOf(family, point);
    if (series instanceof PointRefused) return series;
    const isOne = family.metric.kind === 'histogram' && this.#deps.settings.convertHistogramsToNhcb;
    const tooMuch = isOne ? undefined : togetherFault(series, point);
    if (tooMuch) return tooMuch;
    const histogram = this.#histogramOf(family, series, point);
    if (histogram instanceof PointRefused) return histogram;
    const { samples, exemplars } = this;
    const { writesCreated, streams } = this.#deps;
    const refused = new PointWriter({ samples, exemplars, writesCreated }, family, series, point).write(histogram);
    if (refused?.reason === 'series_limit' && series.stream !== '') streams.end(this.#deltas, series.stream);
    return refused;
  }

  /** Writes what can only be known at the end. */
  finish(): void {
    this.#writeTarget();
  }

  /** What was read is not stored. */
  undo(): void {
    this.#deps.streams.undo(this.#deltas);
  }

  // ---------------------------------------------------------------------------------------------------------- metrics, series

  #familyOf(metric: MetricDescriptor, context: ItemContext): Family {
    const { cache, settings } = this.#deps;
    const { key: ofContext, labels } = this.#contextOf(context);
    const { name, unit, kind, temporality, isMonotonic } = metric;
    const key = shortKey(JSON.stringify([ofContext, name, unit, kind, temporality, isMonotonic]));
    const family = cache.family(key);
    if (family) return family;
    const type = typeOf(metric);
    const named = type === 'counter' ? 'counter' : kind === 'gauge' ? 'gauge' : 'other';
    const strategy = settings.translationStrategy;
    return cache.addFamily({
      key,
      metric: { ...metric, description: '' },
      context: labels,
      name: metric.isText ? metricName(name, unit, named, strategy) : '',
      unit: unitName(unit, strategy),
      type,
      series: new Map(),
      metadataMs: Number.NEGATIVE_INFINITY,
    });
  }

  #contextOf(context: ItemContext): KnownContext {
    const { settings } = this.#deps;
    const { resource } = context;
    if (this.#resource?.resource !== resource)
      this.#resource = { resource, key: attributesKey(resource), labels: resourceLabels(resource, settings) };
    if (this.#context?.context !== context) {
      const { key, labels } = this.#resource;
      this.#context = { context, key: contextKey(key, context), labels: contextLabels(context, labels, settings) };
    }
    return this.#context;
  }

  #seriesOf(family: Family, point: DataPoint): PointSeries | PointRefused {
    const known = family.series.get(point.attributesKey);
    if (known) return known;
    const contextTooLong = lengthFault(family.context.length);
    if (contextTooLong) return contextTooLong;
    const attributes = point.attributes();
    const result = pointLabels(attributes, family.context, this.#deps.settings);
    if ('fault' in result) return new PointRefused('invalid_labels', () => result.fault);
    const labels = this.#deps.withTypeAndUnit ? withTypeAndUnit(result.labels, family) : result.labels;
    const length = family.name.length + lengthOf(labels);
    const tooLong = lengthFault(length);
    if (tooLong) return tooLong;
    const pairs = attributes.pairs.map(([name, value]) => `${name}\0${typeof value}\0${attributeText(value)}`);
    const stream = family.metric.temporality === 'delta' ? shortKey(JSON.stringify([family.key, pairs.sort()])) : '';
    return this.#deps.cache.addSeries(family, point.attributesKey, {
      labels,
      length,
      refs: new Map(),
      bounds: [],
      boundTexts: [],
      createdMs: 0,
      stream,
    });
  }

  #takeMetadata(family: Family, help: string): void {
    const nowMs = this.#deps.clock.nowMs();
    if (nowMs - family.metadataMs < METADATA_EVERY_MS) return;
    family.metadataMs = nowMs;
    const { name: metric, type, unit } = family;
    this.#deps.metadata.take({ metric, type, help, unit });
  }

  // ------------------------------------------------------------------------------------------------------------------- points

  /** The native histogram that a point becomes, if it does. A delta is made the total of its stream. */
  #histogramOf({ metric }: Family, series: PointSeries, point: DataPoint): FloatHistogram | PointRefused | undefined {
    const { streams, clock, settings } = this.#deps;
    const native = metric.kind === 'exponential_histogram' ? histogramOf(point, exponentialHistogram) : undefined;
    if (native instanceof PointRefused) return native;
    let total = native;
    if (metric.temporality === 'delta') {
      if (point.isStale) streams.end(this.#deltas, series.stream);
      else {
        const added = streams.add(this.#deltas, series.stream, point, clock.nowMs(), native);
        if (typeof added === 'string') return new PointRefused(added, () => DELTA_TEXTS[added]);
        total = added;
      }
    }
    return metric.kind === 'histogram' && settings.convertHistogramsToNhcb ? histogramOf(point, customHistogram) : total;
  }

  #writeTarget(): void {
    const target = this.#target;
    this.#target = undefined;
    const { settings, lookbackMs } = this.#deps;
    const result = target?.labels(settings);
    if (!target || !result) return;
    const refused =
      'fault' in result
        ? new PointRefused('invalid_labels', () => result.fault)
        : lengthFault('target_info'.length + lengthOf(result.labels));
    if (refused) this.refusals.addTarget(refused.reason, refused.message);
    if (refused || 'fault' in result) return;
    const ref = this.samples.refOf(targetSeries(result.labels));
    // Where there is no room for it, there was none for its points, which were told.
    if (ref instanceof PointRefused) return;
    for (const timeMs of target.timesMs(lookbackMs, (wanted) => this.#targetBudget.take(wanted, this.points)))
      this.samples.addQuietly(ref, timeMs, 1);
    this.samples.endPoint();
  }
}

/** An empty one for a point that says that there is no value. */
function histogramOf(point: DataPoint, convert: typeof exponentialHistogram): FloatHistogram | PointRefused | undefined {
  const result = convert(point);
  if ('histogram' in result) return result.histogram;
  return point.isStale ? undefined : new PointRefused('invalid_histogram', () => result.fault);
}

function typeOf({ kind, isMonotonic }: MetricDescriptor): Family['type'] {
  if (kind === 'sum') return isMonotonic ? 'counter' : 'gauge';
  return kind === 'exponential_histogram' ? 'histogram' : kind;
}

function withTypeAndUnit(labels: ReadonlyMap<string, string>, { type, unit }: Family): ReadonlyMap<string, string> {
  return new Map([...labels, ['__type__', type], ['__unit__', unit]]);
}
