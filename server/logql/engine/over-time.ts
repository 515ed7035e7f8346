// What the unwrapped values within a window are reduced to; definitions are those of Loki's documentation.
import { quantileOf } from '../../vector/quantile.ts';
import type { RangeOp } from '../parse/ast.ts';

/** Values `from` … `to` - 1 of a series by time; times are nanoseconds. */
export interface WindowView {
  readonly timesNs: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
  /** The window is (endNs - rangeNs, endNs]. */
  readonly endNs: number;
  readonly rangeNs: number;
}

export type Reduction = (view: WindowView) => number;

/** The reduction of an operation on unwrapped values; `param` is the quantile. */
export function reductionOf(op: RangeOp, param = Number.NaN): Reduction {
  switch (op) {
    case 'rate':
      return (view) => sum(view) / (view.rangeNs / 1e9);
    case 'rate_counter':
      return rateOfCounter;
    case 'sum_over_time':
      return sum;
    case 'avg_over_time':
      return average;
    case 'min_over_time':
      return (view) => extreme(view, (value, best) => value < best);
    case 'max_over_time':
      return (view) => extreme(view, (value, best) => value > best);
    case 'stdvar_over_time':
      return variance;
    case 'stddev_over_time':
      return (view) => Math.sqrt(variance(view));
    case 'quantile_over_time':
      return ({ values, from, to }) => quantileOf(param, values.slice(from, to));
    case 'first_over_time':
      return ({ values, from }) => values[from] as number;
    case 'last_over_time':
      return ({ values, to }) => values[to - 1] as number;
    default:
      return ({ from, to }) => to - from;
  }
}

function sum({ values, from, to }: WindowView): number {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i] as number;
  return total;
}

/** An incremental mean: it cannot overflow where the mean itself does not. */
function average({ values, from, to }: WindowView): number {
  let mean = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(mean) && (mean === value || (Number.isFinite(value) && !Number.isNaN(mean)))) continue;
    mean += value / (i - from + 1) - mean / (i - from + 1);
  }
  return mean;
}

function extreme({ values, from, to }: WindowView, isBetter: (value: number, best: number) => boolean): number {
  let best = values[from] as number;
  for (let i = from + 1; i < to; i++) {
    const value = values[i] as number;
    if (isBetter(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}

/** Welford's variance of the whole population. */
function variance({ values, from, to }: WindowView): number {
  let mean = 0;
  let squares = 0;
  for (let i = from; i < to; i++) {
    const delta = (values[i] as number) - mean;
    mean += delta / (i - from + 1);
    squares += delta * ((values[i] as number) - mean);
  }
  return squares / (to - from);
}

/** The per-second increase of a counter with resets, extrapolated to the edges of the window; 0 for fewer than two values. */
function rateOfCounter({ timesNs, values, from, to, endNs, rangeNs }: WindowView): number {
  if (to - from < 2) return 0;
  const first = values[from] as number;
  let increase = (values[to - 1] as number) - first;
  for (let i = from + 1; i < to; i++) if ((values[i] as number) < (values[i - 1] as number)) increase += values[i - 1] as number;
  const firstNs = timesNs[from] as number;
  const lastNs = timesNs[to - 1] as number;
  const sampledNs = lastNs - firstNs;
  const meanGapNs = sampledNs / (to - from - 1);
  let toStartNs = firstNs - (endNs - rangeNs);
  const toEndNs = endNs - lastNs;
  // A counter was not below zero before its first value.
  if (increase > 0 && first >= 0) toStartNs = Math.min(toStartNs, sampledNs * (first / increase));
  const threshold = meanGapNs * 1.1;
  const extrapolatedNs = sampledNs + (toStartNs < threshold ? toStartNs : meanGapNs / 2) + (toEndNs < threshold ? toEndNs : meanGapNs / 2);
  return (increase * (extrapolatedNs / sampledNs)) / (rangeNs / 1e9);
}
