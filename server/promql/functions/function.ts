// The shape that all functions share. A family is one file that exports a table of implementations by name.
import type { FloatHistogram } from '../../model/histogram.ts';
import type { LanguageFeatures } from '../../model/language-features.ts';
import { withHistograms } from '../../vector/histogram-cells.ts';
import type { Rows } from '../../vector/rows.ts';
import { dropNames, dropNamesStrictly, mapCells, withoutEmptyRows } from '../../vector/rows.ts';
import type { Annotations } from '../engine/annotations.ts';
import type { Columns } from '../engine/columns.ts';
import { annotateRange, type RangeNote } from '../engine/histogram-annotations.ts';
import { weightOf } from '../engine/histogram-weight.ts';
import type { Cells } from '../engine/row-collector.ts';
import { fillWindows, type Windows } from '../engine/windows.ts';
import { promqlError } from '../errors.ts';
import { type Call, type Expr, unwrap, type VectorSelector } from '../parse/ast.ts';
import { quote } from '../parse/quote.ts';
import type { PlanOptions } from '../plan/plan.ts';
import { boundaryRows } from './boundaries.ts';
import { floatSeries, isMixed, mixedSeries, type WindowEvaluator } from './range-histograms.ts';

/** What a function may ask of the evaluation it takes part in. */
export interface CallContext {
  /** Evaluation times in milliseconds. */
  readonly timesMs: Float64Array;
  readonly annotations: Annotations;
  vector(expr: Expr): Rows;
  /** The rows of an expression where they are at hand in pieces, one after the other, without histograms and names to be dropped late. */
  piecesOf(expr: Expr): readonly Rows[] | undefined;
  scalar(expr: Expr): Float64Array;
  text(expr: Expr): string;
  range(expr: Expr): { readonly columns: Columns; readonly windows: Windows };
  /** The times in seconds of the samples that the selector chooses. */
  sampleTimes(selector: VectorSelector): Rows;
  /** The times in seconds of the series that a call of info() takes labels from. */
  infoTimes(call: Call): Rows;
  readonly features: LanguageFeatures;
  /** The times of the query as a whole. */
  readonly options: PlanOptions;
  /** Throws when the evaluation was stopped. */
  checkpoint(): void;
  /** Cells for the rows of a range function, none of them present. */
  takeCells(count: number): Cells;
  /** Throws when the evaluation would hold more than its limit of samples. */
  reserve(cells: number): void;
}

/** Evaluates a call whose value is an instant vector. */
export type VectorFunction = (call: Call, context: CallContext) => Rows;
/** Evaluates a call whose value is a scalar. */
export type ScalarFunction = (call: Call, context: CallContext) => Float64Array;

/** Computes one series at every step: reads `windows`, writes out[base + t] and present[base + t]. */
export type Kernel = (windows: Windows, out: Float64Array, present: Uint8Array, base: number) => void;

/** The argument at `index`, which the type checker has made sure of. */
export function argOf(call: Call, index: number): Expr {
  const arg = call.args[index];
  if (!arg) throw new RangeError(`${call.fn.name} has no argument ${index}`);
  return arg;
}

/** The label name that a string argument gives. Throws with `message`, given the name and the same in quotes, when it is none. */
export function labelNameOf(expr: Expr, message: (name: string, quoted: string) => string): string {
  const literal = unwrap(expr);
  if (literal.kind !== 'string') throw new RangeError('the type checker lets nothing but strings through');
  const { value, raw } = literal;
  if (value === '' || raw !== undefined) throw promqlError('promql.execution', message(value, quote(raw ?? value)));
  return value;
}

/** Where annotations on a range vector point: into its parentheses; upstream has forgotten the place of a subquery by then. */
export function rangeStart(range: Expr): number {
  if (range.kind === 'paren') return rangeStart(range.expr);
  return range.kind === 'subquery' ? 0 : range.start;
}

/** Where annotations on a vector argument point: into its parentheses. */
export function innerStart(arg: Expr): number {
  return arg.kind === 'paren' ? innerStart(arg.expr) : arg.start;
}

