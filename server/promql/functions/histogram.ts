// Quantiles and fractions of classic histograms: series that differ only in `le`, each counting what is at most that bound.
// Functions of native histograms ignore the float samples that are all we store, as upstream does with floats.

import { parseFloatText } from '../../model/go-number.ts';
import type { Labels } from '../../model/labels.ts';
import { hasSamples, noRows, type Rows, withLabels } from '../../vector/rows.ts';
import { quantileWarning } from '../engine/warnings.ts';
import { type Bucket, bucketFraction, bucketQuantile, mergeEqualBounds } from './buckets.ts';
import { argOf, type CallContext, type VectorFunction } from './function.ts';

export const HISTOGRAM_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  histogram_quantile(call, context) {
    const phi = context.scalar(argOf(call, 0));
    const input = context.vector(argOf(call, 1));
    quantileWarning(phi, argOf(call, 0), context.annotations);
    const forced = new Set<string>();
    const rows = overHistograms(input, argOf(call, 1).start, context, (buckets, t, name) => {
      const { value, isForced } = bucketQuantile(phi[t] as number, buckets);
      if (isForced) forced.add(name);
      return value;
    });
    for (const name of forced)
      context.annotations.info(
        `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name ${JSON.stringify(name)}`,
        argOf(call, 1).start,
      );
    return rows;
  },
  histogram_fraction(call, context) {
    const lower = context.scalar(argOf(call, 0));
    const upper = context.scalar(argOf(call, 1));
    const input = context.vector(argOf(call, 2));
    return overHistograms(input, argOf(call, 2).start, context, (buckets, t) =>
      bucketFraction(lower[t] as number, upper[t] as number, buckets),
    );
  },
  histogram_avg: ofNativeHistograms,
  histogram_count: ofNativeHistograms,
  histogram_sum: ofNativeHistograms,
  histogram_stddev: ofNativeHistograms,
  histogram_stdvar: ofNativeHistograms,
};

function ofNativeHistograms(...[call, context]: Parameters<VectorFunction>): Rows {
  return noRows(context.vector(argOf(call, 0)).steps);
}

interface Histogram {
  readonly labels: Labels;
  readonly name: string;
  /** Rows by rising bound. */
  readonly rows: { readonly upperBound: number; readonly row: number }[];
}

const BUCKET_LABELS = new Set(['le', '__name__']);

/** Evaluates every histogram at every step at which any of its buckets has a sample. */
function overHistograms(
  input: Rows,
  offset: number,
  context: CallContext,
  evaluate: (buckets: Bucket[], step: number, name: string) => number,
): Rows {
  const { steps } = input;
  const histograms = groupBuckets(input, offset, context);
  const values = new Float64Array(histograms.length * steps);
  const present = new Uint8Array(values.length);
  histograms.forEach(({ rows, name }, h) => {
    context.checkpoint();
    for (let t = 0; t < steps; t++) {
      const buckets: Bucket[] = [];
      for (const { upperBound, row } of rows)
        if (input.present[row * steps + t] === 1) buckets.push({ upperBound, count: input.values[row * steps + t] as number });
      if (buckets.length === 0) continue;
      present[h * steps + t] = 1;
      values[h * steps + t] = evaluate(mergeEqualBounds(buckets), t, name);
    }
  });
  const labels = histograms.map((histogram) => histogram.labels);
  return withLabels({ steps, labels, values, present }, labels);
}

function groupBuckets(input: Rows, offset: number, { annotations }: CallContext): Histogram[] {
  const byKey = new Map<string, Histogram>();
  input.labels.forEach((series, row) => {
    if (!hasSamples(input, row)) return;
    const le = series.get('le');
    const upperBound = parseFloatText(le);
    if (upperBound === undefined) {
      annotations.warn(
        `bucket label "le" is missing or has a malformed value of ${JSON.stringify(le)} for metric name ${JSON.stringify(series.metricName)}`,
        offset,
      );
      return;
    }
    const labels = series.drop(BUCKET_LABELS);
    const histogram = byKey.get(labels.key()) ?? { labels, name: series.metricName, rows: [] };
    byKey.set(labels.key(), histogram);
    histogram.rows.push({ upperBound, row });
  });
  for (const { rows } of byKey.values()) rows.sort((a, b) => a.upperBound - b.upperBound);
  return [...byKey.values()];
}
