// The interpreter: every node is evaluated for all steps at once, over rows. Nodes that do not depend on time are evaluated for
// one step and repeated.
import { negateHistogram } from '../../model/histogram-arithmetic.ts';
import type { LanguageFeatures } from '../../model/language-features.ts';
import type { SeriesSet } from '../../storage/store.ts';
import { vectorVector } from '../../vector/binary.ts';
import type { BinaryOptions } from '../../vector/binary-options.ts';
import { fillMissing } from '../../vector/fill.ts';
import { type HistogramNote, mapHistograms } from '../../vector/histogram-cells.ts';
import type { VectorOperator } from '../../vector/operators.ts';
import { dropNames, mapCells, noRows, type Rows, repeatSteps, uniform } from '../../vector/rows.ts';
import { setOperation } from '../../vector/set-operators.ts';
import { scalarScalar, vectorScalar } from '../../vector/vector-scalar.ts';
import { inExecution, promqlError, tooManySamples } from '../errors.ts';
import { SCALAR_FUNCTIONS } from '../functions/convert.ts';
import type { CallContext } from '../functions/function.ts';
import { VECTOR_FUNCTIONS } from '../functions/table.ts';
import {
  type Binary,
  type Call,
  type Expr,
  isSetOperator,
  type Subquery,
  typeOf,
  type Unary,
  unwrap,
  type VectorSelector,
} from '../parse/ast.ts';
import { infoSelectorOf } from '../parse/info-selectors.ts';
import { fixedTime, isInvariant, type PlanOptions, subqueryGrid } from '../plan/plan.ts';
import { evaluateAggregation } from './aggregation.ts';
import type { Annotations } from './annotations.ts';
import { type Columns, columnsOf, withoutStale } from './columns.ts';
import { type Grid, gridOf, timesOf } from './grid.ts';
import { annotateOperation } from './histogram-annotations.ts';
import { meanWeight } from './histogram-weight.ts';
import { instantRows } from './instant.ts';
import type { ReducedNode } from './reduced-node.ts';
import type { Cells } from './row-collector.ts';
import { smoothedRows } from './smoothed.ts';
import { newWindows, type Windows } from './windows.ts';

/** What an evaluation reads and obeys; shared by all its grids. */
export interface Environment {
  readonly options: PlanOptions;
  readonly features: LanguageFeatures;
  /** The samples of each selector of the expression. */
  readonly data: ReadonlyMap<VectorSelector, SeriesSet>;
  /** Nodes whose rows are known already. */
  readonly reduced?: ReadonlyMap<Expr, ReducedNode> | undefined;
  readonly streamed?: ReadonlyMap<Expr, Rows> | undefined;
  readonly annotations: Annotations;
  /** No step of the evaluation may hold more samples than this. */
  readonly maxSamples: number;
  /** Throws when the evaluation was stopped. */
  readonly checkpoint: () => void;
  /** Where range functions and lookups get the cells of their rows from, if not from memory of their own. */
  readonly takeCells?: ((count: number) => Cells) | undefined;
}

/** Evaluates expressions at the times of one grid. Throws `promql.execution`, `promql.too_many_samples` and what `checkpoint` throws. */
export class Evaluator implements CallContext {
  readonly timesMs: Float64Array;
  readonly annotations: Annotations;
  readonly checkpoint: () => void;
  readonly features: LanguageFeatures;
  readonly options: PlanOptions;
  readonly #env: Environment;
  readonly #grid: Grid;
  readonly #stale: Map<SeriesSet, Columns>;

  constructor(env: Environment, grid: Grid, stale: Map<SeriesSet, Columns> = new Map()) {
    this.#env = env;
    this.#grid = grid;
    this.#stale = stale;
    this.timesMs = timesOf(grid);
    this.annotations = env.annotations;
    this.features = env.features;
    this.options = env.options;
    this.checkpoint = env.checkpoint;
  }