/** A function of each sample's value; the metric name is dropped. */
export function elementwise(change: (value: number) => number): VectorFunction {
  return (call, context) => dropNames(mapCells(context.vector(argOf(call, 0)), change));
}

/**
 * What a range function does about histograms. `ignored`: it looks at floats alone. `counted`: it does not look at values at all.
 * Else it evaluates the windows that hold any.
 */
export type HistogramTreatment = 'ignored' | 'counted' | WindowEvaluator;

/** How a range function evaluates one call. */
export interface RangeEvaluation {
  readonly kernel: Kernel;
  readonly histograms: HistogramTreatment;
}

/**
 * A function of a range vector; the metric name is dropped unless `keepsName`. An evaluation that needs nothing of its call is made once: machine
 * code of a kernel is thrown away with the last function that uses it, and would have to be made again for each call.
 */
export function overRange(
  evaluation: RangeEvaluation | ((call: Call, context: CallContext) => RangeEvaluation),
  keepsName = false,
): VectorFunction {
  return (call, context) => {
    const rows = withoutEmptyRows(rangeRows(call, context, typeof evaluation === 'function' ? evaluation(call, context) : evaluation));
    return keepsName ? rows : dropNamesStrictly(rows);
  };
}

/** Evaluates the windows of the call's range vector argument; one row for each of its series, names kept. */
export function rangeRows(call: Call, context: CallContext, { kernel, histograms }: RangeEvaluation): Rows {
  const range = unwrap(argOf(call, call.fn.args.indexOf('matrix')));
  if (range.kind === 'range' && range.selector.boundary) return boundaryRows(call, range, range.selector.boundary, context);
  const { columns, windows } = context.range(range);
  const { labels, offsets } = columns;
  const steps = context.timesMs.length;
  context.reserve(labels.length * steps);
  const { values, present } = context.takeCells(labels.length * steps);
  if (isMixed(windows) && histograms !== 'counted') {
    const cells = { values, present, histograms: new Array<FloatHistogram | undefined>(values.length).fill(undefined) };
    const evaluate =
      histograms === 'ignored' ? floatSeries(columns, windows, kernel, cells) : mixedSeries(windows, kernel, histograms, cells);
    let held = values.length;
    for (const [series, { metricName }] of labels.entries()) {
      context.checkpoint();
      const note = (about: RangeNote) => annotateRange(about, metricName, rangeStart(argOf(call, 0)), context.annotations);
      evaluate(offsets[series] as number, offsets[series + 1] as number, series * steps, note);
      for (let cell = series * steps; cell < (series + 1) * steps; cell++) held += weightOf(cells.histograms[cell]) - 1;
      context.reserve(held);
    }
    return withHistograms({ steps, labels, values, present, nameDropped: columns.nameDropped }, cells.histograms);
  }
  for (let series = 0; series < labels.length; series++) {
    context.checkpoint();
    fillWindows(windows, offsets[series] as number, offsets[series + 1] as number);
    kernel(windows, values, present, series * steps);
  }
  return { steps, labels, values, present, nameDropped: columns.nameDropped };
}

/** Long windows at many steps can keep one series busy for minutes, so look up now and then. */
const CHECKPOINT_SAMPLES = 500_000;

/** A kernel that answers wherever the window has at least `minSamples`. */
export function everyWindow(minSamples: number, evaluate: (windows: Windows, first: number, end: number, step: number) => number): Kernel {
  return (windows, out, present, base) => {
    const { first, end } = windows;
    let samples = 0;
    for (let t = 0; t < first.length; t++) {
      const from = first[t] as number;
      const to = end[t] as number;
      if (to - from < minSamples) continue;
      samples += to - from;
      if (samples > CHECKPOINT_SAMPLES) {
        windows.checkpoint();
        samples = 0;
      }
      present[base + t] = 1;
      out[base + t] = evaluate(windows, from, to, t);
    }
  };
}
