// Sums and averages of the histograms in a window. Floats among them leave it without a value.
import type { FloatHistogram } from '../../model/histogram.ts';
import { HistogramSum } from '../../model/histogram-sum.ts';
import type { WindowEvaluator } from './range-histograms.ts';

export const histogramSum: WindowEvaluator = (...window) => sumOfWindow(...window)?.result();
export const histogramMean: WindowEvaluator = (...window) => sumOfWindow(...window)?.mean();

function sumOfWindow(...[{ histograms }, from, to, , note]: Parameters<WindowEvaluator>): HistogramSum | undefined {
  let sum: HistogramSum | undefined;
  for (let i = from; i < to; i++)
    if (!histograms.has(i)) {
      note('mixed');
      return undefined;
    }
  for (let i = from; i < to; i++) {
    const histogram = histograms.at(i) as FloatHistogram;
    if (!sum) sum = new HistogramSum(histogram);
    else if (!sum.add(histogram)) {
      note('mixed_schemas');
      return undefined;
    }
  }
  if (sum?.boundsReconciled) note({ kind: 'bounds_reconciled', operation: 'aggregation' });
  if (sum?.counterResetCollision) note({ kind: 'reset_collision', operation: 'aggregation' });
  return sum;
}
