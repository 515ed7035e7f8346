import type { FloatHistogram } from '../../model/histogram.ts';
import type { Labels } from '../../model/labels.ts';
import { finishNames, pickRows, type Rows, withoutEmptyRows } from '../../vector/rows.ts';
import { inExecution } from '../errors.ts';
import { type Boundary, samplesWithEdges } from '../functions/boundaries.ts';
import { type Expr, typeOf, unwrap } from '../parse/ast.ts';
import type { Matrix, QueryValue, RawMatrix, Vector } from '../query.ts';
import type { Columns } from './columns.ts';
import type { Evaluator } from './evaluate.ts';
import type { Grid } from './grid.ts';
import type { Windows } from './windows.ts';
import { fillWindows } from './windows.ts';

/** The value of an instant query. */
export function instantValue(expr: Expr, evaluator: Evaluator, timeMs: number): QueryValue {
  switch (typeOf(expr)) {
    case 'vector':
      return vectorOf(evaluator.vector(expr), timeMs);
    case 'scalar':
      return { type: 'scalar', timestampMs: timeMs, value: evaluator.scalar(expr)[0] as number };
    case 'string':
      return { type: 'string', timestampMs: timeMs, value: evaluator.text(expr) };
    case 'matrix': {
      const { columns, windows } = evaluator.range(expr);
      const node = unwrap(expr);
      const boundary = node.kind === 'range' ? node.selector.boundary : undefined;
      if (!boundary) return rawMatrix(columns, windowSpans(columns, windows));
      const edged = withEdges(columns, windows, boundary, evaluator.options.lookbackMs);
      return rawMatrix(edged, (i) => [edged.offsets[i] as number, edged.offsets[i + 1] as number]);
    }
  }
}

/** The value of a range query: series in the order of their labels. A scalar becomes a series without labels. */
export function rangeValue(expr: Expr, evaluator: Evaluator, grid: Grid, noLabels: Labels): Matrix {
  if (typeOf(expr) !== 'scalar') return matrixOf(evaluator.vector(expr), grid);
  const values = evaluator.scalar(expr);
  return matrixOf({ steps: grid.steps, labels: [noLabels], values, present: new Uint8Array(grid.steps).fill(1) }, grid);
}

/** Joins the results of consecutive parts of one grid, which `grid` spans. */
export function joinMatrices(parts: readonly Matrix[], grid: Grid): Matrix {
  const rowOf = new Map<string, number>();
  const labels: Labels[] = [];
  for (const part of parts)
    for (const series of part.labels) {
      if (rowOf.has(series.key())) continue;
      rowOf.set(series.key(), labels.length);
      labels.push(series);
    }
  const { steps } = grid;
  const values = new Float64Array(labels.length * steps);
  const present = new Uint8Array(values.length);
  const histograms = parts.some((part) => part.histograms)
    ? new Array<FloatHistogram | undefined>(values.length).fill(undefined)
    : undefined;
  let at = 0;
  for (const part of parts) {
    part.labels.forEach((series, row) => {
      const to = (rowOf.get(series.key()) as number) * steps + at;
      values.set(part.values.subarray(row * part.steps, (row + 1) * part.steps), to);
      present.set(part.present.subarray(row * part.steps, (row + 1) * part.steps), to);
      if (histograms && part.histograms) for (let t = 0; t < part.steps; t++) histograms[to + t] = part.histograms[row * part.steps + t];
    });
    at += part.steps;
  }
  return matrixOf({ steps, labels, values, present, histograms }, grid);
}

/** One matrix of several over the same grid, whose series follow each other. Without histograms. */
export function stackMatrices(matrices: readonly Matrix[]): Matrix {
  const cells = matrices.reduce((sum, { values }) => sum + values.length, 0);
  const values = new Float64Array(cells);
  const present = new Uint8Array(cells);
  let at = 0;
  for (const matrix of matrices) {
    values.set(matrix.values, at);
    present.set(matrix.present, at);
    at += matrix.values.length;
  }
  return { ...(matrices[0] as Matrix), labels: matrices.flatMap(({ labels }) => labels), values, present };
}

function vectorOf(rows: Rows, timestampMs: number): Vector {
  const { labels, values, histograms } = inExecution(() => finishNames(withoutEmptyRows(rows)));
  return { type: 'vector', timestampMs, labels, values, ...(histograms && { histograms }) };
}

function matrixOf(rows: Rows, { startMs, stepMs, steps }: Grid): Matrix {
  const filled = inExecution(() => finishNames(withoutEmptyRows(rows)));
  const order = Array.from(filled.labels.keys()).sort((a, b) => (filled.labels[a] as Labels).compare(filled.labels[b] as Labels));
  const isSorted = order.every((row, i) => row === i);
  const { labels, values, present, histograms } = isSorted ? filled : pickRows(filled, order);
  return { type: 'matrix', startMs, stepMs, steps, labels, values, present, ...(histograms && { histograms }) };
}

/** The samples of the window with one at each of its edges, as if there were no others. */
function withEdges(columns: Columns, windows: Windows, boundary: Boundary, lookbackMs: number): Columns {
  const samples = columns.labels.map((_, i) =>
    samplesWithEdges(windows, columns.offsets[i] as number, columns.offsets[i + 1] as number, boundary, lookbackMs),
  );
  const offsets = new Uint32Array(samples.length + 1);
  samples.forEach((each, i) => {
    offsets[i + 1] = (offsets[i] as number) + each.length;
  });
  const all = samples.flat();
  const timestampsMs = Float64Array.from(all, ([timeMs]) => timeMs);
  return { ...columns, offsets, timestampsMs, values: Float64Array.from(all, ([, value]) => value) };
}

/** From which sample to before which a series is shown. */
type SpanOf = (series: number) => readonly [from: number, to: number];

/** The one window of each series. */
function windowSpans({ offsets }: Columns, windows: Windows): SpanOf {
  return (series) => {
    fillWindows(windows, offsets[series] as number, offsets[series + 1] as number);
    return [windows.first[0] as number, windows.end[0] as number];
  };
}

/** The samples of each series that are shown. */
function rawMatrix(columns: Columns, spanOf: SpanOf): RawMatrix {
  const all = columns.labels
    .map((labels, i) => {
      const [from, to] = spanOf(i);
      return { labels, from, to, nameDropped: columns.nameDropped?.[i] ?? 0 };
    })
    .filter(({ from, to }) => to > from);
  const nameDropped = Uint8Array.from(all, (each) => each.nameDropped);
  const { labels } = inExecution(() => finishNames({ labels: all.map((each) => each.labels), nameDropped }));
  const found = all.map(({ from, to }, i) => ({ labels: labels[i] as Labels, from, to })).sort((a, b) => a.labels.compare(b.labels));
  const offsets = new Uint32Array(found.length + 1);
  found.forEach(({ from, to }, i) => {
    offsets[i + 1] = (offsets[i] as number) + to - from;
  });
  const timestampsMs = new Float64Array(offsets[found.length] as number);
  const values = new Float64Array(timestampsMs.length);
  const histograms: (FloatHistogram | undefined)[] = [];
  found.forEach(({ from, to }, i) => {
    timestampsMs.set(columns.timestampsMs.subarray(from, to), offsets[i] as number);
    values.set(columns.values.subarray(from, to), offsets[i] as number);
    if (columns.histograms) for (let sample = from; sample < to; sample++) histograms.push(columns.histograms.at(sample));
  });
  const raw = { type: 'raw', labels: found.map(({ labels }) => labels), offsets, timestampsMs, values } as const;
  return histograms.some((histogram) => histogram) ? { ...raw, histograms } : raw;
}
