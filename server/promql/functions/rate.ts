// rate, increase and delta extrapolate the change between a window's first and last sample to the window's edges; irate and
// idelta look at its last two samples only.
import type { Labels } from '../../model/labels.ts';
import { floatsOf } from '../../vector/histogram-cells.ts';
import { dropNamesStrictly, withoutEmptyRows } from '../../vector/rows.ts';
import { samplesWithin, type Windows } from '../engine/windows.ts';
import { argOf, type Kernel, overRange, type RangeEvaluation, rangeRows, rangeStart, type VectorFunction } from './function.ts';
import { type Extrapolation, extrapolatedHistograms, lastTwoFloats, lastTwoHistograms } from './rate-histograms.ts';

interface ExtrapolationKind {
  readonly isCounter: boolean;
  readonly isRate: boolean;
}

export const RATE_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  rate: overCounter({ isCounter: true, isRate: true }),
  increase: overCounter({ isCounter: true, isRate: false }),
  delta: overRange(extrapolation({ isCounter: false, isRate: false })),
  irate: overRange(change(true)),
  idelta: overRange(change(false)),
};

/** Samples this close to an edge, in average intervals, are extrapolated right to the edge. */
const EXTRAPOLATION_THRESHOLD = 1.1;
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

function extrapolated(kind: ExtrapolationKind): Kernel {
  return (windows, out, present, base) => {
    const { values, first, end } = windows;
    const resets = kind.isCounter ? new ResetScanner(values) : undefined;
    for (let t = 0; t < first.length; t++) {
      const from = first[t] as number;
      const last = (end[t] as number) - 1;
      if (last - from < 1) continue;
      let change = (values[last] as number) - (values[from] as number);
      if (resets) change = resets.addTo(change, from, last);
      present[base + t] = 1;
      out[base + t] = change * extrapolationFactor(windows, t, values[from] as number, change, kind);
    }
  };
}

/** What to multiply the `change` since the window's first `value` with. */
function extrapolationFactor(windows: Windows, t: number, value: number, change: number, { isCounter, isRate }: ExtrapolationKind): number {
  const { timestampsMs, edgeMs, rangeMs } = windows;
  const from = windows.first[t] as number;
  const last = (windows.end[t] as number) - 1;
  const firstMs = timestampsMs[from] as number;
  const lastMs = timestampsMs[last] as number;
  let toStart = (firstMs - ((edgeMs[t] as number) - rangeMs)) / 1000;
  let toEnd = ((edgeMs[t] as number) - lastMs) / 1000;
  const sampled = (lastMs - firstMs) / 1000;
  const average = sampled / (samplesWithin(windows, from, last) - 1);
  const threshold = average * EXTRAPOLATION_THRESHOLD;
  if (toStart >= threshold) toStart = average / 2;
  if (isCounter) {
    // A counter is not extrapolated below zero.
    if (change > 0 && value >= 0) toStart = Math.min(toStart, sampled * (value / change));
  }
  if (toEnd >= threshold) toEnd = average / 2;
  const factor = (sampled + toStart + toEnd) / sampled;
  return isRate ? factor / (rangeMs / 1000) : factor;
}

/** Remembers where a counter fell, so that overlapping windows look at every sample once. For windows that only move forward. */
class ResetScanner {
  readonly #values: Float64Array;
  readonly #resets: number[] = [];
  #scanned = 0;
  #passed = 0;

  constructor(values: Float64Array) {
    this.#values = values;
  }

  /** `change` plus the values lost at resets between the samples `from` and `last`. */
  addTo(change: number, from: number, last: number): number {
    const values = this.#values;
    const resets = this.#resets;
    for (let i = Math.max(this.#scanned, from + 1); i <= last; i++) if ((values[i] as number) < (values[i - 1] as number)) resets.push(i);
    this.#scanned = Math.max(this.#scanned, last + 1);
    while (this.#passed < resets.length && (resets[this.#passed] as number) <= from) this.#passed++;
    let sum = change;
    for (let r = this.#passed; r < resets.length; r++) sum += values[(resets[r] as number) - 1] as number;
    return sum;
  }
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
