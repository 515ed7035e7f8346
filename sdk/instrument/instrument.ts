import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  type CounterDescriptor,
  type GaugeDescriptor,
  type HistogramDescriptor,
  type MetricDescriptor,
  seriesNames,
  validateMetricDescriptor,
} from '../schema/metric-descriptor.ts';
import { InstrumentError } from './errors.ts';

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

  /** The histogram of this definition, created at the first call. */
  histogram<L extends string>(descriptor: HistogramDescriptor<L>): Histogram<L> {
    return this.#family(descriptor, (config) => new Histogram({ ...config, buckets: [...descriptor.buckets] })) as Histogram<L>;
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
    for (const sample of this.#beforeCollect.values()) await sample();
    return this.registry.metrics();
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

function firstDifference(a: MetricDescriptor, b: MetricDescriptor): string | undefined {
  if (a.type !== b.type) return `as a ${a.type}, now asked for as a ${b.type}`;
  const labelsOf = (d: MetricDescriptor) => Object.keys(d.labels).sort().join(', ');
  if (labelsOf(a) !== labelsOf(b)) return `with the labels [${labelsOf(a)}], now asked for with [${labelsOf(b)}]`;
  if (a.help !== b.help) return `with the help text ${JSON.stringify(a.help)}, now asked for with ${JSON.stringify(b.help)}`;
  const bucketsOf = (d: MetricDescriptor) => (d.type === 'histogram' ? d.buckets.join(', ') : '');
  if (bucketsOf(a) !== bucketsOf(b)) return `with the buckets [${bucketsOf(a)}], now asked for with [${bucketsOf(b)}]`;
  return undefined;
}
