// The best samples of a group at one step. The heap is worked exactly as Prometheus works it, so that ties fall the same way: the worst of the
// kept is on top, NaN is worse than any number.
import { sortAsGo } from './go-sort.ts';

export type TopOrder = 'top' | 'bottom';

interface Entry {
  readonly row: number;
  readonly value: number;
}

type IsLess<T> = (a: T, b: T) => boolean;

export class TopHeap {
  readonly #heap: Entry[] = [];
  readonly #k: number;
  readonly #order: TopOrder;
  readonly #isWorse: IsLess<Entry>;
  /** The best of what is not kept, which is never better than what is. */
  #lost: number | undefined;

  /** Keeps `k` samples, one at least: the largest or the smallest. */
  constructor(k: number, order: TopOrder) {
    this.#k = k;
    this.#order = order;
    this.#isWorse = ({ value: a }, { value: b }) => Number.isNaN(a) || isBetter(b, a, order);
  }

  /** Whether the sample is among the best of those that came so far. */
  push(row: number, value: number): boolean {
    const heap = this.#heap;
    if (heap.length < this.#k) {
      heap.push({ row, value });
      siftUp(heap, this.#isWorse);
      return true;
    }
    const worst = (heap[0] as Entry).value;
    const replaces = isBetter(value, worst, this.#order) || (Number.isNaN(worst) && !Number.isNaN(value));
    this.#lose(replaces ? worst : value);
    if (!replaces) return false;
    heap[0] = { row, value };
    siftDown(heap, this.#isWorse);
    return true;
  }

  /** The kept samples in no order. */
  get entries(): readonly Entry[] {
    return this.#heap;
  }

  /** Whether a sample that is not kept equals the worst that is, so that it was the order of rows that decided. */
  get isTied(): boolean {
    const worst = this.#heap[0]?.value;
    return this.#lost !== undefined && (this.#lost === worst || (Number.isNaN(this.#lost) && Number.isNaN(worst)));
  }

  /** The rows of the kept samples, best first. To be called once, at the end. */
  ranked(): number[] {
    return sortAsGo(this.#heap, (a, b) => this.#isWorse(b, a)).map(({ row }) => row);
  }

  #lose(value: number): void {
    if (this.#lost === undefined || Number.isNaN(this.#lost) || isBetter(value, this.#lost, this.#order)) this.#lost = value;
  }
}

function isBetter(value: number, other: number, order: TopOrder): boolean {
  return order === 'top' ? value > other : value < other;
}

/** Puts the last item of a heap in its place. */
export function siftUp<T>(heap: T[], isLess: IsLess<T>): void {
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (!isLess(heap[i] as T, heap[parent] as T)) return;
    swap(heap, i, parent);
    i = parent;
  }
}

function siftDown<T>(heap: T[], isLess: IsLess<T>): void {
  for (let i = 0; ; ) {
    let child = 2 * i + 1;
    if (child >= heap.length) return;
    if (child + 1 < heap.length && isLess(heap[child + 1] as T, heap[child] as T)) child++;
    if (!isLess(heap[child] as T, heap[i] as T)) return;
    swap(heap, i, child);
    i = child;
  }
}

function swap<T>(items: T[], i: number, j: number): void {
  const kept = items[i] as T;
  items[i] = items[j] as T;
  items[j] = kept;
}
