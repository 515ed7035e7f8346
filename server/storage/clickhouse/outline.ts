// Which samples of a block its rollup keeps: of a block alone, so that the outlines of blocks that follow each other are that of their series.
import { isStaleAt } from '../../model/stale.ts';
import { edgeAtOrAfter, type RollupGrid } from '../rollup-tiers.ts';
import type { Run } from './run.ts';

/** An outline of more than one in so many samples is not worth its place. */
const LEAST_GAIN = 3;

/** Marks what is kept, and hands it out. Reused from block to block. */
export class Outline {
  /** 1 for each sample of the block that is kept. */
  readonly isKept: Uint8Array;
  /** How many are kept; 0 when keeping them is not worth it. */
  count = 0;

  constructor(maxSamples: number) {
    this.isKept = new Uint8Array(maxSamples);
  }

  /**
   * Looks at samples start … end-1. At each edge of the grid the two samples up to it and the one after it are kept, which is what windows
   * that end or begin there look at; then the block's first and its last two, whatever is not a number with its neighbours, and, if
   * `keepsFalls`, both sides of every fall.
   */
  draw(run: Run, start: number, end: number, grid: RollupGrid, keepsFalls: boolean): void {
    const { times, values, bits } = run;
    const { isKept } = this;
    isKept.fill(0, 0, end - start);
    // The last two samples that are no stale markers.
    let last = -1;
    let before = -1;
    let keepsNext = true;
    let edge = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      const time = times[i] as number;
      if (edge < time) {
        if (edge > Number.NEGATIVE_INFINITY) {
          keep(isKept, last - start);
          keep(isKept, before - start);
          keepsNext = true;
        }
        edge = edgeAtOrAfter(grid, time);
      }
      const value = values[i] as number;
      const isNumber = !Number.isNaN(value);
      if (!isNumber || i === start) {
        keep(isKept, i - start);
        if (!isNumber) {
          keep(isKept, last - start);
          if (isStaleAt(bits, i)) {
            keepsNext = true;
            continue;
          }
        }
      } else if (keepsFalls && value < (values[last] as number)) {
        keep(isKept, i - start);
        keep(isKept, last - start);
      }
      if (keepsNext) {
        keep(isKept, i - start);
        keepsNext = false;
      }
      if (!isNumber) keepsNext = true;
      before = last;
      last = i;
    }
    keep(isKept, last - start);
    keep(isKept, before - start);
    keep(isKept, end - 1 - start);
    this.#count(end - start);
  }

  #count(samples: number): void {
    let count = 0;
    for (let i = 0; i < samples; i++) count += this.isKept[i] as number;
    this.count = count * LEAST_GAIN > samples ? 0 : count;
  }
}

function keep(isKept: Uint8Array, i: number): void {
  if (i >= 0) isKept[i] = 1;
}

/** How often values fall among samples start … end-1, stale markers left aside. */
export function countFalls({ values, bits }: Run, start: number, end: number): number {
  let falls = 0;
  let last = Number.NaN;
  for (let i = start; i < end; i++) {
    const value = values[i] as number;
    if (value < last) falls++;
    if (!Number.isNaN(value) || !isStaleAt(bits, i)) last = value;
  }
  return falls;
}
