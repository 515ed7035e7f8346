// How the samples of a window are spread: variance, quantile, median absolute deviation.
import { quantileOf } from '../../vector/quantile.ts';
import type { Rows } from '../../vector/rows.ts';
import { quantileWarning } from '../engine/warnings.ts';
import { argOf, everyWindow, overRange, type VectorFunction } from './function.ts';
import { CompensatedSum } from './kahan.ts';

export const SPREAD_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  stddev_over_time: overFloats((values, from, to) => Math.sqrt(varianceOf(values, from, to))),
  stdvar_over_time: overFloats(varianceOf),
  quantile_over_time: quantileOverTime,
  mad_over_time: overFloats(medianAbsoluteDeviation),
};

function overFloats(spread: (values: Float64Array, from: number, to: number, t: number) => number): VectorFunction {
  return overRange({
    kernel: everyWindow(1, ({ values }, from, to, t) => spread(values, from, to, t)),
    histograms: 'ignored',
  });
}

function quantileOverTime(...[call, context]: Parameters<VectorFunction>): ReturnType<VectorFunction> {
  const phi = context.scalar(argOf(call, 0));
  const rows = overFloats((values, from, to, t) => quantileOf(phi[t] as number, values.slice(from, to)))(call, context);
  quantileWarning(
    phi.filter((_, t) => isAnswered(rows, t)),
    argOf(call, 0),
    context.annotations,
  );
  return rows;
}

function isAnswered({ labels, present, steps }: Rows, step: number): boolean {
  return labels.some((_, row) => present[row * steps + step] === 1);
}

/** Welford's population variance with compensated sums. */
function varianceOf(values: Float64Array, from: number, to: number): number {
  const mean = new CompensatedSum();
  const squares = new CompensatedSum();
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    const delta = value - mean.total;
    mean.add(delta / (i - from + 1));
    squares.add(delta * (value - mean.total));
  }
  return squares.total / (to - from);
}

function medianAbsoluteDeviation(values: Float64Array, from: number, to: number): number {
  const window = values.slice(from, to);
  // NaN is the smallest of all to a quantile, and would not show.
  if (window.some(Number.isNaN)) return Number.NaN;
  const median = quantileOf(0.5, window);
  return quantileOf(
    0.5,
    window.map((value) => Math.abs(value - median)),
  );
}
