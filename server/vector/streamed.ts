// Aggregations of rows that come bit by bit and are not kept: what is kept is a cell for each group and step, or the best samples there.
import type { Labels } from '../model/labels.ts';
import { tooManyGroups } from './errors.ts';
import { type Folding, type FoldOperator, newFolding } from './folding.ts';
import { Grouper, type Grouping } from './group.ts';
import { pickRows, type Rows } from './rows.ts';
import { TopHeap, type TopOrder } from './top-heap.ts';

/** Answers what the aggregation of all rows at once would. Rows are without histograms, and have no name to be dropped. */
export interface Streamed {
  /** Throws `vector.too_many_groups` when there are more than are worth it: nothing else may be asked from then on. */
  add(rows: Rows): void;
  /** To be called once, at the end. `onTie` is as in `selectTop`. */
  result(onTie: () => void): Rows;
}

/** Cells, which take up to twenty bytes, and thrice as many while their memory grows. */
const MOST_CELLS = 4_000_000;
/** Samples in heaps (about 45 bytes each), each heap counted as some. */
const MOST_IN_HEAPS = 2_000_000;
const SAMPLES_PER_HEAP = 4;

export class StreamedFold implements Streamed {
  readonly #steps: number;
  readonly #grouper: Grouper;
  readonly #folding: Folding;

  constructor(op: FoldOperator, steps: number, grouping: Grouping) {
    this.#steps = steps;
    this.#grouper = new Grouper(grouping);
    this.#folding = newFolding(op, steps);
  }

  add(rows: Rows): void {
    const of = this.#grouper.add(rows.labels);
    if (this.#grouper.labels.length * this.#steps > MOST_CELLS) throw tooManyGroups();
    this.#folding.reserve(this.#grouper.labels.length);
    this.#folding.add(rows, of, 0);
  }

  result(): Rows {
    return this.#folding.result(this.#grouper.labels);
  }
}

/** Labels of rows that are no longer among the best are let go when there are so many more than needed. */
const SPARE_LABELS = 4_096;

/** As `selectTop` with the same k at every step; rows without a sample among the best are left out. */
export class StreamedTop implements Streamed {
  readonly #steps: number;
  readonly #k: number;
  readonly #order: TopOrder;
  readonly #grouper: Grouper;
  /** By group and step. */
  readonly #heaps: TopHeap[] = [];
  readonly #labels = new Map<number, Labels>();
  #rows = 0;

  /** Keeps the `k` best, a whole number from 1 on. */
  constructor(k: number, order: TopOrder, steps: number, grouping: Grouping) {
    this.#k = k;
    this.#order = order;
    this.#steps = steps;
    this.#grouper = new Grouper(grouping);
  }

  add({ labels, values, present }: Rows): void {
    const of = this.#grouper.add(labels);
    const wanted = this.#grouper.labels.length * this.#steps;
    const samples = Math.min(wanted * this.#k, (this.#rows + labels.length) * this.#steps);
    if (wanted * SAMPLES_PER_HEAP + samples > MOST_IN_HEAPS) throw tooManyGroups();
    while (this.#heaps.length < wanted) this.#heaps.push(new TopHeap(this.#k, this.#order));
    for (const [row, series] of labels.entries()) {
      const first = (of[row] as number) * this.#steps;
      let isKept = false;
      for (let t = 0, i = row * this.#steps; t < this.#steps; t++, i++)
        if (present[i] === 1 && (this.#heaps[first + t] as TopHeap).push(this.#rows + row, values[i] as number)) isKept = true;
      if (isKept) this.#labels.set(this.#rows + row, series);
    }
    this.#rows += labels.length;
    if (this.#labels.size > this.#heaps.length * this.#k + SPARE_LABELS) this.#letGo();
  }

  result(onTie: () => void): Rows {
    if (this.#heaps.some(({ isTied }) => isTied)) onTie();
    const steps = this.#steps;
    const kept = [...this.#keptRows()].sort((a, b) => a - b);
    const placeOf = new Map(kept.map((row, place) => [row, place]));
    const values = new Float64Array(kept.length * steps);
    const present = new Uint8Array(values.length);
    for (const [i, { entries }] of this.#heaps.entries())
      for (const { row, value } of entries) {
        const cell = (placeOf.get(row) as number) * steps + (i % steps);
        values[cell] = value;
        present[cell] = 1;
      }
    const rows = { steps, labels: kept.map((row) => this.#labels.get(row) as Labels), values, present };
    if (steps > 1) return rows;
    return pickRows(
      rows,
      this.#heaps.flatMap((heap) => heap.ranked().map((row) => placeOf.get(row) as number)),
    );
  }

  #keptRows(): Set<number> {
    const kept = new Set<number>();
    for (const { entries } of this.#heaps) for (const { row } of entries) kept.add(row);
    return kept;
  }

  #letGo(): void {
    const kept = this.#keptRows();
    for (const row of this.#labels.keys()) if (!kept.has(row)) this.#labels.delete(row);
  }
}
