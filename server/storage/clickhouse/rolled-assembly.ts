import { bitsOf, isStaleAt } from '../../model/stale.ts';
import { throwIfAborted } from '../errors.ts';
import type { ReadLimits, SampleBuffers, SeriesSet } from '../store.ts';
import { assemble, HistogramCollector } from './assemble.ts';
import type { HeadColumns } from './head-columns.ts';
import { type Run, sliceRun } from './run.ts';
import { type BlockRef, NO_BLOCKS, NO_ROLLED, type RolledRef, type Seen } from './seen.ts';
import type { Turns } from './turns.ts';

/** Samples decoded before other work gets its turn (about 3 ms); each block costs as much as so many samples. */
const DECODE_SLICE = 300_000;
const SAMPLES_PER_BLOCK = 20;

/** As `assemble`, for views that may have blocks by their rollups. */
export async function assembleRolled(seen: readonly Seen[], limits: ReadLimits, turns: Turns, buffers: SampleBuffers): Promise<SeriesSet> {
  const full = seen.filter((view) => view.samples > 0);
  if (full.every(({ rolled }) => rolled.length === 0)) return assemble(full, limits, turns, buffers);
  const offsets = new Uint32Array(full.length + 1);
  full.forEach((view, i) => {
    offsets[i + 1] = (offsets[i] as number) + view.samples;
  });
  const target = new Target(offsets[full.length] as number, buffers);
  let cost = 0;
  for (const view of full) {
    cost += target.add(view);
    view.blocks = NO_BLOCKS;
    view.rolled = NO_ROLLED;
    view.merged = undefined;
    if (cost < DECODE_SLICE) continue;
    cost = 0;
    await turns.next();
    throwIfAborted(limits);
  }
  const { timestampsMs, values, ordinals, isWithoutStale } = target;
  const histograms = target.histograms.column(values.length);
  const set = { labels: full.map((view) => view.series.labels), offsets, timestampsMs, values, ordinals, isWithoutStale };
  return histograms ? { ...set, histograms } : set;
}

/** The columns of the answer, filled series by series. */
class Target {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  readonly ordinals: Uint32Array;
  readonly histograms = new HistogramCollector();
  isWithoutStale = true;
  #bits: Uint32Array | undefined;
  #at = 0;
  #ordinal = 0;

  constructor(samples: number, buffers: SampleBuffers) {
    const { timestampsMs, values } = buffers.take(samples);
    this.timestampsMs = timestampsMs;
    this.values = values;
    this.ordinals = new Uint32Array(samples);
  }

  /** Adds all samples of a view; answers what that cost, in samples. */
  add(view: Seen): number {
    const { merged, blocks, rolled, columns, headStart, headEnd, samples } = view;
    this.#ordinal = 0;
    if (merged) {
      this.#addRun(merged);
      return samples;
    }
    let r = 0;
    for (const block of blocks) {
      for (; r < rolled.length && (rolled[r] as RolledRef).minMs < block.minMs; r++) this.#addRolled(rolled[r] as RolledRef);
      this.#addBlock(block);
    }
    for (; r < rolled.length; r++) this.#addRolled(rolled[r] as RolledRef);
    if (headEnd > headStart) this.#addHead(columns, headStart, headEnd);
    return samples + SAMPLES_PER_BLOCK * (blocks.length + rolled.length);
  }

  #addRolled({ reader, row, endRow, samples }: RolledRef): void {
    this.#ordinal = reader.decode(row, endRow, this, this.#at, this.#ordinal);
    this.#at += samples;
    if (this.isWithoutStale && !reader.isWhole(row, endRow)) this.isWithoutStale = false;
  }

  #addBlock({ reader, row, from, to }: BlockRef): void {
    if (reader.bodyBytes(row) > 0) {
      this.#addRun(sliceRun(reader.run(row), from, to));
      return;
    }
    reader.decodeTimes(row, this.timestampsMs, this.#at, from, to);
    reader.decodeValues(row, this.values, this.#at, from, to);
    this.#count(to - from, reader.isWhole(row));
  }

  #addRun({ times, values, bodies, count }: Run): void {
    this.timestampsMs.set(times.subarray(0, count), this.#at);
    this.values.set(values.subarray(0, count), this.#at);
    this.histograms.add(this.#at, bodies, 0, count);
    this.#count(count, false);
  }

  #addHead(columns: HeadColumns, from: number, to: number): void {
    columns.copyTo(this.timestampsMs, this.values, this.#at, from, to);
    this.histograms.add(this.#at, columns.bodies, from, to);
    this.#count(to - from, false);
  }

  /** Gives the samples that were added their ordinals. */
  #count(samples: number, isWhole: boolean): void {
    const start = this.#at;
    this.#at += samples;
    if (!isWhole) this.isWithoutStale = false;
    // A view of the answer's values, wherever they come from.
    this.#bits ??= bitsOf(this.values);
    for (let i = start; i < this.#at; i++) {
      this.ordinals[i] = this.#ordinal;
      if (isWhole || !isStaleAt(this.#bits, i)) this.#ordinal++;
    }
  }
}
