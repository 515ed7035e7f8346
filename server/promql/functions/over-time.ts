// Folds of a window: sum, avg, min, max, count, last, present and the times of extremes.
import { samplesWithin, type Windows } from '../engine/windows.ts';
import { everyWindow, overRange, type VectorFunction } from './function.ts';
import { CompensatedSum } from './kahan.ts';
import { histogramMean, histogramSum } from './sum-histograms.ts';

export const OVER_TIME_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  sum_over_time: overRange({ kernel: everyWindow(1, ({ values }, from, to) => sumOf(values, from, to)), histograms: histogramSum }),
  avg_over_time: overRange({
    kernel: everyWindow(1, ({ values }, from, to) => averageOf(values, from, to)),
    histograms: histogramMean,
  }),
  min_over_time: overFloats(({ values }, from, to) => values[indexOfMin(values, from, to)] as number),
  max_over_time: overFloats(({ values }, from, to) => values[indexOfMax(values, from, to)] as number),
  count_over_time: overSamples((windows, from, to) => samplesWithin(windows, from, to - 1)),
  present_over_time: overSamples(() => 1),
  last_over_time: overRange(
    {
      kernel: everyWindow(1, ({ values }, _, to) => values[to - 1] as number),
      histograms: ({ values, histograms }, _, to) => histograms.at(to - 1) ?? (values[to - 1] as number),
    },
    true,
  ),
  first_over_time: overRange(
    {
      kernel: everyWindow(1, ({ values }, from) => values[from] as number),
      histograms: ({ values, histograms }, from) => histograms.at(from) ?? (values[from] as number),
    },
    true,
  ),
  integral: overRange({ kernel: everyWindow(2, areaBelow), histograms: 'ignored' }),
  ts_of_first_over_time: overSamples((windows, from) => secondsAt(windows, from)),
  ts_of_last_over_time: overSamples((windows, _, to) => secondsAt(windows, to - 1)),
  ts_of_min_over_time: overFloats((windows, from, to) => secondsAt(windows, lastMin(windows.values, from, to))),
  ts_of_max_over_time: overFloats((windows, from, to) => secondsAt(windows, lastMax(windows.values, from, to))),
};

type Fold = (windows: Windows, from: number, to: number) => number;

/** A function of the floats in a window. */
function overFloats(fold: Fold): VectorFunction {
  return overRange({ kernel: everyWindow(1, fold), histograms: 'ignored' });
}

/** A function of how many samples there are and when, not of their values. */
function overSamples(fold: Fold): VectorFunction {
  return overRange({ kernel: everyWindow(1, fold), histograms: 'counted' });
}

/** Sum with Neumaier's compensation; an infinite sum loses nothing. */
function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    const next = sum + value;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) lost = 0;
    else if (Math.abs(sum) >= Math.abs(value)) lost += sum - next + value;
    else lost += value - next + sum;
    sum = next;
  }
  return isInfinite(sum) ? sum : sum + lost;
}

/** Compensated mean; once the sum would overflow, an incremental mean from there on. */
function averageOf(values: Float64Array, from: number, to: number): number {
  let sum = values[from] as number;
  let lost = 0;
  for (let i = from + 1; i < to; i++) {
    const value = values[i] as number;
    const next = sum + value;
    if (isInfinite(next)) return incrementalAverage(values, i, to, sum / (i - from), lost / (i - from), i - from);
    if (Math.abs(sum) >= Math.abs(value)) lost += sum - next + value;
    else lost += value - next + sum;
    sum = next;
  }
  const count = to - from;
  return sum / count + lost / count;
}

function incrementalAverage(
  values: Float64Array,
  from: number,
  to: number,
  startMean: number,
  startLost: number,
  startCount: number,
): number {
  let mean = startMean;
  let lost = startLost;
  let count = startCount;
  for (let i = from; i < to; i++) {
    count++;
    const kept = (count - 1) / count;
    const value = (values[i] as number) / count;
    const before = mean * kept;
    const next = before + value;
    lost *= kept;
    if (isInfinite(next)) lost = 0;
    else if (Math.abs(before) >= Math.abs(value)) lost += before - next + value;
    else lost += value - next + before;
    mean = next;
  }
  return mean + lost;
}

/** The area below the lines between the samples, in units of the value times seconds. */
function areaBelow({ values, timestampsMs }: Windows, from: number, to: number): number {
  const area = new CompensatedSum();
  for (let i = from + 1; i < to; i++) {
    const seconds = ((timestampsMs[i] as number) - (timestampsMs[i - 1] as number)) / 1000;
    area.add((((values[i - 1] as number) + (values[i] as number)) / 2) * seconds);
  }
  return area.total;
}

function indexOfMin(values: Float64Array, from: number, to: number): number {
  let best = from;
  for (let i = from + 1; i < to; i++) if ((values[i] as number) < (values[best] as number) || Number.isNaN(values[best])) best = i;
  return best;
}

function indexOfMax(values: Float64Array, from: number, to: number): number {
  let best = from;
  for (let i = from + 1; i < to; i++) if ((values[i] as number) > (values[best] as number) || Number.isNaN(values[best])) best = i;
  return best;
}

/** Of equal extremes the last one. */
function lastMin(values: Float64Array, from: number, to: number): number {
  let best = from;
  for (let i = from + 1; i < to; i++) if ((values[i] as number) <= (values[best] as number) || Number.isNaN(values[best])) best = i;
  return best;
}

function lastMax(values: Float64Array, from: number, to: number): number {
  let best = from;
  for (let i = from + 1; i < to; i++) if ((values[i] as number) >= (values[best] as number) || Number.isNaN(values[best])) best = i;
  return best;
}

function secondsAt({ timestampsMs }: Windows, i: number): number {
  return (timestampsMs[i] as number) / 1000;
}

function isInfinite(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}
