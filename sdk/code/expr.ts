// PromQL as values: each knows the labels of its series, so that grouping by one that does not exist does not compile. Nothing is
// checked about the values themselves; the server's parser does that with the whole text.
import { checkRange, type Range } from './duration.ts';
import { formatLabel } from './matchers.ts';
import { formatMatching, formatNumber, type Matching, OPERATORS, type Operand, type Operator, type PromqlText, RANK } from './operators.ts';
import type { Unit } from './units.ts';

type OneArgument =
  | 'abs'
  | 'absent'
  | 'ceil'
  | 'day_of_month'
  | 'day_of_week'
  | 'days_in_month'
  | 'exp'
  | 'floor'
  | 'hour'
  | 'ln'
  | 'log10'
  | 'log2'
  | 'minute'
  | 'month'
  | 'round'
  | 'scalar'
  | 'sgn'
  | 'sort'
  | 'sort_desc'
  | 'sqrt'
  | 'timestamp'
  | 'year';

/** A PromQL expression whose series carry (at most) the labels `L`. Immutable: each method makes another one. */
export class Expr<L extends string = string> implements PromqlText {
  readonly promql: string;
  readonly unit: Unit | undefined;
  readonly #rank: number;

  constructor(promql: string, options: { readonly unit?: Unit | undefined; readonly rank?: number } = {}) {
    this.promql = promql;
    this.unit = options.unit;
    this.#rank = options.rank ?? RANK.atom;
  }

  toString(): string {
    return this.promql;
  }

  /** The same, shown in another unit where the panel names none. */
  as(unit: Unit): Expr<L> {
    return new Expr(this.promql, { unit, rank: this.#rank });
  }

  /** `sum`, of all series or by labels; `{ without }` keeps all other labels. */
  sum<W extends L>(drop: { readonly without: readonly W[] }): Expr<Exclude<L, W>>;
  sum<B extends L = never>(...by: B[]): Expr<B>;
  sum(...by: Grouping): Expr {
    return this.#aggregate('sum', by);
  }

  /** `avg`, of all series or by labels. */
  avg<W extends L>(drop: { readonly without: readonly W[] }): Expr<Exclude<L, W>>;
  avg<B extends L = never>(...by: B[]): Expr<B>;
  avg(...by: Grouping): Expr {
    return this.#aggregate('avg', by);
  }

  /** `min`, of all series or by labels. */
  min<W extends L>(drop: { readonly without: readonly W[] }): Expr<Exclude<L, W>>;
  min<B extends L = never>(...by: B[]): Expr<B>;
  min(...by: Grouping): Expr {
    return this.#aggregate('min', by);
  }

  /** `max`, of all series or by labels. */
  max<W extends L>(drop: { readonly without: readonly W[] }): Expr<Exclude<L, W>>;
  max<B extends L = never>(...by: B[]): Expr<B>;
  max(...by: Grouping): Expr {
    return this.#aggregate('max', by);
  }

  /** `count`: how many series, of all or by labels. */
  count<W extends L>(drop: { readonly without: readonly W[] }): Expr<Exclude<L, W>>;
  count<B extends L = never>(...by: B[]): Expr<B>;
  count(...by: Grouping): Expr {
    return this.#aggregate('count', by).as('short');
  }

  /** The `k` largest series, within groups of equal labels where some are named. */
  topk(k: number, ...by: L[]): Expr<L> {
    return this.#aggregate('topk', by, k);
  }

  /** The `k` smallest series, within groups of equal labels where some are named. */
  bottomk(k: number, ...by: L[]): Expr<L> {
    return this.#aggregate('bottomk', by, k);
  }

  /** The `phi` quantile over series (not over the buckets of a histogram), by labels where some are named. */
  quantileOver<B extends L = never>(phi: number, ...by: B[]): Expr<B> {
    return this.#aggregate('quantile', by, phi);
  }

  add(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('+', other, matching, this.unit);
  }

  sub(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('-', other, matching, this.unit);
  }

  mul(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('*', other, matching, typeof other === 'number' ? undefined : this.unit);
  }

  /** Division; of two expressions of one unit, a share. */
  div(other: Operand, matching?: Matching<L>): Expr<L> {
    const isShare = typeof other !== 'number' && other.unit !== undefined && other.unit === this.unit;
    return this.#operate('/', other, matching, isShare ? 'percentunit' : undefined);
  }

  mod(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('%', other, matching, this.unit);
  }

  pow(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('^', other, matching);
  }

  /** `==`: series with this value. */
  eq(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('==', other, matching, this.unit);
  }

  /** `!=`: series with another value. */
  ne(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('!=', other, matching, this.unit);
  }

  /** `>`: series above. */
  gt(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('>', other, matching, this.unit);
  }

  /** `>=`: series at or above. */
  ge(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('>=', other, matching, this.unit);
  }

  /** `<`: series below. */
  lt(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('<', other, matching, this.unit);
  }

  /** `<=`: series at or below. */
  le(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('<=', other, matching, this.unit);
  }

  /** `and`: series that the other side has too. */
  and(other: PromqlText, matching?: Matching<L>): Expr<L> {
    return this.#operate('and', other, matching, this.unit);
  }

  /** `unless`: series that the other side has not. */
  unless(other: PromqlText, matching?: Matching<L>): Expr<L> {
    return this.#operate('unless', other, matching, this.unit);
  }

  /** `or`: with the other side's series where this side has none. A number is `vector(number)`, so that nothing reads as that number. */
  or(other: Operand, matching?: Matching<L>): Expr<L> {
    return this.#operate('or', typeof other === 'number' ? new Expr(`vector(${formatNumber(other)})`) : other, matching, this.unit);
  }

  clampMin(least: number): Expr<L> {
    return new Expr(`clamp_min(${this.promql}, ${formatNumber(least)})`, { unit: this.unit });
  }

  clampMax(most: number): Expr<L> {
    return new Expr(`clamp_max(${this.promql}, ${formatNumber(most)})`, { unit: this.unit });
  }

  /** A function of PromQL that takes one vector and nothing else. */
  fn(name: OneArgument): Expr<L> {
    return new Expr(`${name}(${this.promql})`, { unit: this.unit });
  }

  /** `label_replace`: the label `to` from the label `from` by a regular expression; `$1` is its first group. */
  labelReplace<T extends string>(to: T, replacement: string, from: L, pattern: string): Expr<L | T> {
    const texts = [to, replacement, from, pattern].map((text) => JSON.stringify(text)).join(', ');
    return new Expr(`label_replace(${this.promql}, ${texts})`, { unit: this.unit });
  }

  /** `avg_over_time`; of a metric over its samples, of anything else over a subquery. */
  avgOverTime(range: Range): Expr<L> {
    return this.#overTime('avg_over_time', range);
  }

  minOverTime(range: Range): Expr<L> {
    return this.#overTime('min_over_time', range);
  }

  maxOverTime(range: Range): Expr<L> {
    return this.#overTime('max_over_time', range);
  }

  sumOverTime(range: Range): Expr<L> {
    return this.#overTime('sum_over_time', range);
  }

  stddevOverTime(range: Range): Expr<L> {
    return this.#overTime('stddev_over_time', range);
  }

  /** How many samples (of a subquery: steps) the range holds. */
  countOverTime(range: Range): Expr<L> {
    return this.#overTime('count_over_time', range).as('short');
  }

  lastOverTime(range: Range): Expr<L> {
    return this.#overTime('last_over_time', range);
  }

  quantileOverTime(phi: number, range: Range): Expr<L> {
    return new Expr(`quantile_over_time(${phi}, ${this.over(range)})`, { unit: this.unit });
  }

  /** `changes`: how often the value changed within the range. */
  changes(range: Range): Expr<L> {
    return this.#overTime('changes', range).as('short');
  }

  /** The range vector of this expression: a subquery at the default step. */
  protected over(range: Range): string {
    return `${this.#within(RANK.atom)}[${checkRange(range)}:]`;
  }

  #overTime(name: string, range: Range): Expr<L> {
    return new Expr(`${name}(${this.over(range)})`, { unit: this.unit });
  }

  #aggregate(name: string, by: Grouping, parameter?: number): Expr {
    const first = by[0];
    const [clause, labels] = typeof first === 'object' ? ['without', first.without] : ['by', by as readonly string[]];
    const grouping = labels.length === 0 ? '' : ` ${clause} (${labels.map(formatLabel).join(', ')}) `;
    const argument = parameter === undefined ? this.promql : `${parameter}, ${this.promql}`;
    return new Expr(`${name}${grouping}(${argument})`, { unit: this.unit });
  }

