import { sortAsGo } from './go-sort.ts';

/**
 * The φ-quantile of `values` with linear interpolation between neighbours; NaN sorts first. Sorts `values` in place.
 * No values or φ = NaN answer NaN, φ < 0 answers -Inf, φ > 1 answers +Inf (Prometheus, `quantile`).
 */
export function quantileOf(phi: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  sortNanFirst(values);
  const rank = phi * (values.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - lower;
  return (values[lower] as number) * (1 - weight) + (values[upper] as number) * weight;
}

/** A typed array sorts NaN last; rotate it to the front. It tells -0 from 0, which Go does not. */
function sortNanFirst(values: Float64Array): void {
  if (values.some((value) => Object.is(value, -0))) {
    values.set(sortAsGo([...values], (a, b) => Number.isNaN(a) || a < b));
    return;
  }
  values.sort();
  let numbers = values.length;
  while (numbers > 0 && Number.isNaN(values[numbers - 1])) numbers--;
  if (numbers === values.length) return;
  values.copyWithin(values.length - numbers, 0, numbers);
  values.fill(Number.NaN, 0, values.length - numbers);
}
