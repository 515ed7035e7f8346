// Aggregations that keep some series of each group as they are: topk, bottomk, limitk.
import { rowsOfGroups } from './aggregate.ts';
import { sortAsGo } from './go-sort.ts';
import { type Grouping, groupSeries } from './group.ts';
import { floatsOf, hasHistograms, ignoreNote, type TakeNote } from './histogram-cells.ts';
import { pickRows, type Rows } from './rows.ts';

/**
 * Keeps at each step the `k[step]` largest (or smallest) samples of each group. A single step answers them in rank order. `onTie` hears of
 * steps where the order of rows decides which of equal samples are kept.
 */
export function selectTop(
  rows: Rows,
  k: Float64Array,
  grouping: Grouping,
  order: 'top' | 'bottom',
  note: TakeNote = ignoreNote,
  onTie: () => void = ignoreNote,
): Rows {
  if (hasHistograms(rows) && k.some((count) => count >= 1)) note({ kind: 'ignored' });
  let isKnown = false;
  return selectRows(floatsOf(rows), k, grouping, (members, sampleOf, wanted) => {
    const kept = rank(members, sampleOf, wanted, order);
    if (!isKnown && isTied(members, kept, sampleOf)) {
      isKnown = true;
      onTie();
    }
    return kept;
  });
}

/** Whether a sample that is not kept equals the worst that is. */
function isTied(members: readonly number[], kept: readonly number[], sampleOf: SampleOf): boolean {
  if (kept.length === 0 || kept.length === members.length) return false;
  const worst = sampleOf(kept.at(-1) as number);
  const isWorst = (row: number) => sampleOf(row) === worst || (Number.isNaN(worst) && Number.isNaN(sampleOf(row)));
  return count(members, isWorst) > count(kept, isWorst);
}

function count(rows: readonly number[], isCounted: (row: number) => boolean): number {
  let counted = 0;
  for (const row of rows) if (isCounted(row)) counted++;
  return counted;
}

/** Keeps at each step the first `k[step]` samples of each group. A single step answers them as they lie in upstream's heap. */
export function selectFirst(rows: Rows, k: Float64Array, grouping: Grouping): Rows {
  return selectRows(rows, k, grouping, (members, sampleOf, wanted) => inHeap(members.slice(0, wanted), sampleOf));
}

/** Keeps the samples whose row is wanted. A single step answers those of each group as they lie in upstream's heap. */
export function selectMatching(rows: Rows, grouping: Grouping, isWanted: (row: number, step: number) => boolean): Rows {
  const everything = new Float64Array(rows.steps).fill(Number.POSITIVE_INFINITY);
  return selectRows(rows, everything, grouping, (members, sampleOf, _, t) =>
    inHeap(
      members.filter((row) => isWanted(row, t)),
      sampleOf,
    ),
  );
}

/** The value of a row's sample: 0 for a histogram. */
type SampleOf = (row: number) => number;
type Choose = (members: readonly number[], sampleOf: SampleOf, k: number, step: number) => readonly number[];

function selectRows(rows: Rows, k: Float64Array, grouping: Grouping, choose: Choose): Rows {
  const { steps } = rows;
  const members = rowsOfGroups(groupSeries(rows.labels, grouping));
  const present = new Uint8Array(rows.present.length);
  const order: number[] = [];
  for (let t = 0; t < steps; t++) {
    const wanted = Math.trunc(k[t] as number);
    if (!(wanted >= 1)) continue;
    const sampleOf: SampleOf = (row) => (rows.histograms?.[row * steps + t] ? 0 : (rows.values[row * steps + t] as number));
    for (const group of members) {
      const here = group.filter((row) => rows.present[row * steps + t] === 1);
      for (const row of choose(here, sampleOf, wanted, t)) {
        present[row * steps + t] = 1;
        if (steps === 1) order.push(row);
      }
    }
  }
  const kept = { ...rows, present };
  return steps === 1 ? pickRows(kept, order) : kept;
}

/** Rows pushed one after another on a heap with the smallest on top. Order is seen where nothing is computed over several steps. */
function inHeap(members: readonly number[], sampleOf: SampleOf): readonly number[] {
  const heap: number[] = [];
  for (const row of members) {
    heap.push(row);
    siftUp(heap, (a, b) => Number.isNaN(sampleOf(a)) || sampleOf(a) < sampleOf(b));
  }
  return heap;
}

/**
 * The k best rows, best first. The heap is worked exactly as Prometheus works it, so that ties fall the same way: the worst of
 * the kept is on top, NaN is worse than any number.
 */
function rank(members: readonly number[], sampleOf: SampleOf, k: number, order: 'top' | 'bottom'): readonly number[] {
  const isWorse = (a: number, b: number) => {
    const x = sampleOf(a);
    const y = sampleOf(b);
    return Number.isNaN(x) || (order === 'top' ? x < y : x > y);
  };
  const heap: number[] = [];
  for (const row of members) {
    const worst = heap[0];
    if (heap.length < k) {
      heap.push(row);
      siftUp(heap, isWorse);
    } else if (worst !== undefined && replaces(sampleOf(row), sampleOf(worst), order)) {
      heap[0] = row;
      siftDown(heap, isWorse);
    }
  }
  return sortAsGo(heap, (a, b) => isWorse(b, a));
}

function replaces(value: number, worst: number, order: 'top' | 'bottom'): boolean {
  return (order === 'top' ? worst < value : worst > value) || (Number.isNaN(worst) && !Number.isNaN(value));
}

function siftUp(heap: number[], isLess: (a: number, b: number) => boolean): void {
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (!isLess(heap[i] as number, heap[parent] as number)) return;
    swap(heap, i, parent);
    i = parent;
  }
}

function siftDown(heap: number[], isLess: (a: number, b: number) => boolean): void {
  for (let i = 0; ; ) {
    let child = 2 * i + 1;
    if (child >= heap.length) return;
    if (child + 1 < heap.length && isLess(heap[child + 1] as number, heap[child] as number)) child++;
    if (!isLess(heap[child] as number, heap[i] as number)) return;
    swap(heap, i, child);
    i = child;
  }
}

function swap(rows: number[], i: number, j: number): void {
  const kept = rows[i] as number;
  rows[i] = rows[j] as number;
  rows[j] = kept;
}
