// The series of counters, gauges and histograms, each with what PromQL does with its kind.
import type { HistogramDescriptor } from '../schema/metric-descriptor.ts';
import { leValue } from '../slo/selector.ts';
import { checkRange, isRange, RATE_INTERVAL, type Range } from './duration.ts';
import { CodeError } from './errors.ts';
import { Expr } from './expr.ts';
import type { LabelMatcher, Matchers } from './matchers.ts';
import { RANK } from './operators.ts';
import { checkLabels, formatSelector, narrowed, type Selector } from './selector.ts';
import { displayUnit, rateUnit, type Unit } from './units.ts';

/** The series of a metric: an instant vector selector. */
export class Series<L extends string = string> extends Expr<L> {
  protected readonly selector: Selector;

  constructor(selector: Selector, unit: Unit | undefined = displayUnit(selector.unit)) {
    super(formatSelector(selector), { unit });
    this.selector = selector;
  }

  /** Its series as they were before. */
  offset(duration: Range): Expr<L> {
    // A subquery of it needs parentheses: the offset stands behind the brackets otherwise.
    return new Expr(formatSelector({ ...this.selector, offset: checkRange(duration) }), { unit: this.unit, rank: RANK.power });
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

function leMatcher(bound: number): { readonly le: string | LabelMatcher } {
  const { value, isPattern } = leValue(bound);
  return { le: isPattern ? { op: '=~', value } : value };
}

function splitRange(rest: readonly string[]): { range: Range; by: readonly string[] } {
  const [first, ...others] = rest;
  return first !== undefined && isRange(first) ? { range: first, by: others } : { range: RATE_INTERVAL, by: rest };
}
