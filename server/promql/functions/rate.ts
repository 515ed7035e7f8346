// rate, increase and delta look at the change between a window's first and last sample (extrapolation.ts); irate and idelta at its last two
// samples only.
import type { Labels } from '../../model/labels.ts';
import { floatsOf } from '../../vector/histogram-cells.ts';
import { dropNamesStrictly, withoutEmptyRows } from '../../vector/rows.ts';
import { type ExtrapolationKind, extrapolated, extrapolationFactor } from './extrapolation.ts';
import { argOf, type Kernel, overRange, type RangeEvaluation, rangeRows, rangeStart, type VectorFunction } from './function.ts';
import { type Extrapolation, extrapolatedHistograms, lastTwoFloats, lastTwoHistograms } from './rate-histograms.ts';

export const RATE_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  rate: overCounter({ isCounter: true, isRate: true }),
  increase: overCounter({ isCounter: true, isRate: false }),
  delta: overRange(extrapolation({ isCounter: false, isRate: false })),
  irate: overRange(change(true)),
  idelta: overRange(change(false)),
};

const COUNTER_SUFFIXES = ['_total', '_sum', '_count', '_bucket'];

/** Hints, as upstream does, at metrics with an answer whose name is not that of a counter. */
function overCounter(kind: ExtrapolationKind): VectorFunction {
  const evaluationOf = extrapolation(kind);
  return (call, context) => {
    const rows = withoutEmptyRows(rangeRows(call, context, evaluationOf()));
    const floats = rows.histograms ? withoutEmptyRows(floatsOf(rows)) : rows;
    const hintOf = context.features.typeAndUnitLabels ? hintAtType : hintAtName;
    for (const hint of new Set(floats.labels.map(hintOf)))
      if (hint !== undefined) context.annotations.info(`metric might not be a counter, ${hint}`, rangeStart(argOf(call, 0)));
    return dropNamesStrictly(rows);
  };
}

function hintAtName({ metricName }: Labels): string | undefined {
  if (metricName === '' || COUNTER_SUFFIXES.some((suffix) => metricName.endsWith(suffix))) return undefined;
  return `name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(metricName)}`;
}

function hintAtType(labels: Labels): string | undefined {
  const type = labels.get('__type__');
  // A histogram is a counter, too, since 3.6.
  if (labels.metricName === '' || type === 'counter' || type === 'histogram') return undefined;
  return `__type__ label is not set to "counter", got ${JSON.stringify(type)}: ${JSON.stringify(labels.metricName)}`;
}

function extrapolation(kind: ExtrapolationKind): () => RangeEvaluation {
  const kernel = extrapolated(kind);
  const factorOf: Extrapolation = (windows, t, value, change) => extrapolationFactor(windows, t, value, change, kind);
  return () => ({ kernel, histograms: extrapolatedHistograms(kind.isCounter, factorOf) });
}

/** The change between the last two samples. */
function change(isRate: boolean): () => RangeEvaluation {
  const kernel = lastTwo(isRate);
  return () => ({ kernel, histograms: lastTwoHistograms(isRate) });
}

function lastTwo(isRate: boolean): Kernel {
  return ({ timestampsMs, values, first, end }, out, present, base) => {
    for (let t = 0; t < first.length; t++) {
      const last = (end[t] as number) - 1;
      if (last - (first[t] as number) < 1) continue;
      const value = values[last] as number;
      const before = values[last - 1] as number;
      const interval = (timestampsMs[last] as number) - (timestampsMs[last - 1] as number);
      if (interval === 0) continue;
      present[base + t] = 1;
      out[base + t] = lastTwoFloats(before, value, interval / 1000, isRate);
    }
  };
}
