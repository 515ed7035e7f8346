// Order is part of an instant query's result; over several steps there is none, so the vector is passed through.
import type { Labels } from '../../model/labels.ts';
import { pickRows, type Rows } from '../../vector/rows.ts';
import { argOf, type VectorFunction } from './function.ts';

export const SORT_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  sort: sortByValue((a, b) => a - b),
  sort_desc: sortByValue((a, b) => b - a),
  sort_by_label: sortByLabel(1),
  sort_by_label_desc: sortByLabel(-1),
};

/** NaN comes last in either direction. */
function sortByValue(compare: (a: number, b: number) => number): VectorFunction {
  return (call, context) => {
    const rows = context.vector(argOf(call, 0));
    return sorted(rows, (a, b) => {
      const x = rows.values[a] as number;
      const y = rows.values[b] as number;
      if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      return x === y ? 0 : compare(x, y);
    });
  };
}

/** By the natural order of the given labels one after the other, then by all labels. */
function sortByLabel(direction: 1 | -1): VectorFunction {
  return (call, context) => {
    const rows = context.vector(argOf(call, 0));
    const names = call.args.slice(1).map((arg) => context.text(arg));
    return sorted(rows, (a, b) => {
      const x = rows.labels[a] as Labels;
      const y = rows.labels[b] as Labels;
      for (const name of names) {
        const order = compareNatural(x.get(name), y.get(name));
        if (order !== 0) return direction * order;
      }
      return direction * x.compare(y);
    });
  };
}

function sorted(rows: Rows, compare: (a: number, b: number) => number): Rows {
  if (rows.steps !== 1) return rows;
  return pickRows(rows, Array.from(rows.labels.keys()).sort(compare));
}

/** Runs of digits compare as numbers: node2 < node10. */
function compareNatural(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] as string;
    const y = right[i] as string;
    const areNumbers = /^\d/.test(x) && /^\d/.test(y);
    const order = areNumbers ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0;
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
