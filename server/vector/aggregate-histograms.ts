// Aggregations over samples of which some are histograms. These can be counted, added up and averaged; among themselves only.
import { HistogramSum } from '../model/histogram-sum.ts';
import type { Labels } from '../model/labels.ts';
import type { FoldOperator } from './folding.ts';
import type { Groups } from './group.ts';
import { floatsOf, hasHistograms, histogramsOf, type TakeNote, withHistograms } from './histogram-cells.ts';
import type { Rows } from './rows.ts';

/** Folds each group at every step; `foldFloats` is how it is done without histograms. */
export function foldMixed(rows: Rows, op: FoldOperator, groups: Groups, foldFloats: (rows: Rows) => Rows, note: TakeNote): Rows {
  if (op === 'count' || op === 'group') return foldFloats(rows);
  const floats = foldFloats(floatsOf(rows));
  if (op === 'sum' || op === 'avg') return withSums(floats, histogramSums(rows, groups, note), op, note);
  if (hasHistograms(rows)) note({ kind: 'ignored' });
  return floats;
}

/** Histograms that do not add up. What upstream comes to later in the group, it does not look at. */
interface Misfit {
  /** Whether the group has floats, as far as upstream looked. */
  readonly hasFloats: boolean;
}

/** By cell of the result. */
type Sums = ReadonlyMap<number, HistogramSum | Misfit>;

/** Adds up the histograms of each cell, in the order of the series. */
function histogramSums(rows: Rows, groups: Groups, note: TakeNote): Sums {
  const { steps } = rows;
  const sums = new Map<number, HistogramSum | Misfit>();
  for (const [cell, histogram] of histogramsOf(rows)) {
    const row = Math.floor(cell / steps);
    const target = (groups.of[row] as number) * steps + (cell % steps);
    const sum = sums.get(target);
    if (!sum) sums.set(target, new HistogramSum(histogram));
    if (!(sum instanceof HistogramSum) || sum.add(histogram)) continue;
    note({ kind: 'mixed_schemas', name: (rows.labels[row] as Labels).metricName });
    sums.set(target, { hasFloats: hasFloatsBefore(rows, groups, row, cell % steps) });
  }
  return sums;
}

function hasFloatsBefore({ steps, present, histograms }: Rows, groups: Groups, row: number, step: number): boolean {
  for (let other = 0; other < row; other++) {
    const cell = other * steps + step;
    if (groups.of[other] === groups.of[row] && present[cell] === 1 && !histograms?.[cell]) return true;
  }
  return false;
}

/** The sums or averages in the cells that hold nothing else. */
function withSums(floats: Rows, sums: Sums, op: 'sum' | 'avg', note: TakeNote): Rows {
  const present = Uint8Array.from(floats.present);
  const histograms = new Array(present.length).fill(undefined);
  for (const [cell, sum] of sums) {
    const hasFloats = sum instanceof HistogramSum ? present[cell] === 1 : sum.hasFloats;
    if (hasFloats) note({ kind: 'mixed' });
    if (hasFloats || !(sum instanceof HistogramSum)) {
      present[cell] = 0;
      continue;
    }
    present[cell] = 1;
    histograms[cell] = op === 'sum' ? sum.result() : sum.mean();
    if (sum.boundsReconciled) note({ kind: 'bounds_reconciled', operation: 'aggregation' });
    if (sum.counterResetCollision) note({ kind: 'reset_collision', operation: 'aggregation' });
  }
  return withHistograms({ ...floats, present }, histograms);
}
