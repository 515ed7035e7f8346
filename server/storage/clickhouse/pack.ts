// What views have seen, as packed parts (storage/packed/): bytes are copied, nothing is decoded.
import { HEAD_BYTES, type PackedSeries, type PackMemory } from '../packed/packed-series.ts';
import { PieceWriter, plainBytes } from '../packed/piece-writer.ts';
import type { Run } from './run.ts';
import { type BlockRef, NO_BLOCKS, NO_ROLLED, type RolledRef, type Seen } from './seen.ts';

/** Whether a view has nothing but floats, which is what can be packed. */
export function isPackable({ hasHistograms }: Seen): boolean {
  return !hasHistograms;
}

/** How long the pieces of a view will be. */
export function packedBytes({ merged, blocks, rolled, headStart, headEnd }: Seen): number {
  if (merged) return plainBytes(merged.count);
  let bytes = headEnd > headStart ? plainBytes(headEnd - headStart) : 0;
  for (const { reader, row, from, to } of blocks) bytes += reader.pieceBytes(row, from, to);
  for (const { reader, row, endRow } of rolled) bytes += reader.bytesOf(row, endRow);
  return bytes;
}

/** Packs settled views that have samples, in their order, and lets go of their blocks. `bytes` is what they take together. */
export function pack(seen: readonly Seen[], bytes: number, memory: PackMemory): PackedSeries {
  const counts = Uint32Array.from(seen, ({ samples }) => samples);
  const target = memory.take(
    Math.max(bytes, HEAD_BYTES),
    counts.reduce((sum, count) => sum + count, 0),
  );
  const writer = new PieceWriter(target);
  const ends = new Uint32Array(seen.length);
  let isRolled = false;
  for (const [i, view] of seen.entries()) {
    if (view.rolled.length > 0) isRolled = true;
    write(view, writer);
    ends[i] = writer.at;
    view.blocks = NO_BLOCKS;
    view.rolled = NO_ROLLED;
    view.merged = undefined;
  }
  return { labels: seen.map(({ series }) => series.labels), ends, counts, memory: target, isRolled };
}

function write({ merged, blocks, rolled, columns, headStart, headEnd }: Seen, writer: PieceWriter): void {
  if (merged) {
    writeRun(merged, writer);
    return;
  }
  let r = 0;
  for (const block of blocks) {
    for (; r < rolled.length && (rolled[r] as RolledRef).minMs < block.minMs; r++) writeRolled(rolled[r] as RolledRef, writer);
    writeBlock(block, writer);
  }
  for (; r < rolled.length; r++) writeRolled(rolled[r] as RolledRef, writer);
  if (headEnd === headStart) return;
  const { times, values } = writer.plain(headEnd - headStart);
  columns.copyTo(times, values, 0, headStart, headEnd);
}

function writeRolled({ reader, row, endRow }: RolledRef, writer: PieceWriter): void {
  writer.copy(reader.pieces(row, endRow));
}

function writeBlock({ reader, row, from, to }: BlockRef, writer: PieceWriter): void {
  writer.block(reader.piece(row, from, to));
}

function writeRun({ times, values, count }: Run, writer: PieceWriter): void {
  const plain = writer.plain(count);
  plain.times.set(times.subarray(0, count));
  plain.values.set(values.subarray(0, count));
}
