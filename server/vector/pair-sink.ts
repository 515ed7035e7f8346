import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels } from '../model/labels.ts';
import { type BinaryOptions, dropsName } from './binary-options.ts';
import { duplicateSeries, vectorError } from './errors.ts';
import type { FirstFailure } from './first-failure.ts';
import type { Rows } from './rows.ts';

/** Collects the cells of the result and finds those that must not be there. */
export class PairSink {
  readonly #steps: number;
  readonly #rowOf = new Map<string, number>();
  readonly #labels: Labels[] = [];
  readonly #values: Float64Array[] = [];
  /** By row, for those that have any. */
  readonly #histograms = new Map<number, (FloatHistogram | undefined)[]>();
  /** 0 for an empty cell, else 1 + the match group that filled it. */
  readonly #filledBy: Int32Array[] = [];
  /** By match group, in a one-to-one operation: 1 at the steps at which it has a pair. */
  readonly #paired: (Uint8Array | undefined)[];
  readonly isOneToOne: boolean;
  /** Whether pairs may not be let through. */
  readonly isFilter: boolean;
  /** By the labels they would have had, where a filter let pairs not through: 1 + the match group, as in #filledBy. */
  readonly #passed = new Map<string, Int32Array>();
  readonly #failures: FirstFailure;

  constructor(steps: number, groups: number, options: BinaryOptions, failures: FirstFailure) {
    this.#steps = steps;
    this.#failures = failures;
    this.isOneToOne = options.card === 'one-to-one';
    this.isFilter = !dropsName(options.op) && !options.returnBool;
    this.#paired = new Array(groups).fill(undefined);
  }

  row(labels: Labels): number {
    const key = labels.key();
    const known = this.#rowOf.get(key);
    if (known !== undefined) return known;
    const row = this.#labels.length;
    this.#rowOf.set(key, row);
    this.#labels.push(labels);
    this.#values.push(new Float64Array(this.#steps));
    this.#filledBy.push(new Int32Array(this.#steps));
    return row;
  }

  put(row: number, step: number, group: number, value: number, histogram?: FloatHistogram): void {
    const filledBy = this.#filledBy[row] as Int32Array;
    const before = filledBy[step] as number;
    if (this.isOneToOne) this.#checkOneToOne(step, group);
    else if (before === group + 1 || this.#passed.get((this.#labels[row] as Labels).key())?.[step] === group + 1)
      this.#failures.add(step, ungrouped);
    if (before !== 0) this.#failures.add(step, duplicateSeries);
    filledBy[step] = group + 1;
    (this.#values[row] as Float64Array)[step] = value;
    if (histogram) this.#putHistogram(row, step, histogram);
  }

  /** A pair that a filter does not let through is matched all the same. In a one-to-one operation its labels need not be known. */
  pass(group: number, step: number): void {
    this.#checkOneToOne(step, group);
  }

  /** As pass, in any other operation. */
  passGrouped(group: number, step: number, labels: Labels): void {
    const key = labels.key();
    const passed = this.#passed.get(key) ?? new Int32Array(this.#steps);
    this.#passed.set(key, passed);
    const row = this.#rowOf.get(key);
    const isSecond = passed[step] === group + 1 || (row !== undefined && this.#filledBy[row]?.[step] === group + 1);
    if (isSecond) this.#failures.add(step, ungrouped);
    passed[step] = group + 1;
  }

  finish(): Rows {
    const steps = this.#steps;
    const values = new Float64Array(this.#labels.length * steps);
    const present = new Uint8Array(values.length);
    this.#labels.forEach((_, row) => {
      values.set(this.#values[row] as Float64Array, row * steps);
      const filledBy = this.#filledBy[row] as Int32Array;
      for (let t = 0; t < steps; t++) if (filledBy[t] !== 0) present[row * steps + t] = 1;
    });
    return { steps, labels: this.#labels, values, present, histograms: this.#histogramCells() };
  }

  #putHistogram(row: number, step: number, histogram: FloatHistogram): void {
    const cells = this.#histograms.get(row) ?? new Array<FloatHistogram | undefined>(this.#steps).fill(undefined);
    this.#histograms.set(row, cells);
    cells[step] = histogram;
  }

  #histogramCells(): (FloatHistogram | undefined)[] | undefined {
    if (this.#histograms.size === 0) return undefined;
    const none = new Array<undefined>(this.#steps).fill(undefined);
    return this.#labels.flatMap((_, row) => this.#histograms.get(row) ?? none);
  }

  /** In a one-to-one operation a match group has one result at each step. */
  #checkOneToOne(step: number, group: number): void {
    this.#paired[group] ??= new Uint8Array(this.#steps);
    const pairs = this.#paired[group] as Uint8Array;
    if (pairs[step] === 1) this.#failures.add(step, implicitManyToOne);
    pairs[step] = 1;
  }
}

function ungrouped(): Error {
  return vectorError('vector.ambiguous_match', 'multiple matches for labels: grouping labels must ensure unique matches');
}

function implicitManyToOne(): Error {
  return vectorError(
    'vector.ambiguous_match',
    'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
  );
}
