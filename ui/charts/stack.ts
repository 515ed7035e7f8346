// Stacks: each series is drawn on top of the sum of those before it, in its own group; positive and negative values pile up apart.
import type { ChartSeries } from './chart-series.ts';

/** Values to draw, and pairs [series, the one below it] whose space between is filled. */
export interface StackedData {
  readonly values: readonly (readonly (number | null | undefined)[])[];
  readonly bands: readonly (readonly [number, number])[];
}

/** `isShown[i]` false leaves series i out of its stack. */
export function stackSeries(series: readonly ChartSeries[], isShown: readonly boolean[], length: number): StackedData {
  const bands: [number, number][] = [];
  const totals = percentTotals(series, isShown, length);
  const sums = new Map<string, { values: Float64Array; below: number }>();
  const values = series.map((one, index) => {
    const drawn = drawable(one);
    const { mode, group } = one.style.stack;
    if (mode === 'none' || isShown[index] === false) return drawn;
    const key = stackKey(one, group, drawn);
    const total = totals.get(group);
    const sum = sums.get(key) ?? { values: new Float64Array(length), below: -1 };
    const piled = drawn.map((value, at) => {
      const part = mode === 'percent' ? share(value, total?.[at] ?? 0) : value;
      sum.values[at] = (sum.values[at] ?? 0) + (part ?? 0);
      return value === null || value === undefined ? value : (sum.values[at] ?? null);
    });
    if (sum.below >= 0) bands.push([index, sum.below]);
    sums.set(key, { values: sum.values, below: index });
    return piled;
  });
  return { values, bands };
}

/** Canvas cannot draw NaN and infinities: they are gaps. */
function drawable({ values, style }: ChartSeries): (number | null | undefined)[] {
  const sign = style.negate ? -1 : 1;
  return values.map((value) => (typeof value !== 'number' ? value : Number.isFinite(value) ? sign * value : null));
}

function stackKey({ style }: ChartSeries, group: string, values: readonly (number | null | undefined)[]): string {
  const isNegative =
    values.some((value) => typeof value === 'number' && value < 0) && !values.some((value) => typeof value === 'number' && value > 0);
  return `${group} ${style.axis} ${isNegative ? '-' : '+'}`;
}

function percentTotals(series: readonly ChartSeries[], isShown: readonly boolean[], length: number): Map<string, Float64Array> {
  const totals = new Map<string, Float64Array>();
  series.forEach((one, index) => {
    const { mode, group } = one.style.stack;
    if (mode !== 'percent' || isShown[index] === false) return;
    const total = totals.get(group) ?? new Float64Array(length);
    drawable(one).forEach((value, at) => {
      total[at] = (total[at] ?? 0) + Math.abs(value ?? 0);
    });
    totals.set(group, total);
  });
  return totals;
}

function share(value: number | null | undefined, total: number): number | null | undefined {
  return typeof value !== 'number' ? value : total === 0 ? 0 : value / total;
}
