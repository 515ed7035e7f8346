import { formatFixed6 } from '../../model/go-number.ts';
import { promqlError } from '../errors.ts';
import { argOf, everyWindow, overRange, type VectorFunction } from './function.ts';

export const SMOOTHING_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  double_exponential_smoothing: overRange((call, context) => {
    const smoothing = context.scalar(argOf(call, 1));
    const trend = context.scalar(argOf(call, 2));
    const kernel = everyWindow(2, ({ values }, from, to, t) => {
      const sf = inUnitInterval(smoothing[t] as number, 'smoothing factor', 'sf');
      const tf = inUnitInterval(trend[t] as number, 'trend factor', 'tf');
      return smooth(values, from, to, sf, tf);
    });
    return { kernel, histograms: 'ignored' };
  }),
};

function inUnitInterval(factor: number, what: string, name: string): number {
  if (factor > 0 && factor < 1) return factor;
  throw promqlError('promql.execution', `invalid ${what}. Expected: 0 < ${name} < 1, got: ${formatFixed6(factor)}`);
}

/** Holt's linear method: the smoothed value of the window's last sample. */
function smooth(values: Float64Array, from: number, to: number, sf: number, tf: number): number {
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
