// Simple linear regression over a window (least squares, compensated sums).
import { argOf, everyWindow, overRange, type VectorFunction } from './function.ts';
import { CompensatedSum } from './kahan.ts';

export const REGRESSION_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  deriv: overRange({
    kernel: everyWindow(
      2,
      ({ timestampsMs, values }, from, to) => regress(timestampsMs, values, from, to, timestampsMs[from] as number).slope,
    ),
    histograms: 'ignored',
  }),
  predict_linear: overRange((call, context) => {
    const seconds = context.scalar(argOf(call, 1));
    const kernel = everyWindow(2, ({ timestampsMs, values, timeMs }, from, to, t) => {
      const { slope, intercept } = regress(timestampsMs, values, from, to, timeMs[t] as number);
      return slope * (seconds[t] as number) + intercept;
    });
    return { kernel, histograms: 'ignored' };
  }),
};

/** Slope per second, and the value of the line at `originMs`. */
function regress(
  times: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  originMs: number,
): { slope: number; intercept: number } {
  const initial = values[from] as number;
  let isConstant = true;
  const sumX = new CompensatedSum();
  const sumY = new CompensatedSum();
  const sumXY = new CompensatedSum();
  const sumXX = new CompensatedSum();
  for (let i = from; i < to; i++) {
    const x = ((times[i] as number) - originMs) / 1000;
    const y = values[i] as number;
    if (i > from && y !== initial) isConstant = false;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumXX.add(x * x);
  }
  if (isConstant) {
    const isInfinite = Math.abs(initial) === Number.POSITIVE_INFINITY;
    return isInfinite ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: initial };
  }
  const n = to - from;
  const x = sumX.total;
  const y = sumY.total;
  const slope = (sumXY.total - (x * y) / n) / (sumXX.total - (x * x) / n);
  return { slope, intercept: y / n - (slope * x) / n };
}
