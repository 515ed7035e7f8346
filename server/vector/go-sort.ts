// Sorting exactly as Go's `sort.Sort` and `slices.SortFunc` do it (pattern-defeating quicksort, Orson Peters): where elements tie, or
// where the order is none (natural order of labels with empty ones), the result is that of the algorithm, and answers show it.

/** Whether the element at i sorts before the one at j. */
type Less = (i: number, j: number) => boolean;

const MAX_INSERTION = 12;
const MIN_NINTHER = 50;
const MAX_SWAPS = 12;
const PARTIAL_STEPS = 5;
const MIN_SHIFTING = 50;

/** Sorts in place and returns its argument; `isLess` need not be a strict weak order. */
export function sortAsGo<T>(items: T[], isLess: (a: T, b: T) => boolean): T[] {
  const less: Less = (i, j) => isLess(items[i] as T, items[j] as T);
  const swap = (i: number, j: number) => {
    const kept = items[i] as T;
    items[i] = items[j] as T;
    items[j] = kept;
  };
  quicksort({ less, swap }, 0, items.length, bitLength(items.length));
  return items;
}

interface Sorted {
  readonly less: Less;
  swap(i: number, j: number): void;
}

function quicksort(data: Sorted, from: number, to: number, depthLeft: number): void {
  let [a, b, limit] = [from, to, depthLeft];
  let wasBalanced = true;
  let wasPartitioned = true;
  for (;;) {
    const length = b - a;
    if (length <= MAX_INSERTION || limit === 0) {
      if (length <= MAX_INSERTION) insertionSort(data, a, b);
      else heapSort(data, a, b);
      return;
    }
    if (!wasBalanced) {
      breakPatterns(data, a, b);
      limit--;
    }
    let { pivot, hint } = choosePivot(data, a, b);
    if (hint === 'decreasing') {
      for (let i = a, j = b - 1; i < j; i++, j--) data.swap(i, j);
      pivot = b - 1 - (pivot - a);
      hint = 'increasing';
    }
    if (wasBalanced && wasPartitioned && hint === 'increasing' && partialInsertionSort(data, a, b)) return;
    if (a > 0 && !data.less(a - 1, pivot)) {
      a = partitionEqual(data, a, b, pivot);
      continue;
    }
    const { middle, isPartitioned } = partition(data, a, b, pivot);
    wasPartitioned = isPartitioned;
    const [left, right] = [middle - a, b - middle];
    wasBalanced = Math.min(left, right) >= Math.floor(length / 8);
    if (left < right) {
      quicksort(data, a, middle, limit);
      a = middle + 1;
    } else {
      quicksort(data, middle + 1, b, limit);
      b = middle;
    }
  }
}

function insertionSort({ less, swap }: Sorted, a: number, b: number): void {
  for (let i = a + 1; i < b; i++) for (let j = i; j > a && less(j, j - 1); j--) swap(j, j - 1);
}

function heapSort(data: Sorted, a: number, b: number): void {
  const length = b - a;
  for (let i = Math.floor((length - 1) / 2); i >= 0; i--) siftDown(data, i, length, a);
  for (let i = length - 1; i >= 0; i--) {
    data.swap(a, a + i);
    siftDown(data, 0, i, a);
  }
}

function siftDown({ less, swap }: Sorted, start: number, end: number, first: number): void {
  for (let root = start; ; ) {
    let child = 2 * root + 1;
    if (child >= end) return;
    if (child + 1 < end && less(first + child, first + child + 1)) child++;
    if (!less(first + root, first + child)) return;
    swap(first + root, first + child);
    root = child;
  }
}

/** What is less than the pivot goes before `middle`, where the pivot ends up. */
function partition({ less, swap }: Sorted, a: number, b: number, pivot: number): { middle: number; isPartitioned: boolean } {
  swap(a, pivot);
  let [i, j] = [a + 1, b - 1];
  let swaps = 0;
  for (;;) {
    while (i <= j && less(i, a)) i++;
    while (i <= j && !less(j, a)) j--;
    if (i > j) break;
    swap(i, j);
    swaps++;
    i++;
    j--;
  }
  swap(j, a);
  return { middle: j, isPartitioned: swaps === 0 };
}

/** What equals the pivot goes before the returned index; nothing is less than it. */
function partitionEqual({ less, swap }: Sorted, a: number, b: number, pivot: number): number {
  swap(a, pivot);
  let [i, j] = [a + 1, b - 1];
  for (;;) {
    while (i <= j && !less(a, i)) i++;
    while (i <= j && less(a, j)) j--;
    if (i > j) return i;
    swap(i, j);
    i++;
    j--;
  }
}

/** Finishes what is almost sorted; false when it was not. */
function partialInsertionSort({ less, swap }: Sorted, a: number, b: number): boolean {
  let i = a + 1;
  for (let step = 0; step < PARTIAL_STEPS; step++) {
    while (i < b && !less(i, i - 1)) i++;
    if (i === b) return true;
    if (b - a < MIN_SHIFTING) return false;
    swap(i, i - 1);
    if (i - a >= 2) for (let j = i - 1; j >= 1 && less(j, j - 1); j--) swap(j, j - 1);
    if (b - i >= 2) for (let j = i + 1; j < b && less(j, j - 1); j++) swap(j, j - 1);
  }
  return false;
}

/** Three swaps that follow from the length alone. */
function breakPatterns({ swap }: Sorted, a: number, b: number): void {
  const length = b - a;
  if (length < 8) return;
  let random = BigInt(length);
  const mask = (1n << BigInt(bitLength(length))) - 1n;
  const at = a + Math.floor(length / 4) * 2;
  for (let i = 0; i < 3; i++) {
    random ^= BigInt.asUintN(64, random << 13n);
    random ^= random >> 7n;
    random ^= BigInt.asUintN(64, random << 17n);
    const other = Number(random & mask);
    swap(at - 1 + i, a + (other >= length ? other - length : other));
  }
}

interface Pivot {
  readonly pivot: number;
  readonly hint: 'increasing' | 'decreasing' | 'unknown';
}

/** The median of three, of three medians when there are many; how often it had to swap hints at the order. */
function choosePivot({ less }: Sorted, a: number, b: number): Pivot {
  let swaps = 0;
  const inOrder = (i: number, j: number): [number, number] => {
    if (!less(j, i)) return [i, j];
    swaps++;
    return [j, i];
  };
  const median = (first: number, second: number, third: number): number => {
    let [x, y] = inOrder(first, second);
    [y] = inOrder(y, third);
    [x, y] = inOrder(x, y);
    return y;
  };
  const length = b - a;
  const quarter = Math.floor(length / 4);
  let [i, j, k] = [a + quarter, a + quarter * 2, a + quarter * 3];
  if (length >= MIN_NINTHER) [i, j, k] = [median(i - 1, i, i + 1), median(j - 1, j, j + 1), median(k - 1, k, k + 1)];
  if (length >= 8) j = median(i, j, k);
  return { pivot: j, hint: swaps === 0 ? 'increasing' : swaps === MAX_SWAPS ? 'decreasing' : 'unknown' };
}

function bitLength(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log2(value)) + 1;
}
