import type { Labels } from '../../model/labels.ts';
import type { Turns } from './turns.ts';

/** Series sorted before other work gets its turn. */
const SORT_SLICE = 1_000;

interface Labelled {
  readonly labels: Labels;
}

type Compare<T> = (a: T, b: T) => number;

/** Sorts pieces and merges them two by two, a turn for each slice. */
export async function sortInTurns<T>(items: readonly T[], compare: Compare<T>, turns: Turns): Promise<T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += SORT_SLICE) {
    if (items.length > SORT_SLICE) await turns.next();
    runs.push(items.slice(at, at + SORT_SLICE).sort(compare));
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(await mergeSorted(runs[i] as T[], runs[i + 1] ?? [], compare, turns));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeSorted<T>(left: readonly T[], right: readonly T[], compare: Compare<T>, turns: Turns): Promise<T[]> {
  const merged: T[] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    if (merged.length % (4 * SORT_SLICE) === 0) await turns.next();
    const [a, b] = [left[i], right[j]];
    const isLeftNext = a !== undefined && (b === undefined || compare(a, b) <= 0);
    merged.push((isLeftNext ? left[i++] : right[j++]) as T);
  }
  return merged;
}

/** The order of `Labels.compare`. */
export function compareLabels(a: Labelled, b: Labelled): number {
  return a.labels.compare(b.labels);
}

/** Cuts `items` into parts of no more than `most`, or of one item. */
export function partsOf<T>(items: readonly T[], sizeOf: (item: T) => number, most: number): T[][] {
  const parts: T[][] = [];
  let size = 0;
  for (const item of items) {
    const itemSize = sizeOf(item);
    const part = parts.at(-1);
    if (part && size + itemSize <= most) {
      part.push(item);
      size += itemSize;
    } else {
      parts.push([item]);
      size = itemSize;
    }
  }
  return parts;
}

/** Cuts `items` where `kindOf` changes. */
export function runsOf<T>(items: readonly T[], kindOf: (item: T) => unknown): T[][] {
  const runs: T[][] = [];
  let kind: unknown;
  for (const item of items) {
    const run = runs.at(-1);
    if (run && kindOf(item) === kind) run.push(item);
    else runs.push([item]);
    kind = kindOf(item);
  }
  return runs;
}

/** The same items, each asked for while the one before is worked on. An error is thrown when its turn comes, or not if the caller leaves. */
export async function* ahead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next();
  try {
    for (let result = await next; !result.done; result = await next) {
      next = items.next();
      next.catch(ignoreUntilAwaited);
      yield result.value;
    }
  } finally {
    await next.catch(ignoreUntilAwaited);
    await items.return(undefined);
  }
}

function ignoreUntilAwaited(): void {
  // Whoever awaits the promise sees the rejection.
}