  #operate(operator: Operator, other: Operand, matching: Matching<L> = {}, unit?: Unit): Expr<L> {
    const rank = OPERATORS[operator];
    // Operators of one rank are read from the left, `^` from the right: the other side needs parentheses.
    const left = this.#within(operator === '^' ? rank + 1 : rank);
    const right = typeof other === 'number' ? formatNumber(other) : rankOf(other) > rank ? other.promql : `(${other.promql})`;
    return new Expr(`${left} ${operator}${formatMatching(matching)} ${right}`, { unit, rank });
  }

  #within(rank: number): string {
    return this.#rank >= rank ? this.promql : `(${this.promql})`;
  }

  /** How tightly `text` binds; unknown texts get parentheses everywhere. */
  static rankOf(text: PromqlText): number {
    return text instanceof Expr ? text.#rank : 0;
  }
}

type Grouping = readonly (string | { readonly without: readonly string[] })[];

function rankOf(text: PromqlText): number {
  return Expr.rankOf(text);
}

/**
 * A PromQL text with metrics and expressions filled in, for what the methods do not offer:
 * `` promql`histogram_quantile(0.9, sum by (le) (rate(${latency.bucket}[5m])))` ``.
 */
export function promql<L extends string = string>(
  texts: TemplateStringsArray,
  ...values: readonly (PromqlText | string | number)[]
): Expr<L> {
  const parts = texts.map((text, i) => {
    const value = values[i];
    return text + (value === undefined ? '' : typeof value === 'object' ? value.promql : String(value));
  });
  return new Expr(parts.join('').trim(), { rank: 0 });
}

/** `time()`: seconds since 1970 at each step. */
export const now: Expr<never> = new Expr('time()');
