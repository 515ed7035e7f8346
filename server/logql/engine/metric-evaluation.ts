import type { RE2JS } from 're2js';
import { AppError } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import { compileAnchored } from '../../model/matcher.ts';
import { expandTemplate } from '../../relabel/expand.ts';
import { aggregate } from '../../vector/aggregate.ts';
import { vectorVector } from '../../vector/binary.ts';
import type { VectorOperator } from '../../vector/operators.ts';
import { pickRows, type Rows, withLabels, withoutEmptyRows } from '../../vector/rows.ts';
import { selectTop } from '../../vector/select-k.ts';
import { type SetOperator, setOperation } from '../../vector/set-operators.ts';
import type { Matrix, Scalar, Vector } from '../../vector/value.ts';
import { scalarScalar, vectorScalar } from '../../vector/vector-scalar.ts';
import { logqlError } from '../errors.ts';
import type { Binary, Grouping, LabelReplace, MetricExpr, RangeAggregation, VectorAggregation } from '../parse/ast.ts';
import type { Grid } from './grid.ts';
import { RangeEvaluation, type RangeLimits } from './range-evaluation.ts';

const NO_GROUPING: Grouping = { without: false, labels: [] };
/** Range aggregations whose sums over series are those of the lines together. */
const ADDITIVE = new Set(['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate', 'sum_over_time']);

/** Cells, that is series × steps, of all range aggregations of a query; each takes 25 bytes. */
const MAX_CELLS = 20_000_000;

/** A metric query: range aggregations that take lines, and the expression around them. */
export class MetricEvaluation {
  readonly ranges: readonly RangeEvaluation[];
  readonly #expr: MetricExpr;
  readonly #grid: Grid;
  readonly #ofNode = new Map<RangeAggregation, RangeEvaluation>();
  readonly #early = new Set<VectorAggregation>();

  constructor(expr: MetricExpr, grid: Grid, isLevelWanted: boolean, limits: RangeLimits) {
    this.#expr = expr;
    this.#grid = grid;
    const count = Math.max(1, countRanges(expr));
    const { maxSeries, maxValues, maxCells = MAX_CELLS } = limits;
    // What is kept is bounded for the query, not for each of its parts.
    const share = { maxSeries, maxValues: Math.ceil(maxValues / count), maxCells: Math.ceil(maxCells / count) };
    this.#collect(expr, isLevelWanted, share);
    this.ranges = [...this.#ofNode.values()];
  }

  /** The value once all lines were taken, in pieces of work: `isInstant` answers a vector or a scalar, else a matrix. */
  *finish(isInstant: boolean): Generator<undefined, Matrix | Vector | Scalar> {
    for (const range of this.ranges) yield* range.reduce();
    try {
      return this.#answer(this.#evaluate(this.#expr), isInstant);
    } catch (error) {
      if (error instanceof AppError && error.code.startsWith('vector.')) throw logqlError('logql.execution', error.message, error);
      throw error;
    }
  }

  #collect(expr: MetricExpr, isLevelWanted: boolean, limits: RangeLimits): void {
    const add = (range: RangeAggregation, grouping: Grouping | undefined) =>
      this.#ofNode.set(range, new RangeEvaluation(range, grouping, this.#grid, isLevelWanted, limits));
    switch (expr.kind) {
      case 'range_aggregation':
        add(expr, expr.grouping);
        return;
      case 'vector_aggregation': {
        const { op, grouping = NO_GROUPING, expr: inner } = expr;
        // Summed at once, labels that nobody asked for make no series.
        if (op === 'sum' && inner.kind === 'range_aggregation' && ADDITIVE.has(inner.op) && !grouping.without) {
          this.#early.add(expr);
          add(inner, grouping);
        } else this.#collect(inner, isLevelWanted, limits);
        return;
      }
      case 'label_replace':
        this.#collect(expr.expr, isLevelWanted, limits);
        return;
      case 'binary':
        this.#collect(expr.lhs, isLevelWanted, limits);
        this.#collect(expr.rhs, isLevelWanted, limits);
    }
  }

  /** Rows, or the value of an expression without labels. */
  #evaluate(expr: MetricExpr): Rows | number {
    switch (expr.kind) {
      case 'number':
        return expr.value;
      case 'vector':
        return this.#constant(expr.value);
      case 'range_aggregation':
        return (this.#ofNode.get(expr) as RangeEvaluation).rows();
      case 'vector_aggregation':
        return this.#aggregate(expr);
      case 'label_replace':
        return replaceLabels(this.#rows(expr.expr), expr);
      case 'binary':
        return this.#binary(expr);
    }
  }

  #rows(expr: MetricExpr): Rows {
    const value = this.#evaluate(expr);
    return typeof value === 'number' ? this.#constant(value) : value;
  }

