// Folds values of rows, in their order so that rounding is Prometheus', into one row for each group. State lies in arrays of one cell for each
// group and step, which grow with the groups.
import type { Labels } from '../model/labels.ts';
import type { Rows } from './rows.ts';

export type FoldOperator = 'sum' | 'avg' | 'count' | 'min' | 'max' | 'group' | 'stddev' | 'stdvar';

/** Rows without histograms that are folded as they come. */
export interface Folding {
  /** Makes room for so many groups in all. */
  reserve(groups: number): void;
  /** Folds each row into its group: the first into that of series `first`. */
  add(rows: Rows, of: Int32Array, first: number): void;
  /** One row for each group. */
  result(labels: readonly Labels[]): Rows;
}

export function newFolding(op: FoldOperator, steps: number): Folding {
  return op === 'sum' ? new Sums(steps) : new Folds(steps, FOLDS[op]());
}

/** Sums are what nearly every panel asks for: without a call for each sample. */
class Sums implements Folding {
  readonly #steps: number;
  #sums = new Float64Array(0);
  #lost = new Float64Array(0);
  #summed = new Uint8Array(0);

  constructor(steps: number) {
    this.#steps = steps;
  }

  reserve(groups: number): void {
    const cells = roomFor(groups * this.#steps, this.#sums.length);
    if (cells === this.#sums.length) return;
    this.#sums = copied(this.#sums, new Float64Array(cells));
    this.#lost = copied(this.#lost, new Float64Array(cells));
    this.#summed = copied(this.#summed, new Uint8Array(cells));
  }

  add({ labels, values, present }: Rows, of: Int32Array, first: number): void {
    const [steps, sums, lost, summed] = [this.#steps, this.#sums, this.#lost, this.#summed];
    for (let row = 0; row < labels.length; row++) {
      const base = ((of[first + row] as number) - row) * steps;
      for (let i = row * steps; i < (row + 1) * steps; i++) {
        if (present[i] === 0) continue;
        const cell = base + i;
        summed[cell] = 1;
        addCompensated(sums, lost, cell, values[i] as number);
      }
    }
  }

  result(labels: readonly Labels[]): Rows {
    const cells = labels.length * this.#steps;
    const [sums, lost] = [this.#sums, this.#lost];
    for (let cell = 0; cell < cells; cell++) sums[cell] = (sums[cell] as number) + (lost[cell] as number);
    return { steps: this.#steps, labels, values: sums.subarray(0, cells), present: this.#summed.subarray(0, cells) };
  }
}

/** What an operator keeps of each cell. */
interface Fold {
  reserve(cells: number): void;
  /** Takes `value` into `cell`; `count` includes it. */
  add(cell: number, value: number, count: number): void;
  result(cell: number, count: number): number;
}

class Folds implements Folding {
  readonly #steps: number;
  readonly #fold: Fold;
  #counts = new Uint32Array(0);

  constructor(steps: number, fold: Fold) {
    this.#steps = steps;
    this.#fold = fold;
  }

  reserve(groups: number): void {
    const cells = roomFor(groups * this.#steps, this.#counts.length);
    if (cells === this.#counts.length) return;
    this.#counts = copied(this.#counts, new Uint32Array(cells));
    this.#fold.reserve(cells);
  }

  add({ labels, values, present }: Rows, of: Int32Array, first: number): void {
    const [steps, counts, fold] = [this.#steps, this.#counts, this.#fold];
    for (let row = 0; row < labels.length; row++) {
      const base = (of[first + row] as number) * steps;
      for (let t = 0, i = row * steps; t < steps; t++, i++) {
        if (present[i] === 0) continue;
        const count = (counts[base + t] as number) + 1;
        counts[base + t] = count;
        fold.add(base + t, values[i] as number, count);
      }
    }
  }

  result(labels: readonly Labels[]): Rows {
    const cells = labels.length * this.#steps;
    const values = new Float64Array(cells);
    const present = new Uint8Array(cells);
    for (let cell = 0; cell < cells; cell++) {
      const count = this.#counts[cell] as number;
      if (count === 0) continue;
      present[cell] = 1;
      values[cell] = this.#fold.result(cell, count);
    }
    return { steps: this.#steps, labels, values, present };
  }
}

/** Cells to have room for when `needed` are: twice as many as before at least, so that growing costs little. */
function roomFor(needed: number, cells: number): number {
  return needed <= cells ? cells : Math.max(needed, 2 * cells);
}

function copied<T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

const FOLDS: Readonly<Record<Exclude<FoldOperator, 'sum'>, () => Fold>> = {
  avg: averageFold,
  count: () => ({ reserve: ignore, add: ignore, result: (_, count) => count }),
  group: () => ({ reserve: ignore, add: ignore, result: () => 1 }),
  min: () => extremeFold((value, best) => value < best),
  max: () => extremeFold((value, best) => value > best),
  stddev: () => varianceFold(Math.sqrt),
  stdvar: () => varianceFold((variance) => variance),
};

function ignore(): void {
  // The caller counts.
}

/** Adds with Neumaier's compensation: `sums[cell] + lost[cell]` is the sum. An infinite sum loses nothing. */
function addCompensated(sums: Float64Array, lost: Float64Array, cell: number, value: number): void {
  const sum = sums[cell] as number;
  const next = sum + value;
  if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) lost[cell] = 0;
  else if (Math.abs(sum) >= Math.abs(value)) lost[cell] = (lost[cell] as number) + (sum - next + value);
  else lost[cell] = (lost[cell] as number) + (value - next + sum);
  sums[cell] = next;
}

/** A compensated sum divided by the count; once the sum would overflow, an incremental mean instead. */
function averageFold(): Fold {
  let sums = new Float64Array(0);
  let lost = new Float64Array(0);
  let isIncremental = new Uint8Array(0);
  return {
    reserve(cells) {
      sums = copied(sums, new Float64Array(cells));
      lost = copied(lost, new Float64Array(cells));
      isIncremental = copied(isIncremental, new Uint8Array(cells));
    },
    add(cell, value, count) {
      if (isIncremental[cell] === 0) {
        if (count === 1 || Number.isFinite((sums[cell] as number) + value) || Number.isNaN((sums[cell] as number) + value))
          return addCompensated(sums, lost, cell, value);
        isIncremental[cell] = 1;
        sums[cell] = (sums[cell] as number) / (count - 1);
        lost[cell] = (lost[cell] as number) / (count - 1);
      }
      const kept = (count - 1) / count;
      sums[cell] = (sums[cell] as number) * kept;
      lost[cell] = (lost[cell] as number) * kept;
      addCompensated(sums, lost, cell, value / count);
    },
    result(cell, count) {
      const divisor = isIncremental[cell] === 1 ? 1 : count;
      return (sums[cell] as number) / divisor + (lost[cell] as number) / divisor;
    },
  };
}

function extremeFold(isBetter: (value: number, best: number) => boolean): Fold {
  let best = new Float64Array(0);
  return {
    reserve(cells) {
      best = copied(best, new Float64Array(cells));
    },
    add(cell, value, count) {
      const current = best[cell] as number;
      if (count === 1 || isBetter(value, current) || Number.isNaN(current)) best[cell] = value;
    },
    result: (cell) => best[cell] as number,
  };
}

/** Welford's running variance of the whole population. */
function varianceFold(finish: (variance: number) => number): Fold {
  let means = new Float64Array(0);
  let squares = new Float64Array(0);
  return {
    reserve(cells) {
      means = copied(means, new Float64Array(cells));
      squares = copied(squares, new Float64Array(cells));
    },
    add(cell, value, count) {
      if (count === 1) {
        means[cell] = value;
        squares[cell] = Number.isFinite(value) ? 0 : Number.NaN;
        return;
      }
      const delta = value - (means[cell] as number);
      const mean = (means[cell] as number) + delta / count;
      means[cell] = mean;
      squares[cell] = (squares[cell] as number) + delta * (value - mean);
    },
    result: (cell, count) => finish((squares[cell] as number) / count),
  };
}
