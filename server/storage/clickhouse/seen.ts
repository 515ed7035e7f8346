// What a read sees of one series: a reference to the head as it was, and the blocks of flushes that were complete then. Whatever a flush
// does meanwhile, that is every sample once, none missing.
import type { BlockReader } from './blocks.ts';
import type { Series } from './head.ts';
import type { HeadColumns } from './head-columns.ts';
import type { Span } from './in-span.ts';
import type { RollupRows } from './rollup-rows.ts';
import { joinRuns, mergeRuns, type Run, sliceRun } from './run.ts';
import { hiddenPart, type Tombstone, withoutHidden } from './tombstones.ts';

export interface Seen {
  readonly series: Series;
  readonly columns: HeadColumns;
  readonly headStart: number;
  readonly headEnd: number;
  /** Late samples within the span, in order of time. */
  readonly late: Run | undefined;
  readonly tombstones: readonly Tombstone[];
  readonly hasHistograms: boolean;
  /** The engine may have samples within the span. */
  readonly isOnDisk: boolean;
  blocks: BlockRef[];
  /** Blocks of which only the rollup is read. */
  rolled: RolledRef[];
  /** Everything in order of time, where blocks and head overlap or something is hidden. */
  merged: Run | undefined;
  /** Before `settle` an upper bound. */
  samples: number;
}

export interface BlockRef {
  readonly reader: BlockReader;
  readonly row: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Samples from … to-1 of the block are wanted. */
  readonly from: number;
  readonly to: number;
}

/** Blocks that follow each other, rows row … endRow-1 of a result, by their rollups. */
export interface RolledRef {
  readonly reader: RollupRows;
  readonly row: number;
  endRow: number;
  readonly minMs: number;
  maxMs: number;
  /** Whether their rollups will do, and how many samples these have; else how many the blocks have. */
  readonly suffices: boolean;
  samples: number;
}

/** What most views have, of which there may be a million. */
export const NO_BLOCKS: BlockRef[] = [];
export const NO_ROLLED: RolledRef[] = [];
Object.freeze(NO_BLOCKS);
Object.freeze(NO_ROLLED);

/** Adds a block to a view. */
export function addBlock(view: Seen, ref: BlockRef): void {
  if (view.blocks.length > 0) view.blocks.push(ref);
  else view.blocks = [ref];
}

/** What there is of the series in the span at this moment; series without anything are left out. */
export function look(matched: readonly Series[], { startMs, endMs }: Span): Seen[] {
  const seen: Seen[] = [];
  for (const series of matched) {
    const view = lookAt(series, startMs, endMs);
    if (view) seen.push(view);
  }
  return seen;
}

/** What there is of one series; undefined without anything. */
export function lookAt(series: Series, startMs: number, endMs: number): Seen | undefined {
  const { columns, count, tombstones, hasHistograms } = series;
  const headStart = columns.lowerBound(count, startMs);
  const headEnd = columns.lowerBound(count, endMs + 0.5);
  const isOnDisk = series.diskMinMs <= endMs && series.diskMaxMs >= startMs;
  const late = series.late && lateWithin(series, startMs, endMs);
  if (headEnd === headStart && !isOnDisk && !late) return undefined;
  const samples = headEnd - headStart + (late?.count ?? 0);
  // For each of what may be a million series: nothing is spread here.
  return {
    series,
    columns,
    headStart,
    headEnd,
    late,
    tombstones,
    hasHistograms,
    isOnDisk,
    samples,
    blocks: NO_BLOCKS,
    rolled: NO_ROLLED,
    merged: undefined,
  };
}

function lateWithin({ late }: Series, startMs: number, endMs: number): Run | undefined {
  const run = late?.sorted(late.count, startMs, endMs);
  return run && run.count > 0 ? run : undefined;
}

