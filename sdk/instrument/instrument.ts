import { Counter, Gauge, Histogram, type LabelValues, type ObserveDataWithExemplar, Registry } from 'prom-client';
import {
  type CounterDescriptor,
  type GaugeDescriptor,
  type HistogramDescriptor,
  type MetricDescriptor,
  seriesNames,
  validateMetricDescriptor,
} from '../schema/metric-descriptor.ts';
import { InstrumentError } from './errors.ts';
import { formatOpenMetrics, OPENMETRICS_CONTENT_TYPE, wantsOpenMetrics } from './openmetrics.ts';
import { exemplarLabels } from './span.ts';

type Family = Counter<string> | Gauge<string> | Histogram<string>;

interface Registered {
  readonly descriptor: MetricDescriptor;
  readonly family: Family;
}

/** What an `Instrument` is made from. */
export interface InstrumentOptions {
  /** Labels on every series, e.g. `{ service: 'churn-api' }`. Prefer target labels of the scrape configuration where you can. */
  readonly defaultLabels?: Readonly<Record<string, string>>;
}

/** The body of an answer to a scrape, and its `Content-Type`. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/**
 * The metrics of one service: a registry of its own, in which every family exists once. Nothing is global, so two instances in one
 * process (or in two tests) never see each other.
 *
 * Registering a family again with the same definition returns the same family; a differing definition throws `metric_conflict`.
 */
export class Instrument {
  /** The prom-client registry behind this instance, for what this package does not wrap. */
  readonly registry: Registry;
  readonly #registered = new Map<string, Registered>();
  readonly #seriesOwners = new Map<string, string>();
  readonly #beforeCollect = new Map<string, () => void | Promise<void>>();

  constructor(options: InstrumentOptions = {}) {
    this.registry = new Registry();
    if (options.defaultLabels) this.registry.setDefaultLabels({ ...options.defaultLabels });
  }

  /** The counter of this definition, created at the first call. A counter without labels starts at 0, with labels it starts absent. */
  counter<L extends string>(descriptor: CounterDescriptor<L>): Counter<L> {
    return this.#family(descriptor, (config) => new Counter(config)) as Counter<L>;
  }

  /** The gauge of this definition, created at the first call. */
  gauge<L extends string>(descriptor: GaugeDescriptor<L>): Gauge<L> {
    return this.#family(descriptor, (config) => new Gauge(config)) as Gauge<L>;
  }

  /**
   * The histogram of this definition, created at the first call. What is observed inside a span that is recorded leaves its trace and
   * span id as the exemplar of its bucket, for scrapers that ask for OpenMetrics.
   */
  histogram<L extends string>(descriptor: HistogramDescriptor<L>): Histogram<L> {
    return this.#family(descriptor, (config) => {
      // prom-client allows exemplars only in registries that can do nothing but OpenMetrics; registered afterwards, they are in any.
      const histogram = new Histogram({ ...config, buckets: [...descriptor.buckets], enableExemplars: true, registers: [] });
      this.registry.registerMetric(histogram);
      return withExemplars(histogram);
    }) as Histogram<L>;
  }

  /** The definitions registered so far, in order of registration. */
  descriptors(): MetricDescriptor[] {
    return [...this.#registered.values()].map((entry) => entry.descriptor);
  }

  /** Runs `sample` before every exposition; a second function under the same `key` replaces the first. What it throws fails the scrape. */
  beforeCollect(key: string, sample: () => void | Promise<void>): void {
    this.#beforeCollect.set(key, sample);
  }

  /** The `Content-Type` of what `metrics()` returns (text format 0.0.4). */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All series in the Prometheus text format 0.0.4. */
  async metrics(): Promise<string> {
    await this.#sample();
    return this.registry.metrics();
  }

  /** All series in the format that a request's `Accept` header asks for: OpenMetrics 1.0, which has the exemplars, or else text 0.0.4. */
  async expose(accept: string | undefined): Promise<Exposition> {
    if (!wantsOpenMetrics(accept)) return { contentType: this.contentType, body: await this.metrics() };
    await this.#sample();
    return { contentType: OPENMETRICS_CONTENT_TYPE, body: formatOpenMetrics(await this.registry.getMetricsAsJSON()) };
  }

  async #sample(): Promise<void> {
    for (const sample of this.#beforeCollect.values()) await sample();
  }

  #family(
    descriptor: MetricDescriptor,
    create: (config: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => Family,
  ): Family {
    const existing = this.#registered.get(descriptor.name);
    if (existing) {
      const difference = firstDifference(existing.descriptor, descriptor);
      if (difference) throw new InstrumentError('metric_conflict', `metric "${descriptor.name}" is already registered: ${difference}`);
      return existing.family;
    }
    const problems = validateMetricDescriptor(descriptor);
    if (problems.length > 0) throw new InstrumentError('invalid_metric', `metric "${descriptor.name}": ${problems.join('; ')}`);
    this.#claimSeriesNames(descriptor);
    const { name, help } = descriptor;
    const family = create({ name, help, labelNames: Object.keys(descriptor.labels), registers: [this.registry] });
    this.#registered.set(name, { descriptor, family });
    return family;
  }

  /** A counter `x_count` beside a histogram `x` would be two families in one series: refuse it, as Prometheus' own clients do. */
  #claimSeriesNames(descriptor: MetricDescriptor): void {
    const names = seriesNames(descriptor);
    for (const name of names) {
      const owner = this.#seriesOwners.get(name) ?? (this.registry.getSingleMetric(name) ? name : undefined);
      if (owner !== undefined) {
        throw new InstrumentError(
          'metric_conflict',
          `metric "${descriptor.name}" needs the series "${name}", which "${owner}" already has`,
        );
      }
    }
    for (const name of names) this.#seriesOwners.set(name, descriptor.name);
  }
}

/** prom-client takes either plain observations or ones with exemplars; this takes plain ones and finds the exemplar itself. */
function withExemplars(histogram: Histogram<string>): Histogram<string> {
  const observe = histogram.observe.bind(histogram);
  histogram.observe = (first: number | LabelValues<string> | ObserveDataWithExemplar<string>, second?: number) => {
    observe({ ...observation(first, second), exemplarLabels: exemplarLabels() ?? {} });
  };
  return histogram;
}

function observation(first: number | LabelValues<string> | ObserveDataWithExemplar<string>, second: number | undefined) {
  if (typeof first === 'number') return { labels: {}, value: first };
  // What prom-client's own timers pass.
  if (second === undefined && typeof first === 'object' && 'exemplarLabels' in first) return first as ObserveDataWithExemplar<string>;
  return { labels: first as LabelValues<string>, value: second as number };
}

function firstDifference(a: MetricDescriptor, b: MetricDescriptor): string | undefined {
  if (a.type !== b.type) return `as a ${a.type}, now asked for as a ${b.type}`;
  const labelsOf = (d: MetricDescriptor) => Object.keys(d.labels).sort().join(', ');
  if (labelsOf(a) !== labelsOf(b)) return `with the labels [${labelsOf(a)}], now asked for with [${labelsOf(b)}]`;
  if (a.help !== b.help) return `with the help text ${JSON.stringify(a.help)}, now asked for with ${JSON.stringify(b.help)}`;
  const bucketsOf = (d: MetricDescriptor) => (d.type === 'histogram' ? d.buckets.join(', ') : '');
  if (bucketsOf(a) !== bucketsOf(b)) return `with the buckets [${bucketsOf(a)}], now asked for with [${bucketsOf(b)}]`;
  return undefined;
}
