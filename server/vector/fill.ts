import type { Labels } from '../model/labels.ts';
import { type MatchLabels, matchGroups, matchPart } from './matching.ts';
import type { Rows } from './rows.ts';
import { concat } from './set-operators.ts';

/** The value of a series that is missing on the left, on the right; undefined for nothing. */
export interface FillValues {
  readonly fillLeft?: number | undefined;
  readonly fillRight?: number | undefined;
}

/**
 * Both vectors with a sample in every match group in which, at a step, only the other has any. Its labels are those that the
 * group has in common.
 */
export function fillMissing(lhs: Rows, rhs: Rows, by: MatchLabels & FillValues): readonly [Rows, Rows] {
  if (by.fillLeft === undefined && by.fillRight === undefined) return [lhs, rhs];
  const groups = matchGroups([lhs.labels, rhs.labels], by);
  const left = new Side(lhs, groups.of[0] as Int32Array, groups.count);
  const right = new Side(rhs, groups.of[1] as Int32Array, groups.count);
  return [left.filledFrom(right, by.fillLeft, by), right.filledFrom(left, by.fillRight, by)];
}

/** One of the vectors, and at which steps each match group has a sample of it. */
class Side {
  readonly #rows: Rows;
  readonly #occupied: Uint8Array;
  /** The first row of each group, -1 without any. */
  readonly #firstRow: Int32Array;

  constructor(rows: Rows, groupOf: Int32Array, groups: number) {
    const { steps, present } = rows;
    this.#rows = rows;
    this.#occupied = new Uint8Array(groups * steps);
    this.#firstRow = new Int32Array(groups).fill(-1);
    groupOf.forEach((group, row) => {
      if ((this.#firstRow[group] as number) < 0) this.#firstRow[group] = row;
      for (let t = 0; t < steps; t++) if (present[row * steps + t] === 1) this.#occupied[group * steps + t] = 1;
    });
  }

  filledFrom(other: Side, value: number | undefined, by: MatchLabels): Rows {
    if (value === undefined) return this.#rows;
    const { steps } = this.#rows;
    const isMissing = (cell: number) => other.#occupied[cell] === 1 && this.#occupied[cell] === 0;
    const wanted = Array.from(this.#firstRow.keys()).filter((group) => anyOf(steps, (t) => isMissing(group * steps + t)));
    const present = new Uint8Array(wanted.length * steps);
    wanted.forEach((group, row) => {
      for (let t = 0; t < steps; t++) present[row * steps + t] = isMissing(group * steps + t) ? 1 : 0;
    });
    const part = matchPart(by);
    const labels = wanted.map((group) => part(other.#rows.labels[other.#firstRow[group] as number] as Labels));
    const values = new Float64Array(present.length).fill(value);
    const nameDropped = this.#rows.nameDropped && new Uint8Array(labels.length);
    return concat(this.#rows, { steps, labels, values, present, nameDropped });
  }
}

function anyOf(steps: number, holds: (step: number) => boolean): boolean {
  for (let t = 0; t < steps; t++) if (holds(t)) return true;
  return false;
}
