// Which series of the one side belongs to a match group at a step. At a step at which both sides have any, there must not be a second one.
import type { Labels } from '../model/labels.ts';
import type { BinaryOptions } from './binary-options.ts';
import { vectorError } from './errors.ts';
import type { FirstFailure } from './first-failure.ts';
import { formatLabelSet, matchPart } from './matching.ts';
import type { Rows } from './rows.ts';

/** Finds the rows of the one side. */
export class MatchOwners {
  /** By match group; -1 without any. */
  readonly #only: Int32Array;
  /** By match group and step, for those with several rows. */
  readonly #shared = new Map<number, Int32Array>();

  /** `groupOf` is the match group of each row of the one side; failures are `vector.many_to_many`. */
  constructor(many: Rows, one: Rows, groupOf: Int32Array, groups: number, options: BinaryOptions, failures: FirstFailure) {
    const only = new Int32Array(groups).fill(-1);
    groupOf.forEach((group, row) => {
      if ((only[group] as number) >= 0 && !this.#shared.has(group)) this.#shared.set(group, new Int32Array(one.steps).fill(-1));
      only[group] = row;
    });
    this.#only = only;
    if (this.#shared.size > 0) fillShared(many, one, groupOf, this.#shared, options, failures);
  }

  /** Whether any row belongs to a group. */
  has(group: number): boolean {
    return (this.#only[group] as number) >= 0;
  }

  /** The rows of a group by step, where it has several. */
  byStep(group: number): Int32Array | undefined {
    return this.#shared.get(group);
  }

  /** The row of a group that has one. */
  only(group: number): number {
    return this.#only[group] as number;
  }
}

/** Step by step, because the first step with two rows in a group is the failure to report. */
function fillShared(
  many: Rows,
  one: Rows,
  groupOf: Int32Array,
  shared: ReadonlyMap<number, Int32Array>,
  options: BinaryOptions,
  failures: FirstFailure,
): void {
  const { steps } = many;
  const isManyAt = new Uint8Array(steps);
  many.present.forEach((flag, i) => {
    if (flag === 1) isManyAt[i % steps] = 1;
  });
  for (let t = 0; t < steps; t++) {
    if (isManyAt[t] === 0) continue;
    for (let row = 0; row < groupOf.length; row++) {
      if (one.present[row * steps + t] === 0) continue;
      const rows = shared.get(groupOf[row] as number);
      if (!rows) continue;
      const first = rows[t] as number;
      if (first >= 0) {
        failures.add(t, () => manyToMany(one.labels[row] as Labels, one.labels[first] as Labels, options));
        return;
      }
      rows[t] = row;
    }
  }
}

function manyToMany(second: Labels, first: Labels, options: BinaryOptions): Error {
  const side = options.card === 'one-to-many' ? 'left' : 'right';
  const group = formatLabelSet(matchPart(options)(second));
  const pair = [first, second].sort((a, b) => a.compare(b)).map(formatLabelSet);
  return vectorError(
    'vector.many_to_many',
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${pair.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}
