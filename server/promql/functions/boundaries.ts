// Ranges whose edges are not left to extrapolation (promql-extended-range-selectors). `anchored`: at the left edge stands the last
// sample up to it, at the right edge the last one of the range. `smoothed`: at both edges stands what lies on the line between the
// samples around them. Samples outside the range are looked for within the lookback.

import type { FloatHistogram } from '../../model/histogram.ts';
import { withHistograms } from '../../vector/histogram-cells.ts';
import type { Rows } from '../../vector/rows.ts';
import { annotateRange, type RangeNote } from '../engine/histogram-annotations.ts';
import { fillWindows, type Windows } from '../engine/windows.ts';
import { promqlError } from '../errors.ts';
import type { Call, MatrixSelector, VectorSelector } from '../parse/ast.ts';
import { EDGED_EVALUATORS, type EdgedEvaluator } from './boundary-histograms.ts';
import type { CallContext } from './function.ts';
import { isMixed, type MixedCells, type MixedWindows, type TakeRangeNote } from './range-histograms.ts';

export type Boundary = NonNullable<VectorSelector['boundary']>;

/** The samples that a window with such edges has to do with: `from` may lie before it, `to`, included, after it. */
interface Extended {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;
}

interface Edges {
  readonly startMs: number;
  readonly endMs: number;
}

type Measure = (windows: Windows, extended: Extended, edges: Edges) => number;

const MEASURES: Readonly<Record<string, Measure>> = {
  rate: (windows, extended, edges) => increaseOf(windows, extended, edges) / (windows.rangeMs / 1000),
  increase: increaseOf,
  delta: (_, { left, right }) => right - left,
  changes: (windows, extended, edges) =>
    countSteps(windows, extended, edges, (before, value) => value !== before && !areNaN(before, value)),
  resets: (windows, extended, edges) => countSteps(windows, extended, edges, (before, value) => value < before),
};
const COUNTERS: ReadonlySet<string> = new Set(['rate', 'increase']);
const ALLOWED: Readonly<Record<Boundary, readonly string[]>> = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
};

/** Evaluates one series at every step, into the cells from `base` on. */
type BoundaryKernel = (from: number, to: number, cells: MixedCells & { readonly base: number }, note: TakeRangeNote) => void;

/** The evaluation of function `name`. Throws `promql.execution` for one that cannot have such a range. */
function boundaryKernel(name: string, boundary: Boundary, windows: Windows, lookbackMs: number): BoundaryKernel {
  const measure = MEASURES[name];
  if (!measure || !ALLOWED[boundary].includes(name))
    throw promqlError('promql.execution', `${boundary} modifier can only be used with: ${ALLOWED[boundary].join(', ')} - not with ${name}`);
  const extendOptions = { boundary, lookbackMs, isCounter: COUNTERS.has(name) };
  const ofHistograms = EDGED_EVALUATORS[name] as EdgedEvaluator;
  const isSmoothed = boundary === 'smoothed';
  return (from, to, { values, present, histograms, base }, note) => {
    fillWindows(windows, from, to);
    if (isMixed(windows)) windows.histograms.enterSeries(from);
    for (let t = 0; t < windows.first.length; t++) {
      const edges = edgesOf(windows, t);
      const extended = extend(windows, t, from, to, edges, extendOptions);
      if (!extended) continue;
      const value =
        isMixed(windows) && hasHistogram(windows, extended)
          ? ofHistograms(windows, { ...extended, ...edges, isSmoothed }, note)
          : measure(windows, extended, edges);
      if (value === undefined) continue;
      present[base + t] = 1;
      if (typeof value === 'number') values[base + t] = value;
      else histograms[base + t] = value;
    }
  };
}

function hasHistogram({ histograms }: MixedWindows, { from, to }: Extended): boolean {
  for (let i = from; i <= to; i++) if (histograms.has(i)) return true;
  return false;
}

/** The samples of the one window that an instant query of such a range answers: those inside, and one at each edge. */
export function samplesWithEdges(
  windows: Windows,
  from: number,
  to: number,
  boundary: Boundary,
  lookbackMs: number,
): readonly (readonly [timeMs: number, value: number])[] {
  if (windows.histograms)
    throw promqlError('promql.execution', `histograms cannot be shown with ${boundary} edges: put the range into rate or another function`);
  fillWindows(windows, from, to);
  const edges = edgesOf(windows, 0);
  const extended = extend(windows, 0, from, to, edges, { boundary, lookbackMs, isCounter: false });
  if (!extended) return [];
  const inner = innerSamples(windows, extended, edges).map(
    (i) => [windows.timestampsMs[i] as number, windows.values[i] as number] as const,
  );
  return [[edges.startMs, extended.left], ...inner, [edges.endMs, extended.right]];
}

