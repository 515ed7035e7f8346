import type { SeriesSet } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import { type Expr, unwrap, type VectorSelector } from '../parse/ast.ts';
import { isInvariant } from '../plan/plan.ts';
import type { Columns } from './columns.ts';
import { type Environment, Evaluator } from './evaluate.ts';
import type { Grid } from './grid.ts';
import { weightOf } from './histogram-weight.ts';
import { type NodeKind, SampleCounter } from './sample-counter.ts';
import { fillWindows, type Windows } from './windows.ts';

/** Functions that upstream evaluates on the result of their argument as it is. */
const ON_WHOLE_RESULTS: ReadonlySet<string> = new Set(['label_replace', 'label_join', 'sort_by_label', 'sort_by_label_desc', 'info']);

/** An evaluator that counts samples on its way, for queries that want to know; others need not pay for it. */
export class CountingEvaluator extends Evaluator {
  readonly counter: SampleCounter;
  readonly #env: Environment;
  readonly #grid: Grid;
  readonly #stale: Map<SeriesSet, Columns>;
  /** Of the evaluation at other steps that was begun last. */
  #inner: SampleCounter | undefined;

  constructor(env: Environment, grid: Grid, counter = new SampleCounter(grid.steps), stale: Map<SeriesSet, Columns> = new Map()) {
    super(env, grid, stale);
    this.counter = counter;
    this.#env = env;
    this.#grid = grid;
    this.#stale = stale;
  }

  override vector(expr: Expr): Rows {
    const { counter } = this;
    if (this.#grid.steps > 1 && isInvariant(expr)) {
      const rows = super.vector(expr);
      counter.leaveOnce(this.#inner ?? counter.child(1), samplesAt(rows));
      return rows;
    }
    if (expr.kind === 'selector' && !this.#env.reduced?.has(expr)) {
      const rows = super.vector(expr);
      counter.select(samplesAt(rows));
      return rows;
    }
    counter.enter();
    const rows = super.vector(expr);
    counter.leave(kindOf(expr), samplesAt(rows), samplesOf(rows));
    return rows;
  }

  /** Samples are counted where rows are evaluated as one. */
  override piecesOf(): undefined {
    return undefined;
  }

  override scalar(expr: Expr): Float64Array {
    const { counter } = this;
    if (this.#grid.steps > 1 && expr.kind !== 'number' && isInvariant(expr)) {
      const [value] = this.at({ ...this.#grid, steps: 1 }).scalar(expr);
      const values = new Float64Array(this.#grid.steps).fill(value as number);
      counter.leaveOnce(this.#inner as SampleCounter, oneEach(values));
      return values;
    }
    counter.enter();
    const values = super.scalar(expr);
    counter.leave(kindOf(expr), oneEach(values), new Float64Array(0));
    return values;
  }

  override range(expr: Expr): { readonly columns: Columns; readonly windows: Windows } {
    const found = super.range(expr);
    const isSubquery = unwrap(expr).kind === 'subquery';
    if (isSubquery) this.counter.subquery(this.#inner as SampleCounter, weightOfAll(found.columns));
    if (!isSubquery || this.counter.isInside) this.#countWindows(found);
    return found;
  }

  override sampleTimes(selector: VectorSelector): Rows {
    const rows = super.sampleTimes(selector);
    this.counter.lookAt(samplesAt(rows));
    return rows;
  }

  protected override at(grid: Grid): Evaluator {
    const inner = new CountingEvaluator(this.#env, grid, this.counter.child(grid.steps), this.#stale);
    this.#inner = inner.counter;
    return inner;
  }

  #countWindows({ columns, windows }: { readonly columns: Columns; readonly windows: Windows }): void {
    const { labels, offsets } = columns;
    const { first, end } = windows;
    const before = weightsBefore(columns);
    const countAt = new Float64Array(this.#grid.steps);
    const lastWindows = new Float64Array(labels.length);
    const filledWindows = new Float64Array(labels.length);
    for (let series = 0; series < labels.length; series++) {
      fillWindows(windows, offsets[series] as number, offsets[series + 1] as number);
      let last = 0;
      for (let t = 0; t < countAt.length; t++) {
        last = before(end[t] as number) - before(first[t] as number);
        countAt[t] = (countAt[t] as number) + last;
        if (last > 0) filledWindows[series] = (filledWindows[series] as number) + 1;
      }
      lastWindows[series] = last;
    }
    this.counter.windows(countAt, { last: lastWindows, filled: filledWindows });
  }
}

function kindOf(expr: Expr): NodeKind {
  if (expr.kind === 'paren' || expr.kind === 'unary') return 'through';
  if (expr.kind === 'aggregation') return expr.op === 'count_values' ? 'by_step' : 'whole';
  if (expr.kind === 'call' && ON_WHOLE_RESULTS.has(expr.fn.name)) return 'whole';
  return 'by_step';
}

function oneEach(values: Float64Array): Float64Array {
  return new Float64Array(values.length).fill(1);
}

/** Samples of all rows at each step. */
function samplesAt({ steps, present, histograms }: Rows): Float64Array {
  const counts = new Float64Array(steps);
  for (let i = 0, t = 0; i < present.length; i++) {
    if (present[i] !== 0) counts[t] = (counts[t] as number) + weightOf(histograms?.[i]);
    t = t + 1 === steps ? 0 : t + 1;
  }
  return counts;
}

/** Samples of each row. */
function samplesOf({ steps, present, histograms, labels }: Rows): Float64Array {
  const counts = new Float64Array(labels.length);
  for (let row = 0, i = 0; row < labels.length; row++)
    for (let t = 0; t < steps; t++, i++) if (present[i] !== 0) counts[row] = (counts[row] as number) + weightOf(histograms?.[i]);
  return counts;
}

/** A function that answers the weight of all samples before an index. */
function weightsBefore({ timestampsMs, histograms }: Columns): (index: number) => number {
  if (!histograms) return (index) => index;
  const sums = new Float64Array(timestampsMs.length + 1);
  for (let i = 0; i < timestampsMs.length; i++) sums[i + 1] = (sums[i] as number) + weightOf(histograms.at(i));
  histograms.enterSeries(0);
  return (index) => sums[index] as number;
}

function weightOfAll(columns: Columns): number {
  return weightsBefore(columns)(columns.timestampsMs.length);
}
