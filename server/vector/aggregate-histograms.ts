// Aggregations over samples of which some are histograms. These can be counted, added up and averaged; among themselves only.
import { HistogramSum } from '../model/histogram-sum.ts';
import type { Labels } from '../model/labels.ts';
import type { FoldOperator } from './aggregate.ts';
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

/** By cell of the result; undefined where the histograms do not add up. */
type Sums = ReadonlyMap<number, HistogramSum | undefined>;

/** Adds up the histograms of each cell, in the order of the series. */
function histogramSums(rows: Rows, groups: Groups, note: TakeNote): Sums {
  const { steps } = rows;
  const sums = new Map<number, HistogramSum | undefined>();
  for (const [cell, histogram] of histogramsOf(rows)) {
    const row = Math.floor(cell / steps);
    const target = (groups.of[row] as number) * steps + (cell % steps);
    const sum = sums.get(target);
    if (sum) {
      if (sum.add(histogram)) continue;
      note({ kind: 'mixed_schemas', name: (rows.labels[row] as Labels).metricName });
      sums.set(target, undefined);
    } else if (!sums.has(target)) sums.set(target, new HistogramSum(histogram));
  }
  return sums;
}

/** The sums or averages in the cells that hold nothing else. */
function withSums(floats: Rows, sums: Sums, op: 'sum' | 'avg', note: TakeNote): Rows {
  const present = Uint8Array.from(floats.present);
  const histograms = new Array(present.length).fill(undefined);
  for (const [cell, sum] of sums) {
    if (present[cell] === 1) {
      note({ kind: 'mixed' });
      present[cell] = 0;
      continue;
    }
    if (!sum) continue;
    present[cell] = 1;
    histograms[cell] = op === 'sum' ? sum.result() : sum.mean();
    if (sum.boundsReconciled) note({ kind: 'bounds_reconciled', operation: 'aggregation' });
    if (sum.counterResetCollision) note({ kind: 'reset_collision', operation: 'aggregation' });
  }
  return withHistograms({ ...floats, present }, histograms);
}
