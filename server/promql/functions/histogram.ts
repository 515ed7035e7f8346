// Functions of histograms: of native ones, each a sample, and of classic ones: series that differ only in `le`, each counting what
// is at most that bound.
import type { FloatHistogram } from '../../model/histogram.ts';
import { histogramFraction, histogramQuantile, histogramStddev, histogramStdvar } from '../../model/histogram-quantile.ts';
import { floatsOf, histogramsOf } from '../../vector/histogram-cells.ts';
import { dropNames, withoutEmptyRows } from '../../vector/rows.ts';
import { quantileWarning } from '../engine/warnings.ts';
import { bucketFraction, bucketQuantile } from './buckets.ts';
import { argOf, type VectorFunction } from './function.ts';
import { overHistograms } from './histograms-of-both-kinds.ts';

export const HISTOGRAM_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  histogram_quantile(call, context) {
    const phi = context.scalar(argOf(call, 0));
    const { annotations } = context;
    quantileWarning(phi, argOf(call, 0), annotations);
    return overHistograms(argOf(call, 1), context, {
      classic(buckets, t, name) {
        const { value, isForced } = bucketQuantile(phi[t] as number, buckets);
        if (isForced)
          annotations.info(
            `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name ${JSON.stringify(name)}`,
            argOf(call, 1).start,
          );
        return value;
      },
      native(histogram, t, name) {
        const { value, isSkewedByNaN, isNaNByNaN } = histogramQuantile(phi[t] as number, histogram);
        const tell = (effect: string) =>
          annotations.info(
            `input to histogram_quantile has NaN observations, result is ${effect} for metric name ${JSON.stringify(name)}`,
            argOf(call, 0).start,
          );
        if (isNaNByNaN) tell('NaN');
        if (isSkewedByNaN) tell('skewed higher');
        return value;
      },
    });
  },
  histogram_fraction(call, context) {
    const lower = context.scalar(argOf(call, 0));
    const upper = context.scalar(argOf(call, 1));
    return overHistograms(argOf(call, 2), context, {
      classic: (buckets, t) => bucketFraction(lower[t] as number, upper[t] as number, buckets),
      native(histogram, t, name) {
        const { value, hasNaN } = histogramFraction(lower[t] as number, upper[t] as number, histogram);
        if (hasNaN)
          context.annotations.info(
            `input to histogram_fraction has NaN observations, which are excluded from all fractions for metric name ${JSON.stringify(name)}`,
            argOf(call, 0).start,
          );
        return value;
      },
    });
  },
  histogram_avg: ofNative(({ sum, count }) => sum / count),
  histogram_count: ofNative(({ count }) => count),
  histogram_sum: ofNative(({ sum }) => sum),
  histogram_stddev: ofNative(histogramStddev),
  histogram_stdvar: ofNative(histogramStdvar),
};

/** A number of each native histogram; floats are left out. */
function ofNative(numberOf: (histogram: FloatHistogram) => number): VectorFunction {
  return (call, context) => {
    const rows = context.vector(argOf(call, 0));
    const present = new Uint8Array(rows.present.length);
    const values = new Float64Array(present.length);
    for (const [cell, histogram] of histogramsOf(rows)) {
      present[cell] = 1;
      values[cell] = numberOf(histogram);
    }
    return dropNames(withoutEmptyRows({ ...floatsOf(rows), present, values }));
  };
}
