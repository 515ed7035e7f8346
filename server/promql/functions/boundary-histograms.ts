// Histograms in ranges whose edges are not left to extrapolation: as with floats, but bucket by bucket.
import type { FloatHistogram } from '../../model/histogram.ts';
import { divideHistogram, emptyLike, scaleHistogram, withHint } from '../../model/histogram-arithmetic.ts';
import { equalHistograms, isCounterReset } from '../../model/histogram-compare.ts';
import { HistogramSum } from '../../model/histogram-sum.ts';
import type { MixedWindows, TakeRangeNote } from './range-histograms.ts';

/** The samples from … to, both included, of which the outer ones may lie beyond the edges. */
export interface EdgedSamples {
  readonly from: number;
  readonly to: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Whether at the edges stands what lies between the samples around them. */
  readonly isSmoothed: boolean;
}

/** What a function makes of samples of which some are histograms; undefined for nothing. */
export type EdgedEvaluator = (windows: MixedWindows, samples: EdgedSamples, note: TakeRangeNote) => number | FloatHistogram | undefined;

/** How each function that can have such ranges evaluates histograms. */
export const EDGED_EVALUATORS: Readonly<Record<string, EdgedEvaluator>> = {
  rate: (windows, samples, note) => {
    const change = changeOf(windows, samples, true, note);
    return change && divideHistogram(change, (samples.endMs - samples.startMs) / 1000);
  },
  increase: (windows, samples, note) => changeOf(windows, samples, true, note),
  delta: (windows, samples, note) => changeOf(windows, samples, false, note),
  changes: countPairs(
    (before, value) => value !== before && !(Number.isNaN(before) && Number.isNaN(value)),
    (before, value) => !equalHistograms(before, value),
  ),
  resets: countPairs((before, value) => value < before, isReset),
};

/** What lies between two histograms at a part of the way from one to the other; undefined where they do not add up. */
export function between(before: FloatHistogram, after: FloatHistogram, part: number): FloatHistogram | undefined {
  const sum = new HistogramSum(scaleHistogram(before, 1 - part));
  return sum.add(after, part) ? sum.result() : undefined;
}

/** The last less the first histogram, for a counter with what was lost at resets between the edges. */
function changeOf(windows: MixedWindows, samples: EdgedSamples, isCounter: boolean, note: TakeRangeNote): FloatHistogram | undefined {
  const histograms = allHistograms(windows, samples);
  if (!histograms) {
    note('mixed');
    return undefined;
  }
  const isGauge = ({ hint }: FloatHistogram) => hint === 'gauge';
  if (isCounter ? histograms.some(isGauge) : !histograms.every(isGauge)) note(isCounter ? 'not_counter' : 'not_gauge');
  const points = pointsOf(windows, samples, histograms, isCounter);
  const [left, right] = [points?.[0], points?.at(-1)];
  const sum = right && new HistogramSum(right);
  if (!points || !left || !sum?.add(left, -1)) {
    note('mixed_schemas');
    return undefined;
  }
  for (const [i, before] of points.slice(0, -1).entries())
    if (isCounter && isReset(before, points[i + 1] as FloatHistogram)) sum.add(before);
  if (sum.boundsReconciled) note({ kind: 'bounds_reconciled', operation: 'subtraction' });
  return withHint(sum.result(), 'gauge');
}

function allHistograms({ histograms }: MixedWindows, { from, to }: EdgedSamples): FloatHistogram[] | undefined {
  const all = Array.from({ length: to - from + 1 }, (_, i) => histograms.at(from + i));
  return all.every((each) => each !== undefined) ? all : undefined;
}

/** The histograms at the edges and between them; undefined where they do not add up. */
function pointsOf(
  { timestampsMs }: MixedWindows,
  { from, to, startMs, endMs, isSmoothed }: EdgedSamples,
  histograms: readonly FloatHistogram[],
  isCounter: boolean,
): FloatHistogram[] | undefined {
  const at = (sample: number) => histograms[sample - from] as FloatHistogram;
  const timeOf = (sample: number) => timestampsMs[sample] as number;
  const partAt = (a: number, timeMs: number) => (timeMs - timeOf(a)) / (timeOf(a + 1) - timeOf(a));
  const isBroken = (a: number) => isCounter && isReset(at(a), at(a + 1));
  let left: FloatHistogram | undefined = at(from);
  let right: FloatHistogram | undefined = at(to);
  if (isSmoothed && from < to && timeOf(from) < startMs)
    left = between(isBroken(from) ? emptyLike(at(from + 1)) : at(from), at(from + 1), partAt(from, startMs));
  if (isSmoothed && from < to && timeOf(to) > endMs) {
    const grown = isBroken(to - 1) ? totalOf(at(to - 1), at(to)) : at(to);
    right = grown && between(at(to - 1), grown, partAt(to - 1, endMs));
  }
  const inner = histograms.filter((_, i) => timeOf(from + i) > startMs && timeOf(from + i) < endMs);
  return left && right && [left, ...inner, right];
}

function totalOf(a: FloatHistogram, b: FloatHistogram): FloatHistogram | undefined {
  const sum = new HistogramSum(a);
  return sum.add(b) ? sum.result() : undefined;
}

/** Hints tell about the sample before in storage, which may be another one. */
function isReset(before: FloatHistogram, value: FloatHistogram): boolean {
  return isCounterReset(before, withHint(value, 'unknown'));
}

/** A change from float to histogram or back always counts. */
function countPairs(
  floats: (before: number, value: number) => boolean,
  histograms: (before: FloatHistogram, value: FloatHistogram) => boolean,
): EdgedEvaluator {
  return (windows, { from, to }) => {
    let count = 0;
    for (let i = from + 1; i <= to; i++) {
      const [before, value] = [windows.histograms.at(i - 1), windows.histograms.at(i)];
      if (
        before && value
          ? histograms(before, value)
          : before || value || floats(windows.values[i - 1] as number, windows.values[i] as number)
      )
        count++;
    }
    return count;
  };
}
