import { formatFixed6 } from '../../model/go-number.ts';
import { promqlError } from '../errors.ts';
import { argOf, everyWindow, type Kernel, overRange, type VectorFunction } from './function.ts';

export const SMOOTHING_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  double_exponential_smoothing: overRange((call, context) => {
    const smoothing = context.scalar(argOf(call, 1));
    const trend = context.scalar(argOf(call, 2));
    const factors = (t: number) => ({
      sf: inUnitInterval(smoothing[t] as number, 'smoothing factor', 'sf'),
      tf: inUnitInterval(trend[t] as number, 'trend factor', 'tf'),
    });
    const smoothWindows = everyWindow(2, ({ values }, from, to, t) => smooth(values, from, to, factors(t)));
    const kernel: Kernel = (windows, out, present, base) => {
      // Bad factors are refused where there is a sample, though one is not enough for an answer.
      for (const [t, from] of windows.first.entries()) if (from < (windows.end[t] as number)) factors(t);
      smoothWindows(windows, out, present, base);
    };
    return { kernel, histograms: 'ignored' };
  }),
};

function inUnitInterval(factor: number, what: string, name: string): number {
  // NaN passes, as it does upstream.
  if (!(factor <= 0 || factor >= 1)) return factor;
  throw promqlError('promql.execution', `invalid ${what}. Expected: 0 < ${name} < 1, got: ${formatFixed6(factor)}`);
}

/** Holt's linear method: the smoothed value of the window's last sample. */
function smooth(values: Float64Array, from: number, to: number, { sf, tf }: { readonly sf: number; readonly tf: number }): number {
  let before = 0;
  let level = values[from] as number;
  let slope = (values[from + 1] as number) - level;
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) slope = tf * (level - before) + (1 - tf) * slope;
    const next = sf * (values[i] as number) + (1 - sf) * (level + slope);
    before = level;
    level = next;
  }
  return level;
}
