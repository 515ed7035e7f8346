import type { FloatHistogram } from '../../model/histogram.ts';
import { equalHistograms } from '../../model/histogram-compare.ts';
import { everyWindow, overRange, type VectorFunction } from './function.ts';
import type { WindowEvaluator } from './range-histograms.ts';
import { ResetMemory } from './reset-memory.ts';

const CHANGES = countingPairs(hasChanged);
const FALLS = countingPairs(hasFallen);

export const CHANGES_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  changes: overRange(() => ({
    kernel: CHANGES,
    histograms: countingMixedPairs(hasChanged, () => (histograms, i) => !equalHistograms(histograms(i - 1), histograms(i))),
  })),
  resets: overRange(() => ({
    kernel: FALLS,
    histograms: countingMixedPairs(hasFallen, () => {
      const memory = new ResetMemory();
      return (histograms, i) => memory.isReset(i, histograms);
    }),
  })),
};

function hasChanged(before: number, now: number): boolean {
  return now !== before && !(Number.isNaN(now) && Number.isNaN(before));
}

function hasFallen(before: number, now: number): boolean {
  return now < before;
}

function countingPairs(counts: (before: number, now: number) => boolean) {
  return everyWindow(1, ({ values }, from, to) => {
    let count = 0;
    for (let i = from + 1; i < to; i++) if (counts(values[i - 1] as number, values[i] as number)) count++;
    return count;
  });
}

/** Whether the pair of histograms that ends with sample `i` counts. */
type CountsHistograms = (histograms: (sample: number) => FloatHistogram, i: number) => boolean;

/** A change from float to histogram or back always counts. */
function countingMixedPairs(counts: (before: number, now: number) => boolean, histogramsCount: () => CountsHistograms): WindowEvaluator {
  const pairCounts = histogramsCount();
  return ({ values, histograms }, from, to) => {
    const at = (sample: number) => histograms.at(sample) as FloatHistogram;
    let count = 0;
    for (let i = from + 1; i < to; i++) {
      const [wasHistogram, isHistogram] = [histograms.has(i - 1), histograms.has(i)];
      if (wasHistogram !== isHistogram) count++;
      else if (isHistogram ? pairCounts(at, i) : counts(values[i - 1] as number, values[i] as number)) count++;
    }
    return count;
  };
}
