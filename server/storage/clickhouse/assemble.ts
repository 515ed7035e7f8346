import { bitsOf } from '../../model/stale.ts';
import { throwIfAborted } from '../errors.ts';
import type { HistogramColumn, ReadLimits, SeriesSet } from '../store.ts';
import { sliceRun } from './run.ts';
import { type BlockRef, NO_BLOCKS, type Seen } from './seen.ts';
import type { Turns } from './turns.ts';

/** Samples decoded before other work gets its turn (about 3 ms); each series costs as much as so many samples. */
const DECODE_SLICE = 300_000;
const SAMPLES_PER_SERIES = 100;

/** Puts together what settled views have seen, in their order, and lets go of their blocks. */
export async function assemble(seen: readonly Seen[], limits: ReadLimits, turns: Turns): Promise<SeriesSet> {
  const full = seen.filter((view) => view.samples > 0);
  const offsets = new Uint32Array(full.length + 1);
  full.forEach((view, i) => {
    offsets[i + 1] = (offsets[i] as number) + view.samples;
  });
  const samples = offsets[full.length] as number;
  const timestampsMs = new Float64Array(samples);
  const values = new Float64Array(samples);
  const target: Target = {
    timestampsMs,
    values,
    timeBits: bitsOf(timestampsMs),
    valueBits: bitsOf(values),
    histograms: new HistogramCollector(),
  };
  const isWithoutStale = full.every(isWhole);
  let cost = 0;
  for (const [i, view] of full.entries()) {
    copy(view, target, offsets[i] as number);
    view.blocks = NO_BLOCKS;
    view.merged = undefined;
    cost += view.samples + SAMPLES_PER_SERIES;
    if (cost < DECODE_SLICE) continue;
    cost = 0;
    await turns.next();
    throwIfAborted(limits);
  }
  const histograms = target.histograms.column(samples);
  const set = { labels: full.map((view) => view.series.labels), offsets, timestampsMs, values, isWithoutStale };
  return histograms ? { ...set, histograms } : set;
}

interface Target {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** The same memory. */
  readonly timeBits: Uint32Array;
  readonly valueBits: Uint32Array;
  readonly histograms: HistogramCollector;
}

function isWhole({ headStart, headEnd, merged, blocks }: Seen): boolean {
  return headEnd === headStart && !merged && blocks.every(({ reader, row }) => reader.isWhole(row));
}

function copy({ merged, blocks, columns, headStart, headEnd }: Seen, target: Target, start: number): void {
  const { timestampsMs, values, timeBits, valueBits, histograms } = target;
  if (merged) {
    timestampsMs.set(merged.times.subarray(0, merged.count), start);
    values.set(merged.values.subarray(0, merged.count), start);
    histograms.add(start, merged.bodies, 0, merged.count);
    return;
  }
  let at = start;
  for (const block of blocks) at = decode(block, target, at);
  columns.copyTo(timeBits, at, valueBits, at, headStart, headEnd);
  histograms.add(at, columns.bodies, headStart, headEnd);
}

function decode({ reader, row, from, to }: BlockRef, { timestampsMs, values, histograms }: Target, at: number): number {
  if (reader.bodyBytes(row) > 0) {
    const run = sliceRun(reader.run(row), from, to);
    timestampsMs.set(run.times, at);
    values.set(run.values, at);
    histograms.add(at, run.bodies, 0, run.count);
  } else {
    reader.decodeTimes(row, timestampsMs, at, from, to);
    reader.decodeValues(row, values, at, from, to);
  }
  return at + to - from;
}

/** Collects histograms in the order of their samples. */
export class HistogramCollector {
  readonly #samples: number[] = [];
  readonly #bodies: Uint8Array[] = [];
  #sizeBytes = 0;

  /** Adds those of samples from … to-1, the first of which is sample `at` of the answer. */
  add(at: number, bodies: ReadonlyMap<number, Uint8Array> | undefined, from: number, to: number): void {
    for (let i = from; bodies && i < to; i++) {
      const body = bodies.get(i);
      if (!body) continue;
      this.#samples.push(at + i - from);
      this.#bodies.push(body);
      this.#sizeBytes += body.length;
    }
  }

  /** The column of `count` samples. */
  column(count: number): HistogramColumn | undefined {
    if (this.#samples.length === 0) return undefined;
    const bytes = new Uint8Array(this.#sizeBytes);
    const offsets = new Uint32Array(count + 1);
    let end = 0;
    let next = 0;
    for (let i = 0; i < count; i++) {
      offsets[i] = end;
      if (this.#samples[next] !== i) continue;
      const body = this.#bodies[next++] as Uint8Array;
      bytes.set(body, end);
      end += body.length;
    }
    offsets[count] = end;
    return { bytes, offsets };
  }
}
