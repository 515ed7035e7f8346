// Aggregations that make each group one series.
import { foldMixed } from './aggregate-histograms.ts';
import { type FoldOperator, newFolding } from './folding.ts';
import { type Grouping, type Groups, groupSeries } from './group.ts';
import { floatsOf, hasHistograms, ignoreNote, type TakeNote } from './histogram-cells.ts';
import { quantileOf } from './quantile.ts';
import type { Rows } from './rows.ts';

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
  const folding = newFolding(op, steps);
  folding.reserve(groups.labels.length);
  let first = 0;
  for (const piece of pieces) {
    folding.add(piece, groups.of, first);
    first += piece.labels.length;
  }
  return folding.result(groups.labels);
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
