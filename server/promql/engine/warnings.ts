import { formatG } from '../../model/go-number.ts';
import type { Expr } from '../parse/ast.ts';
import type { Annotations } from './annotations.ts';

/** Warns about every quantile outside 0 … 1. */
export function quantileWarning(phi: Float64Array, at: Expr, annotations: Annotations): void {
  for (const q of new Set(phi))
    if (!(q >= 0 && q <= 1)) annotations.warn(`quantile value should be between 0 and 1, got ${formatG(q)}`, at.start);
}

/** As `quantileWarning` for the parameter of an aggregation, of which upstream names only the extremes over all steps. */
export function extremeQuantileWarning(phi: Float64Array, at: Expr, annotations: Annotations): void {
  const { min, max } = extremesOf(phi);
  const named = [...(max > 1 ? [max] : []), ...(min < 0 ? [min] : []), ...(phi.some(Number.isNaN) ? [Number.NaN] : [])];
  quantileWarning(Float64Array.from(named), at, annotations);
}

/** Warns when a ratio of series to keep lies outside -1 … 1. */
export function ratioWarning(ratios: Float64Array, at: Expr, annotations: Annotations): void {
  const { min, max } = extremesOf(ratios);
  const warn = (ratio: number, capped: number) =>
    annotations.warn(`ratio value should be between -1 and 1, got ${formatG(ratio)}, capping to ${capped}`, at.start);
  if (max > 1) warn(max, 1);
  if (min < -1) warn(min, -1);
}

function extremesOf(values: Float64Array): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