function edgesOf({ edgeMs, rangeMs }: Windows, t: number): Edges {
  const endMs = edgeMs[t] as number;
  return { startMs: endMs - rangeMs, endMs };
}

interface ExtendOptions {
  readonly boundary: Boundary;
  readonly lookbackMs: number;
  readonly isCounter: boolean;
}

function extend(
  windows: Windows,
  t: number,
  from: number,
  to: number,
  { startMs, endMs }: Edges,
  { boundary, lookbackMs, isCounter }: ExtendOptions,
): Extended | undefined {
  const { timestampsMs: times, values, first, end } = windows;
  const isSmoothed = boundary === 'smoothed';
  let low = first[t] as number;
  let high = (end[t] as number) - 1;
  const hasBefore = low > from && (times[low - 1] as number) > startMs - lookbackMs;
  const isAtEnd = high >= low && times[high] === endMs;
  const hasAfter = isSmoothed && !isAtEnd && high + 1 < to && (times[high + 1] as number) <= endMs + lookbackMs;
  // Nothing inside will do only where there is a line through the window.
  if (high < low && !(hasBefore && hasAfter)) return undefined;
  if (hasBefore) low--;
  if (hasAfter) high++;
  const line = (a: number, b: number, atMs: number, isLeft: boolean) => interpolate(times, values, a, b, atMs, isCounter, isLeft);
  const isBefore = (times[low] as number) < startMs;
  const left = isSmoothed && isBefore && low < high ? line(low, low + 1, startMs, true) : (values[low] as number);
  const right = hasAfter && low < high ? line(high - 1, high, endMs, false) : (values[high] as number);
  return { from: low, to: high, left, right };
}

/** The value at a time between two samples. A counter that was reset in between began again from zero. */
function interpolate(
  times: Float64Array,
  values: Float64Array,
  a: number,
  b: number,
  atMs: number,
  isCounter: boolean,
  isLeft: boolean,
): number {
  let before = values[a] as number;
  let after = values[b] as number;
  if (isCounter && after < before) {
    if (isLeft) before = 0;
    else after += before;
  }
  const [aMs, bMs] = [times[a] as number, times[b] as number];
  return before + ((after - before) * (atMs - aMs)) / (bMs - aMs);
}

/** The samples between the edges. */
function innerSamples({ timestampsMs }: Windows, { from, to }: Extended, { startMs, endMs }: Edges): number[] {
  const inner: number[] = [];
  for (let i = from; i <= to; i++) if ((timestampsMs[i] as number) > startMs && (timestampsMs[i] as number) < endMs) inner.push(i);
  return inner;
}

/** By how much a counter grew, what it lost at resets between the edges added. */
function increaseOf(windows: Windows, extended: Extended, edges: Edges): number {
  let sum = extended.right - extended.left;
  let before = extended.left;
  for (const value of [...innerSamples(windows, extended, edges).map((i) => windows.values[i] as number), extended.right]) {
    if (value < before) sum += before;
    before = value;
  }
  return sum;
}

function countSteps(windows: Windows, extended: Extended, edges: Edges, counts: (before: number, value: number) => boolean): number {
  let count = 0;
  let before = extended.left;
  for (const value of [...innerSamples(windows, extended, edges).map((i) => windows.values[i] as number), extended.right]) {
    if (counts(before, value)) count++;
    before = value;
  }
  return count;
}

function areNaN(a: number, b: number): boolean {
  return Number.isNaN(a) && Number.isNaN(b);
}

/** The rows of a function of a range with such edges. */
export function boundaryRows(call: Call, range: MatrixSelector, boundary: Boundary, context: CallContext): Rows {
  const { columns, windows } = context.range(range);
  const { labels, offsets, nameDropped } = columns;
  const steps = context.timesMs.length;
  context.reserve(labels.length * steps);
  const values = new Float64Array(labels.length * steps);
  const present = new Uint8Array(values.length);
  const histograms = new Array<FloatHistogram | undefined>(windows.histograms ? values.length : 0).fill(undefined);
  const evaluate = boundaryKernel(call.fn.name, boundary, windows, context.options.lookbackMs);
  for (const [series, { metricName }] of labels.entries()) {
    context.checkpoint();
    const note = (about: RangeNote) => annotateRange(about, metricName, range.start, context.annotations);
    const cells = { values, present, histograms, base: series * steps };
    evaluate(offsets[series] as number, offsets[series + 1] as number, cells, note);
  }
  return withHistograms({ steps, labels, values, present, nameDropped }, histograms);
}