/** The part of a block within the span, or undefined when it has no sample there. */
export function cutBlock(reader: BlockReader, row: number, { startMs, endMs }: Span): BlockRef | undefined {
  const count = reader.counts[row] as number;
  const minMs = reader.minMs(row);
  const maxMs = reader.maxMs(row);
  if (minMs > endMs || maxMs < startMs) return undefined;
  if (minMs >= startMs && maxMs <= endMs) return { reader, row, minMs, maxMs, from: 0, to: count };
  const from = reader.lowerBound(row, startMs);
  const to = reader.lowerBound(row, endMs + 0.5);
  return to > from ? { reader, row, minMs, maxMs, from, to } : undefined;
}

/** Puts the blocks in order; merges what cannot simply be put together. To be called when all blocks are there. */
export function settle(view: Seen): void {
  view.blocks = inOrder(view.blocks);
  if (!needsMerge(view, view.blocks)) return;
  view.merged = merge(view);
  view.blocks = NO_BLOCKS;
  view.samples = view.merged.count;
}

type AnyRef = BlockRef | RolledRef;

/** Whether the samples of `blocks` (in order), of the head and those that came late are more than the ones after the others. */
export function needsMerge(view: Seen, blocks: readonly AnyRef[]): boolean {
  return view.late !== undefined || isHidden(view, blocks) || isOverlapping(view, blocks);
}

/** The engine answers part by part. */
export function inOrder<T extends AnyRef>(blocks: T[]): T[] {
  for (let i = 1; i < blocks.length; i++)
    if ((blocks[i] as T).minMs < (blocks[i - 1] as T).minMs) return blocks.sort((a, b) => a.minMs - b.minMs);
  return blocks;
}

function isOverlapping({ columns, headStart, headEnd }: Seen, blocks: readonly AnyRef[]): boolean {
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { minMs, maxMs } of blocks) {
    if (minMs <= lastMs) return true;
    lastMs = maxMs;
  }
  return headEnd > headStart && columns.timeAt(headStart) <= lastMs;
}

function isHidden({ tombstones }: Seen, blocks: readonly AnyRef[]): boolean {
  if (tombstones.length === 0) return false;
  return blocks.some(
    ({ reader, row, minMs, maxMs }) => hiddenPart(tombstones, { minMs, maxMs, generation: reader.generation(row) }) !== 'none',
  );
}

/** Of samples at one time the one of the last flush counts; the head comes after all flushes, and late samples last. */
function merge(view: Seen): Run {
  const { columns, headStart, headEnd, late, blocks, tombstones } = view;
  const byGeneration = new Map<number, BlockRef[]>();
  for (const block of blocks) {
    const generation = block.reader.generation(block.row);
    const same = byGeneration.get(generation);
    if (same) same.push(block);
    else byGeneration.set(generation, [block]);
  }
  const runs: Run[] = [];
  for (const generation of [...byGeneration.keys()].sort((a, b) => a - b))
    for (const apart of withoutOverlap(byGeneration.get(generation) as BlockRef[]))
      runs.push(withoutHidden(joinRuns(apart.map(runOfBlock)), tombstones, generation));
  if (headEnd > headStart) runs.push(columns.run(headStart, headEnd));
  if (late) runs.push(late);
  return mergeAll(runs);
}

/** Two by two, so that each sample is copied few times; neighbours stay neighbours, as the later one wins. */
function mergeAll(runs: readonly Run[]): Run {
  let left = runs;
  while (left.length > 1) {
    const merged: Run[] = [];
    for (let i = 0; i < left.length; i += 2) {
      const [a, b] = [left[i] as Run, left[i + 1]];
      merged.push(b ? mergeRuns(a, b) : a);
    }
    left = merged;
  }
  return left[0] ?? joinRuns([]);
}

/** Blocks of one flush follow each other, but for what a cleaning that was cut off may have left twice. */
function withoutOverlap(blocks: readonly BlockRef[]): BlockRef[][] {
  const rows: BlockRef[][] = [];
  for (const block of blocks) {
    const row = rows.find((one) => (one.at(-1) as BlockRef).maxMs < block.minMs);
    if (row) row.push(block);
    else rows.push([block]);
  }
  return rows;
}

function runOfBlock({ reader, row, from, to }: BlockRef): Run {
  return sliceRun(reader.run(row), from, to);
}
