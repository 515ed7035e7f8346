// How histograms change over a window: bucket by bucket, with what was lost at resets added.
import type { FloatHistogram } from '../../model/histogram.ts';
import { divideHistogram, scaleHistogram, subtractHistograms, withHint } from '../../model/histogram-arithmetic.ts';
import { hasCustomBuckets } from '../../model/histogram-buckets.ts';
import { HistogramSum } from '../../model/histogram-sum.ts';
import type { Windows } from '../engine/windows.ts';
import type { MixedWindows, TakeRangeNote, WindowEvaluator } from './range-histograms.ts';
import { ResetMemory } from './reset-memory.ts';

/** The factor that extrapolates `change`, of a counter that begins the window at `value`, to the window of step `t`. */
export type Extrapolation = (windows: Windows, t: number, value: number, change: number) => number;

/** rate, increase and delta of histograms. */
export function extrapolatedHistograms(isCounter: boolean, factorOf: Extrapolation): WindowEvaluator {
  const memory = new ResetMemory();
  return (windows, from, to, t, note) => {
    const samples = samplesOf(windows, from, to, note);
    if (!samples || samples.length < 2) return undefined;
    const change = changeOf(samples, from, isCounter, memory, note);
    if (!change) return undefined;
    const factor = factorOf(windows, t, (samples[0] as FloatHistogram).count, change.count);
    return withHint(scaleHistogram(change, factor), 'gauge');
  };
}

/** irate and idelta: they look at the last two samples only, which may be floats while others in the window are not. */
export function lastTwoHistograms(isRate: boolean): WindowEvaluator {
  const memory = new ResetMemory();
  return (windows, from, to, _, note) => {
    if (to - from < 2) return undefined;
    const { timestampsMs, values, histograms } = windows;
    const [before, last] = [histograms.at(to - 2), histograms.at(to - 1)];
    const seconds = ((timestampsMs[to - 1] as number) - (timestampsMs[to - 2] as number)) / 1000;
    if (!before && !last) return lastTwoFloats(values[to - 2] as number, values[to - 1] as number, seconds, isRate);
    if (!before || !last) {
      note('mixed');
      return undefined;
    }
    if (isRate && (isGauge(before) || isGauge(last))) note('not_counter');
    if (!isRate && !(isGauge(before) && isGauge(last))) note('not_gauge');
    const isReset = isRate && memory.isReset(to - 1, (sample) => histograms.at(sample) as FloatHistogram);
    const change = isReset ? last : differenceOf(last, before, note);
    if (!change) return undefined;
    return withHint(isRate ? divideHistogram(change, seconds) : change, 'gauge');
  };
}

/** The change per second between two floats, or the change. */
export function lastTwoFloats(before: number, last: number, seconds: number, isRate: boolean): number {
  if (!isRate) return last - before;
  return (last < before ? last : last - before) / seconds;
}

/** All samples of the window, when all are histograms. */
function samplesOf({ histograms }: MixedWindows, from: number, to: number, note: TakeRangeNote): FloatHistogram[] | undefined {
  for (let i = from; i < to; i++)
    if (!histograms.has(i)) {
      note('mixed');
      return undefined;
    }
  return Array.from({ length: to - from }, (_, i) => histograms.at(from + i) as FloatHistogram);
}

/** The last less the first sample; sample 0 has the number `offset` among all. */
function changeOf(
  samples: readonly FloatHistogram[],
  offset: number,
  isCounter: boolean,
  memory: ResetMemory,
  note: TakeRangeNote,
): FloatHistogram | undefined {
  const [first, last] = [samples[0] as FloatHistogram, samples.at(-1) as FloatHistogram];
  const isReset = (i: number) => memory.isReset(offset + i, (sample) => samples[sample - offset] as FloatHistogram);
  // What a reset ends at once does not count, and its buckets may be of any kind.
  const isFirstGone = isCounter && isReset(1);
  const compared = isCounter ? samples.slice(isFirstGone ? 1 : 0) : [first, last];
  if (isCounter && samples.some(isGauge)) note('not_counter');
  if (compared.some((sample) => hasCustomBuckets(sample) !== hasCustomBuckets(last))) {
    note('mixed_schemas');
    return undefined;
  }
  if (!isCounter && !(isGauge(first) && isGauge(last))) note('not_gauge');
  const sum = new HistogramSum(last);
  if (!isFirstGone) sum.add(first, -1);
  if (sum.boundsReconciled) note({ kind: 'bounds_reconciled', operation: 'subtraction' });
  const wasReconciled = sum.boundsReconciled;
  if (isCounter) for (let i = 2; i < samples.length; i++) if (isReset(i)) sum.add(samples[i - 1] as FloatHistogram);
  if (sum.boundsReconciled && !wasReconciled) note({ kind: 'bounds_reconciled', operation: 'addition' });
  return sum.result();
}

function differenceOf(last: FloatHistogram, before: FloatHistogram, note: TakeRangeNote): FloatHistogram | undefined {
  const difference = subtractHistograms(last, before);
  if (difference.problem) {
    note('mixed_schemas');
    return undefined;
  }
  if (difference.boundsReconciled) note({ kind: 'bounds_reconciled', operation: 'subtraction' });
  return difference.histogram;
}

function isGauge({ hint }: FloatHistogram): boolean {
  return hint === 'gauge';
}
