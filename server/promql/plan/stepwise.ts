// Whether a step of a range query depends on nothing but the samples at or before it, so that its value holds for as long as these do,
// whatever other steps are asked with it. Two things make steps depend on each other all the same. Rows lie in an order, which decides ties
// of topk and the last bit of a sum; where rows were put together, the order is that in which their parts appeared in the whole range.
// And range functions refuse series that are alike without their names, even at different steps.
import type { LanguageFeatures } from '../../model/language-features.ts';
import type { Aggregation, Binary, Call, Expr, MatrixSelector, Subquery, VectorSelector } from '../parse/ast.ts';
import { isSetOperator, typeOf } from '../parse/ast.ts';
import { isInvariant } from './plan.ts';

/**
 * What the value of a step depends on besides the samples at or before it. `nothing`; `ties`: nothing, as long as topk meets no equal samples
 * of which it must leave out some; `series`: which series have samples in the range that is asked for, so that it holds in every range with the
 * same ones; `ties in series`: what holds without ties or with the same series; `range`: anything.
 */
export type StepDependence = 'nothing' | 'ties' | 'ties in series' | 'series' | 'range';

/**
 * Where the order of rows comes from. `labels`: it is that of their labels, whatever the range. `series`: it follows from which series there
 * are. `values`: it may depend on everything.
 */
type Order = 'labels' | 'series' | 'values';

/** What is known of the rows of a vector. */
interface RowsKnown {
  readonly order: Order;
  /** No two rows differ in nothing but their metric names. */
  readonly isOneName: boolean;
  /** Which rows have samples depends on values. */
  readonly isFiltered: boolean;
}

const ONE_ROW: RowsKnown = { order: 'labels', isOneName: true, isFiltered: false };
const UNKNOWN: RowsKnown = { order: 'values', isOneName: false, isFiltered: true };

/** Functions that know the range they are asked in, read what lies after the step, or say something about whole ranges. */
const OF_RANGE = new Set(['start', 'end', 'step', 'range', 'info', 'sort', 'sort_desc', 'sort_by_label', 'sort_by_label_desc']);
/** Aggregations for which the order of the rows is nothing. */
const UNORDERED = new Set(['count', 'group', 'count_values', 'limit_ratio']);
/** Those for which it is where samples are equal. */
const RANKING = new Set(['topk', 'bottomk']);
const SELECTING = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio']);

/** What the steps of `expr` depend on. */
export function stepDependence(expr: Expr, features: LanguageFeatures): StepDependence {
  // Where names go late, all of them are looked at in the end.
  if (features.delayedNameRemoval) return 'range';
  const analysis = new Analysis(features);
  analysis.visit(expr);
  return analysis.dependence;
}

class Analysis {
  readonly #features: LanguageFeatures;
  #dependsOnRange = false;
  #dependsOnSeries = false;
  #dependsOnTies = false;
  /** Even with the same series, equal samples may lie in another order. */
  #hasTiesAnyhow = false;
  /** Some selector looks at other times than the step's own. */
  #looksElsewhere = false;

  constructor(features: LanguageFeatures) {
    this.#features = features;
  }

  get dependence(): StepDependence {
    if (this.#dependsOnRange || (this.#dependsOnSeries && this.#looksElsewhere)) return 'range';
    if (this.#dependsOnSeries) return this.#hasTiesAnyhow ? 'range' : 'series';
    if (!this.#dependsOnTies) return 'nothing';
    return this.#looksElsewhere || this.#hasTiesAnyhow ? 'ties' : 'ties in series';
  }

  visit(expr: Expr): RowsKnown {
    switch (expr.kind) {
      case 'number':
      case 'string':
        return ONE_ROW;
      case 'selector':
        return this.#selector(expr);
      case 'range':
        return this.#range(expr);
      case 'subquery':
        return this.#subquery(expr);
      case 'call':
        return this.#call(expr);
      case 'aggregation':
        return this.#aggregation(expr);
      case 'binary':
        return this.#binary(expr);
      case 'unary':
        return expr.op === '-' ? this.#withoutNames(this.visit(expr.expr)) : this.visit(expr.expr);
      case 'paren':
        return this.visit(expr.expr);
    }
  }

  #selector({ at, offsetMs, offsetExpr, boundary, matchers }: VectorSelector): RowsKnown {
    this.#looksAt(at !== undefined || offsetExpr !== undefined || boundary === 'smoothed', offsetMs);
    const hasName = matchers.some(({ name, type, value }) => name === '__name__' && type === '=' && value !== '');
    return { order: 'labels', isOneName: hasName && !this.#features.typeAndUnitLabels, isFiltered: false };
  }

  #range({ selector, rangeExpr }: MatrixSelector): RowsKnown {
    if (rangeExpr) this.#dependsOnRange = true;
    return this.#selector(selector);
  }

  #subquery({ expr, at, offsetMs, offsetExpr, rangeExpr, stepExpr }: Subquery): RowsKnown {
    this.#looksAt(at !== undefined || offsetExpr !== undefined || rangeExpr !== undefined || stepExpr !== undefined, offsetMs);
    this.#looksElsewhere = true;
    return this.visit(expr);
  }

  #looksAt(isOfRange: boolean, offsetMs: number): void {
    if (isOfRange || offsetMs < 0) this.#dependsOnRange = true;
    if (offsetMs !== 0) this.#looksElsewhere = true;
  }

