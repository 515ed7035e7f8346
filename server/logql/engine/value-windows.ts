import { logqlError } from '../errors.ts';
import type { Windows } from './grid.ts';
import type { Reduction } from './over-time.ts';

interface Column {
  timesNs: Float64Array;
  values: Float64Array;
  length: number;
  isSorted: boolean;
}

/** Values that are reduced between two pauses. */
const PAUSE_VALUES = 500_000;

/** Unwrapped values of any number of series, kept until all are there, then reduced window by window. */
export class ValueWindows {
  readonly #windows: Windows;
  readonly #maxValues: number;
  readonly #columns: Column[] = [];
  #total = 0;

  constructor(windows: Windows, maxValues: number) {
    this.#windows = windows;
    this.#maxValues = maxValues;
  }

  /** Adds a value at the instant `atNs` (from the windows' origin). Throws `logql.too_many_lines` at the limit. */
  add(series: number, atNs: number, value: number): void {
    this.#columns[series] ??= { timesNs: new Float64Array(16), values: new Float64Array(16), length: 0, isSorted: true };
    const column = this.#columns[series] as Column;
    if (++this.#total > this.#maxValues)
      throw logqlError(
        'logql.too_many_lines',
        `the query unwraps more than ${this.#maxValues} values; ask for a shorter time or a narrower selector`,
      );
    if (column.length === column.values.length) grow(column);
    if (column.length > 0 && atNs < (column.timesNs[column.length - 1] as number)) column.isSorted = false;
    column.timesNs[column.length] = atNs;
    column.values[column.length] = value;
    column.length++;
  }

  /** Writes the reduced windows of a series at `offset`, in pieces of work: windows overlap, so there may be far more of it than values. */
  *finish(series: number, reduce: Reduction, values: Float64Array, present: Uint8Array, offset: number): Generator<undefined, void> {
    const column = this.#columns[series];
    if (!column) return;
    sort(column);
    const { steps, rangeNs } = this.#windows;
    let from = 0;
    let to = 0;
    let sincePause = 0;
    for (let t = 0; t < steps; t++) {
      const endNs = this.#windows.edge(t);
      while (to < column.length && (column.timesNs[to] as number) <= endNs) to++;
      while (from < to && (column.timesNs[from] as number) <= endNs - rangeNs) from++;
      if (from === to) continue;
      values[offset + t] = reduce({ timesNs: column.timesNs, values: column.values, from, to, endNs, rangeNs });
      present[offset + t] = 1;
      sincePause += to - from;
      if (sincePause < PAUSE_VALUES) continue;
      sincePause = 0;
      yield;
    }
  }
}

function grow(column: Column): void {
  const timesNs = new Float64Array(column.length * 2);
  const values = new Float64Array(column.length * 2);
  timesNs.set(column.timesNs);
  values.set(column.values);
  column.timesNs = timesNs;
  column.values = values;
}

/** By time; equal times stay in order of arrival. */
function sort(column: Column): void {
  if (column.isSorted) return;
  const order = Array.from({ length: column.length }, (_, i) => i).sort(
    (a, b) => (column.timesNs[a] as number) - (column.timesNs[b] as number) || a - b,
  );
  column.timesNs = Float64Array.from(order, (i) => column.timesNs[i] as number);
  column.values = Float64Array.from(order, (i) => column.values[i] as number);
  column.isSorted = true;
}
