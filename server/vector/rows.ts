// Layout: `labels.length` rows of `steps` cells each, row-major. Cell (row, step) is at row * steps + step. `present` is apart
// from `values` because NaN is an ordinary sample.
import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels } from '../model/labels.ts';
import { duplicateSeries } from './errors.ts';
import { floatsOf } from './histogram-cells.ts';

/** Series over evaluation steps. An instant vector is the case of one step. Owned by whoever made it; never changed afterwards. */
export interface Rows {
  readonly steps: number;
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  /** 1 where the cell is a sample. */
  readonly present: Uint8Array;
  /** By cell: the sample where it is a histogram, whose cell in `values` means nothing. Absent when no cell is one, which is the rule. */
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined;
  /**
   * By row: 1 where the metric name is still there but will be dropped at the end of the query. Present exactly when names are
   * dropped late, and then all functions of this folder keep names instead of dropping them.
   */
  readonly nameDropped?: Uint8Array | undefined;
}

export const METRIC_NAME: ReadonlySet<string> = new Set(['__name__']);
/** Type and unit are dropped with the metric name. */
const NAME_LABELS: ReadonlySet<string> = new Set(['__name__', '__type__', '__unit__']);

/**
 * Rows as operators and functions get them. Objects that are made here and there differ in how they are laid out, and the machine code of a loop
 * over one of them is thrown away when it meets another: making it again costs more than many a query.
 */
class UniformRows implements Rows {
  readonly steps: number;
  readonly labels: readonly Labels[];
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly histograms: Rows['histograms'];
  readonly nameDropped: Uint8Array | undefined;

  constructor({ steps, labels, values, present, histograms, nameDropped }: Rows) {
    this.steps = steps;
    this.labels = labels;
    this.values = values;
    this.present = present;
    this.histograms = histograms;
    this.nameDropped = nameDropped;
  }
}

/** The same rows in the one layout that loops are made for. */
export function uniform(rows: Rows): Rows {
  return rows instanceof UniformRows ? rows : new UniformRows(rows);
}

/** Rows without any series. */
export function noRows(steps: number): Rows {
  return { steps, labels: [], values: new Float64Array(0), present: new Uint8Array(0) };
}

/** The same cells under other labels; rows that become equal are merged. Throws `vector.duplicate_series` where they overlap. */
export function withLabels(rows: Rows, labels: readonly Labels[]): Rows {
  const { steps } = rows;
  const rowOf = new Map<string, number>();
  const target = labels.map((each) => {
    const key = each.key();
    const row = rowOf.get(key) ?? rowOf.size;
    rowOf.set(key, row);
    return row;
  });
  if (rowOf.size === labels.length) return { ...rows, labels };
  const merged: Labels[] = [];
  const values = new Float64Array(rowOf.size * steps);
  const present = new Uint8Array(rowOf.size * steps);
  const histograms = rows.histograms && new Array<FloatHistogram | undefined>(values.length).fill(undefined);
  const nameDropped = rows.nameDropped && new Uint8Array(rowOf.size);
  labels.forEach((each, row) => {
    const to = target[row] as number;
    if (nameDropped && merged[to] === undefined) nameDropped[to] = rows.nameDropped?.[row] as number;
    merged[to] ??= each;
    for (let t = 0; t < steps; t++) {
      if (rows.present[row * steps + t] === 0) continue;
      if (present[to * steps + t] === 1) throw duplicateSeries();
      present[to * steps + t] = 1;
      values[to * steps + t] = rows.values[row * steps + t] as number;
      if (histograms) histograms[to * steps + t] = rows.histograms?.[row * steps + t];
    }
  });
  return { steps, labels: merged, values, present, histograms, nameDropped };
}

/**
 * The same cells under other labels, none of which may be equal: what range functions and unary minus demand over the whole
 * query. Throws `vector.duplicate_series`.
 */
export function withDistinctLabels(rows: Rows, labels: readonly Labels[]): Rows {
  if (hasDuplicates(labels)) throw duplicateSeries();
  return { ...rows, labels };
}

function hasDuplicates(labels: readonly Labels[]): boolean {
  return new Set(labels.map((each) => each.key())).size < labels.length;
}

