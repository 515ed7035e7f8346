// Functions of histograms: of native ones, each a sample, and of classic ones: series that differ only in `le`, each counting what
// is at most that bound.
import { formatShort } from '../../model/go-number.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { histogramFraction, histogramQuantile, histogramStddev, histogramStdvar } from '../../model/histogram-quantile.ts';
import { floatsOf, histogramsOf } from '../../vector/histogram-cells.ts';
import { dropNames, type Rows, withLabels, withoutEmptyRows } from '../../vector/rows.ts';
import { concat } from '../../vector/set-operators.ts';
import { quantileWarning } from '../engine/warnings.ts';
import { promqlError } from '../errors.ts';
import type { Call, Expr } from '../parse/ast.ts';
import { bucketFraction, bucketQuantile } from './buckets.ts';
import { argOf, type CallContext, innerStart, type VectorFunction } from './function.ts';
import { overHistograms } from './histograms-of-both-kinds.ts';

export const HISTOGRAM_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  histogram_quantile: (call, context) => quantiles(call, argOf(call, 1), argOf(call, 0), context),
  histogram_quantiles(call, context) {
    const label = context.text(argOf(call, 1));
    if (label === '') throw promqlError('promql.execution', 'invalid label name in histogram_quantiles(): ');
    const results = call.args.slice(2).flatMap((phiArg) => {
      const phi = context.scalar(phiArg);
      return labelled(quantiles(call, argOf(call, 0), phiArg, context), label, phi);
    });
    return results.reduce(concat);
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

/** The quantile of every histogram of `arg` at every step. */
function quantiles(call: Call, arg: Expr, phiArg: Expr, context: CallContext): Rows {
  const phi = context.scalar(phiArg);
  const { annotations } = context;
  const { name: fn } = call.fn;
  quantileWarning(phi, phiArg, annotations);
  return overHistograms(arg, context, {
    classic: (buckets, t, name) =>
      bucketQuantile(phi[t] as number, buckets, () =>
        annotations.info(
          `input to ${fn} needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name ${JSON.stringify(name)}`,
          innerStart(arg),
        ),
      ),
    native(histogram, t, name) {
      const { value, isSkewedByNaN, isNaNByNaN } = histogramQuantile(phi[t] as number, histogram);
      const tell = (effect: string) =>
        annotations.info(`input to ${fn} has NaN observations, result is ${effect} for metric name ${JSON.stringify(name)}`, phiArg.start);
      if (isNaNByNaN) tell('NaN');
      if (isSkewedByNaN) tell('skewed higher');
      return value;
    },
  });
}

/** The rows once for each of the values of `phi`, with the steps that have it and the value as a label. */
function labelled(rows: Rows, label: string, phi: Float64Array): Rows[] {
  return Array.from(new Set(phi), (value) => {
    const present = rows.present.map((flag, cell) => (flag === 1 && Object.is(phi[cell % rows.steps], value) ? 1 : 0));
    const labels = rows.labels.map((each) => each.with(label, formatShort(value)));
    return withoutEmptyRows(withLabels({ ...rows, present }, labels));
  });
}
