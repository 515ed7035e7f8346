// Rows of a part of the series, evaluated some series at a time: each batch is put together in memory that is used again for the next, which
// stays in the processor's cache, and copied to where the rows of the whole part lie one after the other.
import type { Labels } from '../../model/labels.ts';
import type { Rows } from '../../vector/rows.ts';

/** Where cells of rows come from: values that are 0, and none present. */
export interface Cells {
  readonly values: Float64Array;
  readonly present: Uint8Array;
}

/** What a cell takes. */
export const CELL_BYTES = 9;

/** Hands out cells, all of which are taken back at once. */
export class CellScratch {
  #values = new Float64Array(0);
  #present = new Uint8Array(0);
  #used = 0;

  take(count: number): Cells {
    const end = this.#used + count;
    if (end > this.#values.length) {
      // What was handed out before stays where it is.
      this.#values = new Float64Array(Math.max(end, 2 * this.#values.length));
      this.#present = new Uint8Array(this.#values.length);
    }
    const values = this.#values.subarray(this.#used, end);
    const present = this.#present.subarray(this.#used, end);
    this.#used = end;
    return { values: values.fill(0), present: present.fill(0) };
  }

  takeBack(): void {
    this.#used = 0;
  }
}

/** Collects the rows of one reduction. */
export class RowCollector {
  readonly #steps: number;
  readonly #values: Float64Array;
  readonly #present: Uint8Array;
  readonly #labels: Labels[] = [];
  readonly #nameDropped: number[] = [];
  #cells = 0;

  /** For up to `rows` rows, in the part of `memory` that begins at byte `at` if it is large enough, else in memory of its own. */
  constructor(steps: number, rows: number, memory: SharedArrayBuffer | undefined, at: number) {
    const cells = steps * rows;
    const isRoom = memory && at + cells * CELL_BYTES <= memory.byteLength;
    this.#steps = steps;
    this.#values = isRoom ? new Float64Array(memory, at, cells) : new Float64Array(cells);
    this.#present = isRoom ? new Uint8Array(memory, at + 8 * cells, cells) : new Uint8Array(cells);
  }

  /** Copies rows without histograms. */
  add({ labels, values, present, nameDropped }: Rows): void {
    this.#values.set(values, this.#cells);
    this.#present.set(present, this.#cells);
    this.#cells += values.length;
    for (const each of labels) this.#labels.push(each);
    for (const dropped of nameDropped ?? []) this.#nameDropped.push(dropped);
  }

  get rows(): Rows {
    const nameDropped = this.#nameDropped.length > 0 ? Uint8Array.from(this.#nameDropped) : undefined;
    return {
      steps: this.#steps,
      labels: this.#labels,
      values: this.#values.subarray(0, this.#cells),
      present: this.#present.subarray(0, this.#cells),
      nameDropped,
    };
  }
}
