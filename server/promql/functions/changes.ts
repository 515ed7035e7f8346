import type { FloatHistogram } from '../../model/histogram.ts';
import { equalHistograms } from '../../model/histogram-compare.ts';
import { type Kernel, overRange, type VectorFunction } from './function.ts';
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

/** Windows only move forward and overlap: the pairs that a window has beyond the one before are counted, those it has lost are taken off. */
function countingPairs(counts: (before: number, now: number) => boolean): Kernel {
  const counted = (values: Float64Array, from: number, to: number) => {
    let count = 0;
    for (let i = from; i < to; i++) if (counts(values[i - 1] as number, values[i] as number)) count++;
    return count;
  };
  return ({ values, first, end }, out, present, base) => {
    let count = 0;
    // The pairs whose later samples are from … to-1.
    let [from, to] = [0, 0];
    for (let t = 0; t < first.length; t++) {
      const nextFrom = (first[t] as number) + 1;
      const nextTo = end[t] as number;
      if (nextFrom > nextTo) continue;
      if (nextFrom >= to) count = counted(values, nextFrom, nextTo);
      else count += counted(values, to, nextTo) - counted(values, from, nextFrom);
      [from, to] = [nextFrom, nextTo];
      present[base + t] = 1;
      out[base + t] = count;
    }
  };
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
