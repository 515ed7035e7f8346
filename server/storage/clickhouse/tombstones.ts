// A deletion hides what the engine holds of a series in a span of time, until `cleanTombstones` removes it for good. Samples stored by a
// later flush at the same times are new ones: a tombstone knows the newest flush that it hides.
import { type Driver, queryAll } from './driver.ts';
import { fixedColumn } from './native.ts';
import type { Run } from './run.ts';
import { filterRun } from './run.ts';

/** Hides samples of startMs … endMs, both included, that flushes up to `generation` have stored. */
export interface Tombstone {
  readonly startMs: number;
  readonly endMs: number;
  readonly generation: number;
}

export interface SeriesTombstone {
  readonly series: number;
  readonly tombstone: Tombstone;
}

export const NO_TOMBSTONES: readonly Tombstone[] = Object.freeze([]);

/** With one more; those that it makes superfluous are left out. */
export function withTombstone(tombstones: readonly Tombstone[], added: Tombstone): readonly Tombstone[] {
  if (tombstones.some((other) => covers(other, added))) return tombstones;
  return [...tombstones.filter((other) => !covers(added, other)), added];
}

function covers(a: Tombstone, b: Tombstone): boolean {
  return a.startMs <= b.startMs && a.endMs >= b.endMs && a.generation >= b.generation;
}

/** Which of a block's samples are hidden; the block was stored by flush `generation`. */
export function hiddenPart(
  tombstones: readonly Tombstone[],
  block: { readonly minMs: number; readonly maxMs: number; readonly generation: number },
): 'none' | 'some' | 'all' {
  let part: 'none' | 'some' = 'none';
  for (const { startMs, endMs, generation } of tombstones) {
    if (generation < block.generation || startMs > block.maxMs || endMs < block.minMs) continue;
    if (startMs <= block.minMs && endMs >= block.maxMs) return 'all';
    part = 'some';
  }
  return part;
}

/** What is left of samples that flush `generation` has stored. */
export function withoutHidden(run: Run, tombstones: readonly Tombstone[], generation: number): Run {
  const relevant = tombstones.filter((tombstone) => tombstone.generation >= generation);
  if (relevant.length === 0) return run;
  return filterRun(run, (time) => !relevant.some(({ startMs, endMs }) => time >= startMs && time <= endMs));
}

/** Reads all tombstones, by series. */
export async function loadTombstones(driver: Driver): Promise<Map<number, readonly Tombstone[]>> {
  const found = new Map<number, readonly Tombstone[]>();
  for (const block of await queryAll(driver, 'SELECT series, start_ms, end_ms, generation FROM tombstones')) {
    const starts = block.fixed('start_ms', 'Int64');
    const ends = block.fixed('end_ms', 'Int64');
    const generations = block.fixed('generation', 'UInt32');
    block.fixed('series', 'UInt32').forEach((series, i) => {
      const tombstone = { startMs: Number(starts[i]), endMs: Number(ends[i]), generation: generations[i] as number };
      found.set(series, withTombstone(found.get(series) ?? NO_TOMBSTONES, tombstone));
    });
  }
  return found;
}

/** Stores tombstones; one stored twice does no harm. */
export async function storeTombstones(driver: Driver, added: readonly SeriesTombstone[]): Promise<void> {
  const numbers = (of: (row: SeriesTombstone) => number) => BigInt64Array.from(added, (row) => BigInt(of(row)));
  await driver.insert('tombstones', added.length, [
    fixedColumn(
      'series',
      'UInt32',
      Uint32Array.from(added, ({ series }) => series),
    ),
    fixedColumn(
      'start_ms',
      'Int64',
      numbers(({ tombstone }) => tombstone.startMs),
    ),
    fixedColumn(
      'end_ms',
      'Int64',
      numbers(({ tombstone }) => tombstone.endMs),
    ),
    fixedColumn(
      'generation',
      'UInt32',
      Uint32Array.from(added, ({ tombstone }) => tombstone.generation),
    ),
  ]);
}
