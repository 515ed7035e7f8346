// Aggregations that keep some series of each group as they are: topk, bottomk, limitk.
import { rowsOfGroups } from './aggregate.ts';
import { type Grouping, groupSeries } from './group.ts';
import { floatsOf, hasHistograms, ignoreNote, type TakeNote } from './histogram-cells.ts';
import { pickRows, type Rows } from './rows.ts';
import { siftUp, TopHeap, type TopOrder } from './top-heap.ts';

/**
 * Keeps at each step the `k[step]` largest (or smallest) samples of each group. A single step answers them in rank order. `onTie` hears of
 * steps where the order of rows decides which of equal samples are kept.
 */
export function selectTop(
  rows: Rows,
  k: Float64Array,
  grouping: Grouping,
  order: TopOrder,
  note: TakeNote = ignoreNote,
  onTie: () => void = ignoreNote,
): Rows {
  if (hasHistograms(rows) && k.some((count) => count >= 1)) note({ kind: 'ignored' });
  let isTied = false;
  const kept = selectRows(floatsOf(rows), k, grouping, (members, sampleOf, wanted) => {
    const heap = new TopHeap(wanted, order);
    for (const row of members) heap.push(row, sampleOf(row));
    if (heap.isTied) isTied = true;
    return heap.ranked();
  });
  if (isTied) onTie();
  return kept;
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
