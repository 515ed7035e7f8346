import type { StepSpan, Windows } from './grid.ts';

/**
 * Sums of whole numbers over sliding windows, for any number of series. Layout: for each series `steps + 1` cells; what enters a window
 * is added at its first step and taken off behind its last, and `finish` adds up. Exact up to 2^53.
 */
export class CountWindows {
  readonly #windows: Windows;
  readonly #span: StepSpan = { first: 0, last: -1 };
  readonly #sums: Float64Array[] = [];
  readonly #counts: Float64Array[] = [];

  constructor(windows: Windows) {
    this.#windows = windows;
  }

  /** Adds `amount` at the instant `atNs` (from the windows' origin) to series `series`; series come in order from 0. */
  add(series: number, atNs: number, amount: number): void {
    const span = this.#span;
    this.#windows.spanOf(atNs, span);
    if (span.last < span.first) return;
    const cells = this.#windows.steps + 1;
    this.#sums[series] ??= new Float64Array(cells);
    this.#counts[series] ??= new Float64Array(cells);
    const sums = this.#sums[series] as Float64Array;
    const counts = this.#counts[series] as Float64Array;
    sums[span.first] = (sums[span.first] as number) + amount;
    sums[span.last + 1] = (sums[span.last + 1] as number) - amount;
    counts[span.first] = (counts[span.first] as number) + 1;
    counts[span.last + 1] = (counts[span.last + 1] as number) - 1;
  }

  /** Writes sum (`values`) and presence of a series' windows at `offset`. */
  finish(series: number, values: Float64Array, present: Uint8Array, offset: number): void {
    const sums = this.#sums[series];
    const counts = this.#counts[series];
    if (!sums || !counts) return;
    let sum = 0;
    let count = 0;
    for (let t = 0; t < this.#windows.steps; t++) {
      sum += sums[t] as number;
      count += counts[t] as number;
      if (count === 0) continue;
      values[offset + t] = sum;
      present[offset + t] = 1;
    }
  }
}