  /** The rows of an expression of type instant vector. */
  vector(expr: Expr): Rows {
    // A subquery's window may hold no step at all.
    if (this.#grid.steps === 0) return noRows(0);
    if (this.#grid.steps > 1 && isInvariant(expr)) {
      const once = this.at({ ...this.#grid, steps: 1 }).vector(expr);
      this.reserve(once.labels.length * this.#grid.steps);
      return repeatSteps(once, this.#grid.steps);
    }
    this.checkpoint();
    return uniform(this.#named(this.#env.streamed?.get(expr) ?? this.#env.reduced?.get(expr)?.rows ?? this.#vector(expr)));
  }

  #vector(expr: Expr): Rows {
    switch (expr.kind) {
      case 'selector':
        return this.#select(expr, 'value');
      case 'paren':
        return this.vector(expr.expr);
      case 'call':
        return this.#call(expr);
      case 'aggregation':
        return evaluateAggregation(expr, this);
      case 'binary':
        return inExecution(() => this.#binary(expr));
      case 'unary':
        return this.#unary(expr);
      default:
        throw mistyped(expr, 'vector');
    }
  }

  /** The value of a scalar expression at every step. */
  scalar(expr: Expr): Float64Array {
    switch (expr.kind) {
      case 'number':
        return new Float64Array(this.#grid.steps).fill(expr.value);
      case 'paren':
        return this.scalar(expr.expr);
      case 'unary':
        return expr.op === '-' ? this.scalar(expr.expr).map((value) => -value) : this.scalar(expr.expr);
      case 'binary':
        return inExecution(() => scalarScalar(this.scalar(expr.lhs), this.scalar(expr.rhs), expr.op as VectorOperator));
      case 'call': {
        const evaluate = SCALAR_FUNCTIONS[expr.fn.name];
        if (!evaluate) throw mistyped(expr, 'scalar');
        return evaluate(expr, this);
      }
      default:
        throw mistyped(expr, 'scalar');
    }
  }

  text(expr: Expr): string {
    const literal = unwrap(expr);
    if (literal.kind !== 'string') throw mistyped(expr, 'string');
    return literal.value;
  }

  /** The series of a range vector and their windows at every step. */
  range(expr: Expr): { readonly columns: Columns; readonly windows: Windows } {
    const node = unwrap(expr);
    if (node.kind === 'subquery') return this.#subquery(node);
    if (node.kind !== 'range') throw mistyped(expr, 'matrix');
    const { selector, rangeMs } = node;
    const columns = this.#columns(selector);
    return { columns, windows: newWindows(columns, this.#edges(selector), rangeMs, this.timesMs, this.checkpoint) };
  }

  sampleTimes(selector: VectorSelector): Rows {
    const { at, offsetMs } = selector;
    const fixed = fixedTime(at, this.#env.options);
    if (fixed === undefined || offsetMs === 0) return this.#select(selector, 'time');
    // As upstream has it: beside @ the offset says which samples are read, yet they are looked up at the time of @ itself.
    const set = this.#data(selector);
    this.reserve(set.labels.length * this.#grid.steps);
    const edges = this.timesMs.map(() => fixed - Math.max(offsetMs, 0));
    return this.#named(instantRows(set, edges, this.#env.options.lookbackMs - Math.abs(offsetMs), 'time', this));
  }

  infoTimes(call: Call): Rows {
    const selector = infoSelectorOf(call);
    if (!selector) throw mistyped(call, 'info series');
    return this.#select(selector, 'time');
  }

  piecesOf(expr: Expr): readonly Rows[] | undefined {
    this.checkpoint();
    return this.#env.reduced?.get(unwrap(expr))?.pieces;
  }

  takeCells(count: number): Cells {
    return this.#env.takeCells?.(count) ?? { values: new Float64Array(count), present: new Uint8Array(count) };
  }

  reserve(cells: number): void {
    if (cells > this.#env.maxSamples) throw tooManySamples();
  }

  /** Without stale markers, which is the same for all selectors of the same series. */
  #columns(selector: VectorSelector): Columns {
    const set = this.#data(selector);
    const columns = this.#stale.get(set) ?? this.#named(withoutStale(set));
    this.#stale.set(set, columns);
    return columns;
  }

  #select(selector: VectorSelector, what: 'value' | 'time'): Rows {
    const set = this.#data(selector);
    this.reserve(set.labels.length * this.#grid.steps * (what === 'value' ? meanWeight(set) : 1));
    if (selector.boundary === 'smoothed' && what === 'value')
      return smoothedRows(this.#columns(selector), this.#edges(selector), this.#env.options.lookbackMs, this.checkpoint);
    return this.#named(instantRows(set, this.#edges(selector), this.#env.options.lookbackMs, what, this));
  }

  /** Where names are dropped late, every row tells whether its is to be dropped. */
  #named<T extends Rows | Columns>(series: T): T {
    if (!this.#env.features.delayedNameRemoval || series.nameDropped) return series;
    return { ...series, nameDropped: new Uint8Array(series.labels.length) };
  }

  #data(selector: VectorSelector): SeriesSet {
    const set = this.#env.data.get(selector);
    if (!set) throw promqlError('promql.execution', 'a selector was evaluated for which nothing was read');
    return set;
  }

  /** The time that a selector or subquery looks at in each step: moved by its offset, or fixed by its @. */
  #edges({ at, offsetMs }: VectorSelector | Subquery): Float64Array {
    const fixed = fixedTime(at, this.#env.options);
    const edges = Float64Array.from(this.timesMs);
    if (fixed !== undefined) edges.fill(fixed);
    if (offsetMs !== 0) for (let t = 0; t < edges.length; t++) edges[t] = (edges[t] as number) - offsetMs;
    return edges;
  }

  #subquery(node: Subquery): { columns: Columns; windows: Windows } {
    const times = this.timesMs;
    const { startMs, endMs, stepMs } = subqueryGrid(node, times[0] as number, times[times.length - 1] as number, this.#env.options);
    const grid = gridOf(startMs, endMs, stepMs);
    // The times of a step each 1 ms over years would not fit into memory either.
    this.reserve(grid.steps);
    const inner = this.at(grid);
    const columns = columnsOf(inner.vector(node.expr), grid);
    return { columns, windows: newWindows(columns, this.#edges(node), node.rangeMs, times, this.checkpoint) };
  }

  #call(call: Call): Rows {
    const evaluate = VECTOR_FUNCTIONS[call.fn.name];
    if (!evaluate) throw mistyped(call, 'vector');
    return inExecution(() => evaluate(call, this));
  }

  #unary({ op, expr }: Unary): Rows {
    if (op === '+') return this.vector(expr);
    const rows = negated(this.vector(expr));
    return inExecution(() => dropNames(rows));
  }

  #binary({ op, lhs, rhs, matching, returnBool, start }: Binary): Rows {
    const left = typeOf(lhs);
    const right = typeOf(rhs);
    const note = (about: HistogramNote) => annotateOperation(about, op, { operand: start, whole: start }, this.annotations);
    // The left side first: when both fail, its error is the one upstream reports.
    if (left === 'scalar') {
      const scalar = this.scalar(lhs);
      return vectorScalar(this.vector(rhs), scalar, op as VectorOperator, returnBool, true, note);
    }
    if (right === 'scalar') return vectorScalar(this.vector(lhs), this.scalar(rhs), op as VectorOperator, returnBool, false, note);
    const [a, b] = [this.vector(lhs), this.vector(rhs)];
    if (isSetOperator(op)) return setOperation(a, b, op, matching);
    return vectorVector(...fillMissing(a, b, matching), { ...matching, op, returnBool } as BinaryOptions, note);
  }

  /** The evaluator for other steps: those of a subquery, or the one step of what does not depend on time. */
  protected at(grid: Grid): Evaluator {
    return new Evaluator(this.#env, grid, this.#stale);
  }
}

function negated(rows: Rows): Rows {
  const floats = mapCells(rows, (value) => -value);
  return rows.histograms ? mapHistograms(rows, floats, negateHistogram) : floats;
}

/** The type checker lets nothing through that gets here. */
function mistyped(expr: Expr, wanted: string): Error {
  return promqlError('promql.execution', `cannot evaluate ${expr.kind} as ${wanted}`);
}