  #call({ fn, args }: Call): RowsKnown {
    if (OF_RANGE.has(fn.name)) this.#dependsOnRange = true;
    const types = args.map(typeOf);
    // Some functions look at their numbers for all steps at once.
    if (args.length > 1 && args.some((arg, i) => types[i] === 'scalar' && !isInvariant(arg))) this.#dependsOnRange = true;
    const known = args.map((arg) => this.visit(arg));
    const of = known[types.findIndex((type) => type === 'vector' || type === 'matrix')];
    if (!of || fn.name.startsWith('absent')) return ONE_ROW;
    if (types.includes('matrix')) return this.#withoutNames(of);
    if (fn.name.startsWith('histogram_')) return { ...UNKNOWN, isOneName: true };
    if (fn.name.startsWith('label_')) return { ...merged(of), isOneName: false };
    return renamed(of);
  }

  #aggregation({ op, expr, param, without, grouping }: Aggregation): RowsKnown {
    if (param && !isInvariant(param)) this.#dependsOnRange = true;
    const of = this.visit(expr);
    if (RANKING.has(op)) this.#ranks(of);
    else if (!UNORDERED.has(op)) this.#needsOrder(of);
    if (SELECTING.has(op)) return { ...UNKNOWN, isOneName: of.isOneName };
    if (op === 'count_values') return UNKNOWN;
    if (!without && grouping.length === 0) return { ...ONE_ROW, isFiltered: of.isFiltered };
    return { ...merged(of), isOneName: of.isOneName || without || !grouping.includes('__name__') };
  }

  #binary({ op, lhs, rhs, returnBool, matching }: Binary): RowsKnown {
    const [left, right] = [this.visit(lhs), this.visit(rhs)];
    const isComparison = op === '==' || op === '!=' || op === '<' || op === '<=' || op === '>' || op === '>=';
    const isFilter = isComparison && !returnBool;
    const [leftType, rightType] = [typeOf(lhs), typeOf(rhs)];
    if (leftType === 'scalar' || rightType === 'scalar') {
      const of = leftType === 'scalar' ? right : left;
      return isFilter ? filtered(of) : renamed(of);
    }
    if (op === 'and' || op === 'unless') return filtered(left);
    const { card, on, labels, include, fillLeft, fillRight } = matching;
    if (fillLeft !== undefined || fillRight !== undefined) this.#dependsOnRange = true;
    const isOneName = left.isOneName && right.isOneName && !isSetOperator(op) && !include.includes('__name__');
    const many = card === 'one-to-many' ? right : left;
    // Each series of the many side has a result of its own.
    const isByMany = card === 'one-to-one' ? !on && labels.length === 0 : include.length === 0;
    return isOneName && isByMany ? filtered(many) : { ...UNKNOWN, isOneName };
  }

  /** Names are dropped, and rows without samples before; rows that are alike then are refused. */
  #withoutNames(of: RowsKnown): RowsKnown {
    if (of.isOneName) return of;
    if (of.isFiltered) this.#dependsOnRange = true;
    else this.#needsOrder({ ...of, order: of.order === 'labels' ? 'series' : of.order });
    return { ...merged(of), isOneName: true };
  }

  #ranks({ order }: RowsKnown): void {
    if (order !== 'labels') this.#dependsOnTies = true;
    if (order === 'values') this.#hasTiesAnyhow = true;
  }

  #needsOrder({ order }: RowsKnown): void {
    if (order === 'values') this.#dependsOnRange = true;
    if (order === 'series') this.#dependsOnSeries = true;
  }
}

/** Rows that are alike in what is left of their labels become one, at the place of the first. */
function merged({ order, isOneName, isFiltered }: RowsKnown): RowsKnown {
  return { order: order === 'values' || isFiltered ? 'values' : 'series', isOneName, isFiltered };
}

/** Names are dropped. */
function renamed(of: RowsKnown): RowsKnown {
  return of.isOneName ? of : { ...merged(of), isOneName: true };
}

/** Some samples are left out. */
function filtered(of: RowsKnown): RowsKnown {
  return { ...of, order: of.order === 'labels' ? 'labels' : 'values', isFiltered: true };
}
