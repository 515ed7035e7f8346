// What views have seen, as packed parts (storage/packed/): bytes are copied, nothing is decoded. Nothing is made for each view: there may be a million.
import type { Labels } from '../../model/labels.ts';
import { HEAD_BYTES, type PackedSeries, type PackMemory } from '../packed/packed-series.ts';
import { PieceWriter, plainBytes } from '../packed/piece-writer.ts';
import type { Run } from './run.ts';
import { type BlockRef, NO_BLOCKS, NO_ROLLED, type RolledRef, type Seen } from './seen.ts';

/** Whether a view has nothing but floats, which is what can be packed. */
export function isPackable({ hasHistograms }: Seen): boolean {
  return !hasHistograms;
}

/** Views of one part, and what their pieces take. */
interface PartToPack {
  readonly views: readonly Seen[];
  readonly bytes: number;
}

/** Cuts views into parts as large as `memory` says, or of one view. */
export function* partsToPack(all: readonly Seen[], memory: PackMemory): Generator<PartToPack> {
  let views: Seen[] = [];
  let [bytes, share] = [0, 0];
  for (const view of all) {
    const viewBytes = packedBytes(view);
    const viewShare = Math.max(viewBytes / memory.partBytes, view.samples / memory.partSamples, 1 / memory.partSeries);
    if (views.length > 0 && share + viewShare > 1) {
      yield { views, bytes };
      views = [];
      [bytes, share] = [0, 0];
    }
    views.push(view);
    bytes += viewBytes;
    share += viewShare;
  }
  if (views.length > 0) yield { views, bytes };
}

/** How long the pieces of a view will be. */
function packedBytes({ merged, blocks, rolled, headStart, headEnd }: Seen): number {
  if (merged) return plainBytes(merged.count);
  let bytes = headEnd > headStart ? plainBytes(headEnd - headStart) : 0;
  for (let i = 0; i < blocks.length; i++) {
    const { reader, row, from, to } = blocks[i] as BlockRef;
    bytes += reader.pieceBytes(row, from, to);
  }
  for (let i = 0; i < rolled.length; i++) {
    const { reader, row, endRow } = rolled[i] as RolledRef;
    bytes += reader.bytesOf(row, endRow);
  }
  return bytes;
}

/** Packs settled views that have samples, in their order, and lets go of their blocks. `bytes` is what they take together. */
export function pack(seen: readonly Seen[], bytes: number, memory: PackMemory): PackedSeries {
  const counts = new Uint32Array(seen.length);
  let samples = 0;
  for (let i = 0; i < seen.length; i++) samples += counts[i] = (seen[i] as Seen).samples;
  const target = memory.take(Math.max(bytes, HEAD_BYTES), samples);
  const writer = new PieceWriter(target);
  const ends = new Uint32Array(seen.length);
  const labels: Labels[] = [];
  let isRolled = false;
  for (let i = 0; i < seen.length; i++) {
    const view = seen[i] as Seen;
    if (view.rolled.length > 0) isRolled = true;
    write(view, writer);
    ends[i] = writer.at;
    labels.push(view.series.labels);
    view.blocks = NO_BLOCKS;
    view.rolled = NO_ROLLED;
    view.merged = undefined;
  }
  return { labels, ends, counts, memory: target, isRolled };
}

function write({ merged, blocks, rolled, columns, headStart, headEnd }: Seen, writer: PieceWriter): void {
  if (merged) {
    writeRun(merged, writer);
    return;
  }
  let r = 0;
  for (let b = 0; b < blocks.length; b++) {
    const block = blocks[b] as BlockRef;
    for (; r < rolled.length && (rolled[r] as RolledRef).minMs < block.minMs; r++) writeRolled(rolled[r] as RolledRef, writer);
    writeBlock(block, writer);
  }
  for (; r < rolled.length; r++) writeRolled(rolled[r] as RolledRef, writer);
  if (headEnd === headStart) return;
  const at = writer.plain(headEnd - headStart);
  columns.copyTo(writer.words, at, writer.words, at + headEnd - headStart, headStart, headEnd);
}

function writeRolled({ reader, row, endRow }: RolledRef, writer: PieceWriter): void {
  writer.copy(reader.pieces(row, endRow));
}

function writeBlock({ reader, row, from, to }: BlockRef, writer: PieceWriter): void {
  writer.block(reader.piece(row, from, to));
}

function writeRun({ times, values, count }: Run, writer: PieceWriter): void {
  const at = writer.plain(count);
  writer.numbers.set(times.subarray(0, count), at);
  writer.numbers.set(values.subarray(0, count), at + count);
}
