// A vector may hold native histograms and buckets of classic ones. Where both are of the same metric and labels, neither counts.

import { parseFloatText } from '../../model/go-number.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import type { Labels } from '../../model/labels.ts';
import { floatsOf, hasHistograms, isHistogramAt } from '../../vector/histogram-cells.ts';
import { hasSamples, type Rows, withLabels, withoutName } from '../../vector/rows.ts';
import type { Expr } from '../parse/ast.ts';
import { Buckets } from './buckets.ts';
import { type CallContext, innerStart } from './function.ts';

/**
 * What a function makes of a histogram of either kind at one step. `name` is the metric's, for annotations: it is lost where upstream
 * has dropped it by then, unless names are dropped late.
 */
export interface HistogramReader {
  classic(buckets: Buckets, step: number, name: string): number;
  native(histogram: FloatHistogram, step: number, name: string): number;
}

interface ClassicHistogram {
  readonly labels: Labels;
  readonly name: string;
  /** Rows by rising bound. */
  readonly rows: { readonly upperBound: number; readonly row: number }[];
}

const LE: ReadonlySet<string> = new Set(['le']);

/** Reads every histogram of a vector at every step; metric names and `le` are dropped. */
export function overHistograms(arg: Expr, context: CallContext, reader: HistogramReader): Rows {
  const input = context.vector(arg);
  const at = innerStart(arg);
  const isLate = input.nameDropped !== undefined;
  const classics = groupBuckets(floatsOf(input), at, context);
  const { steps } = input;
  const natives = hasHistograms(input) ? input.labels.flatMap((_, row) => (hasNative(input, row) ? [row] : [])) : [];
  const rivals = new Rivals(input, natives);
  const values = new Float64Array((classics.size + natives.length) * steps);
  const present = new Uint8Array(values.length);
  const put = (cell: number, value: number) => {
    values[cell] = value;
    present[cell] = 1;
  };
  let cell = 0;
  for (const [key, histogram] of classics) {
    context.checkpoint();
    const buckets = new Buckets(histogram.rows.length);
    let isFirst = true;
    for (let t = 0; t < steps; t++, cell++) {
      fill(buckets, input, histogram, t);
      if (buckets.length === 0) continue;
      if (rivals.meet(key, t))
        context.annotations.warn(
          `vector contains a mix of classic and native histograms for metric name ${JSON.stringify(histogram.name)}`,
          at,
        );
      else {
        put(cell, reader.classic(buckets, t, isFirst || isLate ? histogram.name : ''));
        isFirst = false;
      }
    }
  }
  for (const row of natives) {
    context.checkpoint();
    const { metricName } = input.labels[row] as Labels;
    for (let t = 0; t < steps; t++, cell++) {
      const histogram = isHistogramAt(input, row * steps + t) ? input.histograms?.[row * steps + t] : undefined;
      if (histogram && !rivals.hasMet(row, t)) put(cell, reader.native(histogram, t, isLate ? metricName : ''));
    }
  }
  const named = [...Array.from(classics.values(), (classic) => classic.labels), ...natives.map((row) => input.labels[row] as Labels)];
  const nameDropped = input.nameDropped && new Uint8Array(named.length).fill(1);
  const labels = nameDropped ? named : named.map(withoutName);
  return withLabels({ steps, labels, values, present, nameDropped }, labels);
}

/** By the key of its labels without `le`. */
function groupBuckets(input: Rows, offset: number, { annotations }: CallContext): Map<string, ClassicHistogram> {
  const byKey = new Map<string, ClassicHistogram>();
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
    const labels = series.drop(LE);
    const histogram = byKey.get(labels.key()) ?? { labels, name: series.metricName, rows: [] };
    byKey.set(labels.key(), histogram);
    histogram.rows.push({ upperBound, row });
  });
  for (const { rows } of byKey.values()) rows.sort((a, b) => a.upperBound - b.upperBound);
  return byKey;
}

function fill(buckets: Buckets, { steps, present, values, histograms }: Rows, { rows }: ClassicHistogram, t: number): void {
  buckets.length = 0;
  for (const { upperBound, row } of rows) {
    const cell = row * steps + t;
    if (present[cell] === 1 && !histograms?.[cell]) buckets.add(upperBound, values[cell] as number);
  }
}

function hasNative(input: Rows, row: number): boolean {
  for (let t = 0; t < input.steps; t++) if (isHistogramAt(input, row * input.steps + t)) return true;
  return false;
}

/** Native histograms whose labels are those of a classic one. */
class Rivals {
  readonly #input: Rows;
  readonly #rowOf: ReadonlyMap<string, number>;
  readonly #met = new Set<number>();

  constructor(input: Rows, natives: readonly number[]) {
    this.#input = input;
    this.#rowOf = new Map(natives.map((row) => [(input.labels[row] as Labels).key(), row]));
  }

  /** Whether there is a native histogram beside the classic one with this key at step `t`; it is out of the race then. */
  meet(key: string, t: number): boolean {
    const row = this.#rowOf.get(key);
    if (row === undefined || !isHistogramAt(this.#input, row * this.#input.steps + t)) return false;
    this.#met.add(row * this.#input.steps + t);
    return true;
  }

  hasMet(row: number, t: number): boolean {
    return this.#met.has(row * this.#input.steps + t);
  }
}
