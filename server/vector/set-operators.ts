import { cellsOf } from './histogram-cells.ts';
import { type MatchLabels, matchGroups } from './matching.ts';
import { type Rows, withLabels } from './rows.ts';

export type SetOperator = 'and' | 'or' | 'unless';

/** `and`, `or` and `unless` at every step. Throws `vector.duplicate_series` when `or` brings two equal series together. */
export function setOperation(lhs: Rows, rhs: Rows, op: SetOperator, by: MatchLabels): Rows {
  const groups = matchGroups([lhs.labels, rhs.labels], by);
  const [left, right] = groups.of as [Int32Array, Int32Array];
  if (op !== 'or') return masked(lhs, left, occupied(rhs, right, groups.count), op === 'and');
  return concat(lhs, masked(rhs, right, occupied(lhs, left, groups.count), false));
}

/** 1 at (group, step) where the vector has any series of that match group. */
function occupied({ steps, present }: Rows, groupOf: Int32Array, count: number): Uint8Array {
  const out = new Uint8Array(count * steps);
  groupOf.forEach((group, row) => {
    for (let t = 0; t < steps; t++) if (present[row * steps + t] === 1) out[group * steps + t] = 1;
  });
  return out;
}

/** Keeps the cells whose match group is occupied (or is not) at that step. */
function masked(rows: Rows, groupOf: Int32Array, mask: Uint8Array, whenOccupied: boolean): Rows {
  const { steps } = rows;
  const present = Uint8Array.from(rows.present);
  const wanted = whenOccupied ? 1 : 0;
  groupOf.forEach((group, row) => {
    for (let t = 0; t < steps; t++) if (mask[group * steps + t] !== wanted) present[row * steps + t] = 0;
  });
  return { ...rows, present };
}

/** The rows of both; rows with equal labels are merged. Throws `vector.duplicate_series` where they overlap. */
export function concat(a: Rows, b: Rows): Rows {
  const values = new Float64Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  const present = new Uint8Array(values.length);
  present.set(a.present);
  present.set(b.present, a.present.length);
  const histograms = a.histograms || b.histograms ? [...cellsOf(a), ...cellsOf(b)] : undefined;
  const labels = [...a.labels, ...b.labels];
  const nameDropped = a.nameDropped && b.nameDropped && Uint8Array.from([...a.nameDropped, ...b.nameDropped]);
  return withLabels({ steps: a.steps, labels, values, present, histograms, nameDropped }, labels);
}
