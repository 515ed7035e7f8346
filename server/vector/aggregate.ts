// Aggregations that fold each group into one series. State lies in arrays of one cell for each group and step; series are
// folded in order, so that rounding is Prometheus'.
import { foldMixed } from './aggregate-histograms.ts';
import { type Grouping, type Groups, groupSeries } from './group.ts';
import { floatsOf, hasHistograms, ignoreNote, type TakeNote } from './histogram-cells.ts';
import { quantileOf } from './quantile.ts';
import type { Rows } from './rows.ts';

export type FoldOperator = 'sum' | 'avg' | 'count' | 'min' | 'max' | 'group' | 'stddev' | 'stdvar';

interface Fold {
  /** Takes `value` into `cell`; `count` includes it. */
  add(cell: number, value: number, count: number): void;
  result(cell: number, count: number): number;
}

/** Folds the series of each group at every step. */
export function aggregate(rows: Rows, op: FoldOperator, grouping: Grouping, note: TakeNote = ignoreNote): Rows {
  const groups = groupSeries(rows.labels, grouping);
  const fold = (each: Rows) => foldPieces([each], rows.steps, groups, op);
  const folded = rows.histograms ? foldMixed(rows, op, groups, fold, note) : fold(rows);
  return { ...folded, nameDropped: droppedNames(rows, groups) };
}

/** As `aggregate`, for rows in pieces, one after the other, without histograms and with no name to be dropped. */
export function aggregatePieces(pieces: readonly Rows[], steps: number, op: FoldOperator, grouping: Grouping): Rows {
  const groups = groupSeries(
    pieces.flatMap(({ labels }) => labels),
    grouping,
  );
  return foldPieces(pieces, steps, groups, op);
}

function foldPieces(pieces: readonly Rows[], steps: number, groups: Groups, op: FoldOperator): Rows {
  const cells = groups.labels.length * steps;
  return op === 'sum' ? sumGroups(pieces, steps, groups) : foldGroups(pieces, steps, groups, FOLDS[op](cells));
}

/** Whose name is to be dropped, if only from one series, is a group without it: what `by (__name__)` makes of late dropping. */
function droppedNames({ nameDropped }: Rows, groups: Groups): Uint8Array | undefined {
  if (!nameDropped) return undefined;
  const dropped = new Uint8Array(groups.labels.length);
  groups.of.forEach((group, row) => {
    if (nameDropped[row] === 1) dropped[group] = 1;
  });
  return dropped;
}

/** The φ-quantile of the samples of each group at every step; `phi` may change from step to step. */
export function aggregateQuantile(all: Rows, phi: Float64Array, grouping: Grouping, note: TakeNote = ignoreNote): Rows {
  if (hasHistograms(all)) note({ kind: 'ignored' });
  const rows = floatsOf(all);
  const groups = groupSeries(rows.labels, grouping);
  const { steps } = rows;
  const members = rowsOfGroups(groups);
  const values = new Float64Array(groups.labels.length * steps);
  const present = new Uint8Array(values.length);
  const buffer = new Float64Array(rows.labels.length);
  members.forEach((group, g) => {
    for (let t = 0; t < steps; t++) {
      let n = 0;
      for (const row of group) if (rows.present[row * steps + t] === 1) buffer[n++] = rows.values[row * steps + t] as number;
      if (n === 0) continue;
      present[g * steps + t] = 1;
      values[g * steps + t] = quantileOf(phi[t] as number, buffer.subarray(0, n));
    }
  });
  return { steps, labels: groups.labels, values, present, nameDropped: droppedNames(rows, groups) };
}

/** The rows of each group, in order. */
export function rowsOfGroups(groups: Groups): number[][] {
  const members: number[][] = groups.labels.map(() => []);
  groups.of.forEach((group, row) => {
    (members[group] as number[]).push(row);
  });
  return members;
}

/** Sums are what nearly every panel asks for: without a call for each sample. */
function sumGroups(pieces: readonly Rows[], steps: number, groups: Groups): Rows {
  const cells = groups.labels.length * steps;
  const state = { sums: new Float64Array(cells), lost: new Float64Array(cells), summed: new Uint8Array(cells) };
  let first = 0;
  for (const piece of pieces) {
    addRows(piece, steps, groups.of, first, state);
    first += piece.labels.length;
  }
  const { sums, lost, summed } = state;
  for (let cell = 0; cell < cells; cell++) sums[cell] = (sums[cell] as number) + (lost[cell] as number);
  return { steps, labels: groups.labels, values: sums, present: summed };
}

interface Sums {
  readonly sums: Float64Array;
  readonly lost: Float64Array;
  readonly summed: Uint8Array;
}

/** Adds each row to its group, the first row to the group of series `first`. */
function addRows({ labels, values, present }: Rows, steps: number, of: Int32Array, first: number, { sums, lost, summed }: Sums): void {
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

function foldGroups(pieces: readonly Rows[], steps: number, groups: Groups, fold: Fold): Rows {
  const cells = groups.labels.length * steps;
  const counts = new Uint32Array(cells);
  let series = 0;
  for (const { labels, values, present } of pieces)
    for (let row = 0; row < labels.length; row++, series++) {
      const base = (groups.of[series] as number) * steps;
      for (let t = 0, i = row * steps; t < steps; t++, i++) {
        if (present[i] === 0) continue;
        const count = (counts[base + t] as number) + 1;
        counts[base + t] = count;
        fold.add(base + t, values[i] as number, count);
      }
    }
  const values = new Float64Array(cells);
  const present = new Uint8Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const count = counts[cell] as number;
    if (count === 0) continue;
    present[cell] = 1;
    values[cell] = fold.result(cell, count);
  }
  return { steps, labels: groups.labels, values, present };
}

const FOLDS: Readonly<Record<Exclude<FoldOperator, 'sum'>, (cells: number) => Fold>> = {
  avg: averageFold,
  count: () => ({ add: ignore, result: (_, count) => count }),
  group: () => ({ add: ignore, result: () => 1 }),
  min: (cells) => extremeFold(cells, (value, best) => value < best),
  max: (cells) => extremeFold(cells, (value, best) => value > best),
  stddev: (cells) => varianceFold(cells, Math.sqrt),
  stdvar: (cells) => varianceFold(cells, (variance) => variance),
};

function ignore(): void {
  // Counting is done by the caller.
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
function averageFold(cells: number): Fold {
  const sums = new Float64Array(cells);
  const lost = new Float64Array(cells);
  const isIncremental = new Uint8Array(cells);
  return {
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

function extremeFold(cells: number, isBetter: (value: number, best: number) => boolean): Fold {
  const best = new Float64Array(cells);
  return {
    add(cell, value, count) {
      const current = best[cell] as number;
      if (count === 1 || isBetter(value, current) || Number.isNaN(current)) best[cell] = value;
    },
    result: (cell) => best[cell] as number,
  };
}

/** Welford's running variance of the whole population. */
function varianceFold(cells: number, finish: (variance: number) => number): Fold {
  const means = new Float64Array(cells);
  const squares = new Float64Array(cells);
  return {
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
