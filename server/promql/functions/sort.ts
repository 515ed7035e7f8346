// Order is part of an instant query's result; over several steps there is none, so the vector is passed through.
import type { Labels } from '../../model/labels.ts';
import { sortAsGo } from '../../vector/go-sort.ts';
import { floatsOf } from '../../vector/histogram-cells.ts';
import { pickRows, type Rows } from '../../vector/rows.ts';
import { argOf, type VectorFunction } from './function.ts';

export const SORT_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  sort: sortByValue((a, b) => a < b),
  sort_desc: sortByValue((a, b) => a > b),
  sort_by_label: sortByLabel(false),
  sort_by_label_desc: sortByLabel(true),
};

/** NaN comes last in either direction; histograms are left out. */
function sortByValue(isBefore: (a: number, b: number) => boolean): VectorFunction {
  return (call, context) => {
    const rows = floatsOf(context.vector(argOf(call, 0)));
    return sorted(rows, (a, b) => {
      const y = rows.values[b] as number;
      return Number.isNaN(y) || isBefore(rows.values[a] as number, y);
    });
  };
}

/** By the natural order of the given labels one after the other, then by all labels. */
function sortByLabel(isDescending: boolean): VectorFunction {
  return (call, context) => {
    const rows = context.vector(argOf(call, 0));
    const names = call.args.slice(1).map((arg) => context.text(arg));
    return sorted(rows, (a, b) => {
      const x = rows.labels[a] as Labels;
      const y = rows.labels[b] as Labels;
      for (const name of names) {
        const [left, right] = [x.get(name), y.get(name)];
        if (left !== right) return isNaturallyBefore(left, right) !== isDescending;
      }
      return isDescending ? x.compare(y) > 0 : x.compare(y) < 0;
    });
  };
}

function sorted(rows: Rows, isLess: (a: number, b: number) => boolean): Rows {
  if (rows.steps !== 1) return rows;
  // Rows without a sample would take part in the algorithm.
  const present = Array.from(rows.labels.keys()).filter((row) => rows.present[row] === 1);
  return pickRows(rows, sortAsGo(present, isLess));
}

/**
 * Runs of digits compare as numbers: node2 < node10. As upstream's library has it, no text is before or after an empty one, and of
 * texts that only leading zeros tell apart each is before the other.
 */
function isNaturallyBefore(a: string, b: string): boolean {
  const left = a.match(/[0-9]+|[^0-9]+/g) ?? [];
  const right = b.match(/[0-9]+|[^0-9]+/g) ?? [];
  for (const [i, x] of left.entries()) {
    const y = right[i];
    if (y === undefined) return false;
    const [m, n] = [numberOf(x), numberOf(y)];
    const areNumbers = m !== undefined && n !== undefined;
    if (areNumbers ? m !== n : x !== y) return areNumbers ? m < n : x < y;
    if (i === left.length - 1) return true;
    if (i === right.length - 1) return false;
  }
  return false;
}

/** Beyond 64 bits digits are text. */
function numberOf(text: string): bigint | undefined {
  const value = /^[0-9]/.test(text) ? BigInt(text) : undefined;
  return value !== undefined && value < 1n << 63n ? value : undefined;
}
