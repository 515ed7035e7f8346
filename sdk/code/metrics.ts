// Metrics that were declared once (`sdk/instrument` creates them, exporters of others have them), as values to write queries with.
import type { CounterDescriptor, GaugeDescriptor, HistogramDescriptor, MetricDescriptor, MetricUnit } from '../schema/metric-descriptor.ts';
import { checkRange, isRange, RATE_INTERVAL, type Range } from './duration.ts';
import { CodeError } from './errors.ts';
import { Expr, type PromqlText } from './expr.ts';
import { formatMatchers, type LabelMatcher, type Matchers, quote } from './matchers.ts';
import { displayUnit, rateUnit, type Unit } from './units.ts';

/** Labels that every scraped series has. */
export type TargetLabel = 'job' | 'instance';

interface Selector {
  /** Name of the family, for messages. */
  readonly family: string;
  readonly name: string;
  /** All labels that the series may have; undefined = any. */
  readonly labels: readonly string[] | undefined;
  readonly matchers: readonly string[];
  readonly offset?: string;
  readonly unit: MetricUnit | undefined;
}

/** The series of a metric: an instant vector selector. */
export class Series<L extends string = string> extends Expr<L> {
  protected readonly selector: Selector;

  constructor(selector: Selector, unit: Unit | undefined = displayUnit(selector.unit)) {
    super(formatSelector(selector), { unit });
    this.selector = selector;
  }

  /** Its series as they were before. */
  offset(duration: Range): Expr<L> {
    return new Expr(formatSelector({ ...this.selector, offset: checkRange(duration) }), { unit: this.unit });
  }

  /** The values of one of its labels, for a variable of a dashboard. */
  values(label: L): LabelValues {
    checkLabels(this.selector, [label]);
    return { labelValues: `label_values(${this.promql}, ${label})` };
  }

  protected override over(range: Range): string {
    return formatSelector(this.selector, range);
  }

  protected ranged(name: string, range: Range, unit: Unit | undefined): Expr<L> {
    return new Expr(`${name}(${this.over(range)})`, { unit });
  }
}

/** The values of a label, as a dashboard's variable asks for them. */
export interface LabelValues {
  readonly labelValues: string;
}

/** A metric that only goes up. */
export class Counter<L extends string = string> extends Series<L> {
  /** Its series with these label values. */
  where(matchers: Matchers<L>): Counter<L> {
    return new Counter(narrowed(this.selector, matchers));
  }

  /** Growth per second; in a dashboard over Grafana's rate interval, in a rule the range must be given. */
  rate(range: Range = RATE_INTERVAL): Expr<L> {
    return this.ranged('rate', range, rateUnit(this.selector.unit));
  }

  /** Growth per second by the last two samples alone. */
  irate(range: Range = RATE_INTERVAL): Expr<L> {
    return this.ranged('irate', range, rateUnit(this.selector.unit));
  }

  /** Growth within the range. */
  increase(range: Range = RATE_INTERVAL): Expr<L> {
    return this.ranged('increase', range, this.unit);
  }

  /**
   * The share of its growth that has these label values, 0 to 1, by labels where some are named:
   * `requests.ratio({ status: matches('5..') }, '5m', 'endpoint')`. No value where nothing grew.
   */
  ratio<B extends L = never>(part: Matchers<L>, range: Range, ...by: B[]): Expr<B>;
  ratio<B extends L = never>(part: Matchers<L>, ...by: B[]): Expr<B>;
  ratio(part: Matchers<L>, ...rest: string[]): Expr {
    const { range, by } = splitRange(rest);
    const total = this.rate(range).sum(...(by as L[]));
    return this.where(part)
      .rate(range)
      .sum(...(by as L[]))
      .div(total)
      .as('percentunit');
  }
}

/** A metric that goes up and down. */
export class Gauge<L extends string = string> extends Series<L> {
  /** Its series with these label values. */
  where(matchers: Matchers<L>): Gauge<L> {
    return new Gauge(narrowed(this.selector, matchers), this.unit);
  }

  /** Difference of its value over the range. */
  delta(range: Range): Expr<L> {
    return this.ranged('delta', range, this.unit);
  }

  /** Change per second, by a straight line through its samples. */
  deriv(range: Range): Expr<L> {
    return this.ranged('deriv', range, undefined);
  }

  /** Its value so many seconds ahead, by a straight line through its samples. */
  predictLinear(range: Range, seconds: number): Expr<L> {
    return new Expr(`predict_linear(${this.over(range)}, ${seconds})`, { unit: this.unit });
  }
}

/** A classic histogram. `B`: its bucket bounds. */
export class Histogram<L extends string = string, B extends number = number> {
  readonly #descriptor: HistogramDescriptor;
  readonly #selector: Selector;
  /** Its series `_bucket`, with the label `le`. */
  readonly bucket: Counter<L | 'le'>;
  /** How many observations: its series `_count`. */
  readonly count: Counter<L>;
  /** The sum of what was observed: its series `_sum`. */
  readonly sum: Counter<L>;
  /** Its selector without a suffix, as objectives take it. */
  readonly selector: string;