/** Without metric names. Throws `vector.duplicate_series` where that makes two samples of a step equal in labels. */
export function dropNames(rows: Rows): Rows {
  return rows.nameDropped ? markNames(rows) : withLabelsUnlessAlike(rows, withLabels);
}

/** Without metric names. Throws `vector.duplicate_series` when that makes any two rows equal in labels. */
export function dropNamesStrictly(rows: Rows): Rows {
  return rows.nameDropped ? markNames(rows) : withLabelsUnlessAlike(rows, withDistinctLabels);
}

/** Labels without the names that were to be dropped late. Throws `vector.duplicate_series` when that makes any two equal. */
export function finishNames<T extends Pick<Rows, 'labels' | 'nameDropped'>>(series: T): T {
  const { labels, nameDropped } = series;
  if (!nameDropped?.includes(1)) return series;
  const finished = labels.map((each, row) => (nameDropped[row] === 1 ? withoutName(each) : each));
  if (hasDuplicates(finished)) throw duplicateSeries();
  return { ...series, labels: finished };
}

/** The labels without metric name, type and unit. */
export function withoutName(labels: Labels): Labels {
  return labels.drop(NAME_LABELS);
}

function markNames(rows: Rows): Rows {
  return { ...rows, nameDropped: new Uint8Array(rows.labels.length).fill(1) };
}

/** Series of one name stay distinct without it; most vectors are such, and need no look at every label. */
function withLabelsUnlessAlike(rows: Rows, relabel: typeof withLabels): Rows {
  const labels = rows.labels.map(withoutName);
  const [first] = rows.labels;
  return first === undefined || rows.labels.every((each) => haveOneName(first, each)) ? { ...rows, labels } : relabel(rows, labels);
}

function haveOneName(a: Labels, b: Labels): boolean {
  for (const name of NAME_LABELS) if (a.get(name) !== b.get(name)) return false;
  return true;
}

/** Another value in every cell that is a float; histograms are left out. Labels stay. */
export function mapCells(rows: Rows, change: (value: number, step: number) => number): Rows {
  const floats = floatsOf(rows);
  const { steps, present, values } = floats;
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) if (present[i] === 1) out[i] = change(values[i] as number, i % steps);
  return { ...floats, values: out };
}

/** Only the given rows, in the given order. */
export function pickRows(rows: Rows, order: readonly number[]): Rows {
  const { steps } = rows;
  const values = new Float64Array(order.length * steps);
  const present = new Uint8Array(order.length * steps);
  order.forEach((row, i) => {
    values.set(rows.values.subarray(row * steps, (row + 1) * steps), i * steps);
    present.set(rows.present.subarray(row * steps, (row + 1) * steps), i * steps);
  });
  const histograms = rows.histograms && order.flatMap((row) => rows.histograms?.slice(row * steps, (row + 1) * steps));
  const nameDropped = rows.nameDropped && Uint8Array.from(order, (row) => rows.nameDropped?.[row] as number);
  return { steps, labels: order.map((row) => rows.labels[row] as Labels), values, present, histograms, nameDropped };
}

/** Whether the row has a sample at any step. */
export function hasSamples(rows: Rows, row: number): boolean {
  return rows.present.subarray(row * rows.steps, (row + 1) * rows.steps).includes(1);
}

/** Without rows that have no sample at all. */
export function withoutEmptyRows(rows: Rows): Rows {
  const kept = rows.labels.flatMap((_, row) => (hasSamples(rows, row) ? [row] : []));
  return kept.length === rows.labels.length ? rows : pickRows(rows, kept);
}

/** Rows of one step repeated for `steps` steps: the value of an expression that does not depend on time. */
export function repeatSteps(rows: Rows, steps: number): Rows {
  const cells = rows.labels.length * steps;
  const values = new Float64Array(cells);
  const present = new Uint8Array(cells);
  rows.labels.forEach((_, row) => {
    values.fill(rows.values[row] as number, row * steps, (row + 1) * steps);
    present.fill(rows.present[row] as number, row * steps, (row + 1) * steps);
  });
  const histograms = rows.histograms?.flatMap((histogram) => new Array<FloatHistogram | undefined>(steps).fill(histogram));
  return { steps, labels: rows.labels, values, present, histograms, nameDropped: rows.nameDropped };
}
