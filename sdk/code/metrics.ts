// Metrics that were declared once (`sdk/instrument` creates them, exporters of others have them), as values to write queries with.
import type { CounterDescriptor, GaugeDescriptor, HistogramDescriptor, MetricDescriptor, MetricUnit } from '../schema/metric-descriptor.ts';
import { CodeError } from './errors.ts';
import type { Selector } from './selector.ts';
import { Counter, Gauge, Histogram } from './series.ts';
import type { Unit } from './units.ts';

/** Labels that every scraped series has. */
export type TargetLabel = 'job' | 'instance';

/** The value to write queries with for a declared metric. `E`: labels that its targets add. */
export type MetricOf<D extends MetricDescriptor, E extends string = never> = D extends CounterDescriptor
  ? Counter<(keyof D['labels'] & string) | TargetLabel | E>
  : D extends HistogramDescriptor
    ? Histogram<(keyof D['labels'] & string) | TargetLabel | E, D['buckets'][number]>
    : D extends GaugeDescriptor
      ? Gauge<(keyof D['labels'] & string) | TargetLabel | E>
      : never;

/** The metrics among the exports of a module of declarations. */
export type MetricsOf<M, E extends string = never> = {
  readonly [K in keyof M as M[K] extends MetricDescriptor ? K : never]: M[K] extends MetricDescriptor ? MetricOf<M[K], E> : never;
};

/** What targets add to every series, besides `job` and `instance`. */
export interface MetricOptions<E extends string> {
  readonly targetLabels?: readonly E[];
}

/** The value to write queries with for one declared metric. */
export function metric<const D extends MetricDescriptor, E extends string = never>(
  descriptor: D,
  options: MetricOptions<E> = {},
): MetricOf<D, E> {
  const { name, type, labels, unit } = descriptor;
  const known = [...Object.keys(labels), 'job', 'instance', ...(options.targetLabels ?? [])];
  const selector: Selector = { family: name, name, labels: known, matchers: [], unit };
  const made =
    type === 'counter'
      ? new Counter(selector)
      : type === 'gauge'
        ? new Gauge(selector)
        : new Histogram(descriptor as HistogramDescriptor, selector);
  return made as unknown as MetricOf<D, E>;
}

/**
 * Values to write queries with for all metrics that a module declares:
 * `const m = metrics(catalog)`, then `m.httpRequestsTotal.rate('5m')`. Exports that are no declarations are left out.
 */
export function metrics<M extends object, E extends string = never>(declarations: M, options: MetricOptions<E> = {}): MetricsOf<M, E> {
  const found = Object.entries(declarations).filter((entry): entry is [string, MetricDescriptor] => isDescriptor(entry[1]));
  const made = Object.fromEntries(found.map(([key, descriptor]) => [key, metric(descriptor, options)]));
  return new Proxy(made, { get: declaredOnly }) as unknown as MetricsOf<M, E>;
}

/** What the compiler says before, for those who do not ask it: without this a mistyped name would be told as a property of undefined. */
function declaredOnly(made: Readonly<Record<string, unknown>>, name: string | symbol): unknown {
  if (typeof name === 'symbol' || name in made || name === 'then' || name === 'toJSON') return made[name as string];
  throw new CodeError('code.unknown_metric', `no metric "${name}" is declared; declared are ${Object.keys(made).sort().join(', ')}`);
}

/** Metrics that others expose: declared in a line by name and labels, created by nobody here. */
export const existing = {
  counter<L extends string = never>(name: string, labels: readonly L[] = [], unit: MetricUnit = 'count'): Counter<L | TargetLabel> {
    return metric({ type: 'counter', ...describe(name, labels, unit) }) as Counter<L | TargetLabel>;
  },
  gauge<L extends string = never>(name: string, labels: readonly L[] = [], unit: MetricUnit = 'count'): Gauge<L | TargetLabel> {
    return metric({ type: 'gauge', ...describe(name, labels, unit) }) as Gauge<L | TargetLabel>;
  },
  /** `buckets` are needed for `shareBelow` only. */
  histogram<L extends string = never, B extends number = number>(
    name: string,
    labels: readonly L[] = [],
    { unit = 'seconds', buckets = [] }: { readonly unit?: MetricUnit; readonly buckets?: readonly B[] } = {},
  ): Histogram<L | TargetLabel, B> {
    return metric({ type: 'histogram', buckets, ...describe(name, labels, unit) }) as unknown as Histogram<L | TargetLabel, B>;
  },
};

/** Whether a target answered its last scrape, 1 or 0. */
export const up: Gauge<TargetLabel> = metric({
  name: 'up',
  type: 'gauge',
  help: 'Whether the last scrape succeeded',
  unit: 'boolean',
  labels: {},
});

/** Alerts that are pending or firing, as Prometheus and Alidade record them. */
export const alerts: Gauge<'alertname' | 'alertstate' | 'severity' | TargetLabel> = existing.gauge('ALERTS', [
  'alertname',
  'alertstate',
  'severity',
]);

/** Series that a recording rule writes, by its name; `record()` gives the same with the labels of its expression. */
export function recorded<L extends string>(name: string, unit?: Unit): Gauge<L> {
  return new Gauge<L>({ family: name, name, labels: undefined, matchers: [], unit: undefined }, unit);
}

function describe<L extends string>(name: string, labels: readonly L[], unit: MetricUnit) {
  const none = Object.fromEntries(labels.map((label) => [label, ''])) as Record<L, string>;
  return { name, help: 'Exposed by others', unit, labels: none };
}

function isDescriptor(value: unknown): value is MetricDescriptor {
  return typeof value === 'object' && value !== null && 'name' in value && 'type' in value && 'labels' in value;
}