  constructor(descriptor: HistogramDescriptor, selector: Selector) {
    this.#descriptor = descriptor;
    this.#selector = selector;
    const { name, labels } = selector;
    this.selector = formatSelector(selector);
    this.bucket = new Counter({ ...selector, name: `${name}_bucket`, labels: labels && [...labels, 'le'], unit: 'count' });
    this.count = new Counter({ ...selector, name: `${name}_count`, unit: 'count' });
    this.sum = new Counter({ ...selector, name: `${name}_sum` });
  }

  /** Its series with these label values. */
  where(matchers: Matchers<L>): Histogram<L, B> {
    return new Histogram(this.#descriptor, narrowed(this.#selector, matchers));
  }

  /** The `phi` quantile (0 to 1) of what was observed within the range, over all series or by labels. */
  quantile<G extends L = never>(phi: number, range: Range, ...by: G[]): Expr<G>;
  quantile<G extends L = never>(phi: number, ...by: G[]): Expr<G>;
  quantile(phi: number, ...rest: string[]): Expr {
    const { range, by } = splitRange(rest);
    const buckets = this.bucket.rate(range).sum<L | 'le'>('le', ...(by as L[]));
    return new Expr(`histogram_quantile(${phi}, ${buckets.promql})`, { unit: displayUnit(this.#selector.unit) });
  }

  /** The mean of what was observed within the range, over all series or by labels. */
  average<G extends L = never>(range: Range, ...by: G[]): Expr<G>;
  average<G extends L = never>(...by: G[]): Expr<G>;
  average(...rest: string[]): Expr {
    const { range, by } = splitRange(rest);
    const total = this.sum.rate(range).sum(...(by as L[]));
    return total.div(this.count.rate(range).sum(...(by as L[]))).as(displayUnit(this.#selector.unit) ?? 'none');
  }

  /** The share of observations at or below a bucket's bound, 0 to 1, over all series or by labels. Any other bound does not compile. */
  shareBelow<G extends L = never>(bound: B, range: Range, ...by: G[]): Expr<G>;
  shareBelow<G extends L = never>(bound: B, ...by: G[]): Expr<G>;
  shareBelow(bound: B, ...rest: string[]): Expr {
    const { range, by } = splitRange(rest);
    this.#checkBound(bound);
    const below = this.bucket
      .where(leMatcher(bound))
      .rate(range)
      .sum(...(by as L[]));
    return below.div(this.count.rate(range).sum(...(by as L[]))).as('percentunit');
  }

  /** Observations per bucket within the range, for a heatmap. */
  distribution(range: Range = RATE_INTERVAL): Expr<'le'> {
    return this.bucket
      .increase(range)
      .sum('le')
      .as(displayUnit(this.#selector.unit) ?? 'none');
  }

  #checkBound(bound: number): void {
    const { name, buckets } = this.#descriptor;
    if (buckets.length === 0 || buckets.includes(bound)) return;
    throw new CodeError(
      'code.invalid_metric',
      `metric "${name}" has no bucket with the bound ${bound}; its bounds are ${buckets.join(', ')}`,
    );
  }
}

// Prometheus 3 stores the bound of a whole number as "1.0", older ones as it was exposed.
function leMatcher(bound: number): { readonly le: string | LabelMatcher } {
  return { le: Number.isInteger(bound) ? { op: '=~', value: `${bound}(\\.0)?` } : String(bound) };
}

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
  return Object.fromEntries(found.map(([key, descriptor]) => [key, metric(descriptor, options)])) as unknown as MetricsOf<M, E>;
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

/** Whether `value` is something to ask for with PromQL. */
export function isPromql(value: unknown): value is PromqlText {
  return value instanceof Expr;
}

function describe<L extends string>(name: string, labels: readonly L[], unit: MetricUnit) {
  const none = Object.fromEntries(labels.map((label) => [label, ''])) as Record<L, string>;
  return { name, help: 'Exposed by others', unit, labels: none };
}

function isDescriptor(value: unknown): value is MetricDescriptor {
  return typeof value === 'object' && value !== null && 'name' in value && 'type' in value && 'labels' in value;
}

function narrowed(selector: Selector, matchers: Matchers): Selector {
  checkLabels(selector, Object.keys(matchers));
  return { ...selector, matchers: [...selector.matchers, ...formatMatchers(matchers)] };
}

/** What the compiler says before, for those who do not ask it. */
function checkLabels({ family, labels }: Selector, wanted: readonly string[]): void {
  const unknown = wanted.find((label) => labels && !labels.includes(label));
  if (unknown === undefined) return;
  throw new CodeError('code.unknown_label', `metric "${family}" has no label "${unknown}"; its labels are ${labels?.join(', ')}`);
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

function formatSelector({ name, matchers, offset }: Selector, range?: Range): string {
  const isClassic = METRIC_NAME.test(name);
  const inside = isClassic ? matchers : [quote(name), ...matchers];
  const braces = inside.length === 0 ? '' : `{${inside.join(', ')}}`;
  const window = range === undefined ? '' : `[${checkRange(range)}]`;
  return `${isClassic ? name : ''}${braces}${window}${offset === undefined ? '' : ` offset ${offset}`}`;
}

function splitRange(rest: readonly string[]): { range: Range; by: readonly string[] } {
  const [first, ...others] = rest;
  return first !== undefined && isRange(first) ? { range: first, by: others } : { range: RATE_INTERVAL, by: rest };
}