  #constant(value: number): Rows {
    const { steps } = this.#grid;
    return { steps, labels: [Labels.EMPTY], values: new Float64Array(steps).fill(value), present: new Uint8Array(steps).fill(1) };
  }

  #aggregate(expr: VectorAggregation): Rows {
    const { op, param = 0, grouping = NO_GROUPING } = expr;
    const rows = this.#rows(expr.expr);
    if (this.#early.has(expr)) return rows;
    switch (op) {
      case 'topk':
      case 'approx_topk':
        return selectTop(rows, new Float64Array(rows.steps).fill(param), grouping, 'top');
      case 'bottomk':
        return selectTop(rows, new Float64Array(rows.steps).fill(param), grouping, 'bottom');
      case 'sort':
      case 'sort_desc':
        return sorted(rows, op === 'sort' ? 1 : -1);
      default:
        return aggregate(rows, op, grouping);
    }
  }

  #binary({ op, lhs, rhs, returnBool, matching }: Binary): Rows | number {
    const [left, right] = [this.#evaluate(lhs), this.#evaluate(rhs)];
    if (op === 'and' || op === 'or' || op === 'unless') return setOperation(left as Rows, right as Rows, op as SetOperator, matching);
    const operator = op as VectorOperator;
    const spread = (value: number) => new Float64Array(this.#grid.steps).fill(value);
    if (typeof left === 'number' && typeof right === 'number')
      return scalarScalar(Float64Array.of(left), Float64Array.of(right), operator)[0] as number;
    if (typeof left === 'number') return vectorScalar(right as Rows, spread(left), operator, returnBool, true);
    if (typeof right === 'number') return vectorScalar(left, spread(right), operator, returnBool, false);
    const card = matching.card === 'many-to-many' ? 'one-to-one' : matching.card;
    return vectorVector(left, right, {
      op: operator,
      returnBool,
      on: matching.on,
      labels: matching.labels,
      include: matching.include,
      card,
    });
  }

  #answer(value: Rows | number, isInstant: boolean): Matrix | Vector | Scalar {
    const timestampMs = Number(this.#grid.startNs / 1_000_000n);
    if (typeof value === 'number' && isInstant) return { type: 'scalar', timestampMs, value };
    const rows = withoutEmptyRows(typeof value === 'number' ? this.#constant(value) : value);
    const ordered = isInstant && keepsOrder(this.#expr) ? rows : byLabels(rows);
    const { labels, values, present, steps } = ordered;
    if (isInstant) return { type: 'vector', timestampMs, labels, values };
    return { type: 'matrix', startMs: timestampMs, stepMs: Number(this.#grid.stepNs) / 1e6, steps, labels, values, present };
  }
}

function countRanges(expr: MetricExpr): number {
  switch (expr.kind) {
    case 'range_aggregation':
      return 1;
    case 'vector_aggregation':
    case 'label_replace':
      return countRanges(expr.expr);
    case 'binary':
      return countRanges(expr.lhs) + countRanges(expr.rhs);
    default:
      return 0;
  }
}

/** Whether the order of an instant answer is part of it. */
function keepsOrder(expr: MetricExpr): boolean {
  return expr.kind === 'vector_aggregation' && ['topk', 'bottomk', 'approx_topk', 'sort', 'sort_desc'].includes(expr.op);
}

function byLabels(rows: Rows): Rows {
  const order = rows.labels.map((_, row) => row);
  order.sort((a, b) => (rows.labels[a] as Labels).compare(rows.labels[b] as Labels));
  return pickRows(rows, order);
}

/** Sorting is seen in instant answers only; there it is by the one value. */
function sorted(rows: Rows, sign: 1 | -1): Rows {
  if (rows.steps !== 1) return rows;
  const order = rows.labels.map((_, row) => row).filter((row) => rows.present[row] === 1);
  order.sort((a, b) => sign * ((rows.values[a] as number) - (rows.values[b] as number)));
  return pickRows(rows, order);
}

function replaceLabels(rows: Rows, { destination, replacement, source, regexp }: LabelReplace): Rows {
  const pattern: RE2JS = compileAnchored(regexp);
  return withLabels(
    rows,
    rows.labels.map((labels) => {
      const match = pattern.matcher(labels.get(source));
      return match.matches() ? labels.with(destination, expandTemplate(replacement, match)) : labels;
    }),
  );
}
