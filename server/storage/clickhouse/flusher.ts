// A flush turns what the head holds into blocks and drops the log behind it. It becomes visible in one step (generations.ts): before, readers
// take the samples from the head, after it from the engine.
import { setImmediate } from 'node:timers/promises';
import { bitsOf } from '../../model/stale.ts';
import { BlockEncoder, blockEnd, MAX_BLOCK_SAMPLES } from './blocks.ts';
import type { Driver } from './driver.ts';
import { FlushHeads } from './flush-heads.ts';
import type { Generations } from './generations.ts';
import { type HeadView, runOf, type Series } from './head.ts';
import type { HeadMemory } from './head-columns.ts';
import { encodeSeriesMark } from './metric-log.ts';
import { fixedColumn, stringArrayColumn } from './native.ts';
import { emptyRun, type Run } from './run.ts';
import { type SeriesTombstone, storeTombstones } from './tombstones.ts';
import type { Wal } from './wal.ts';

/** How much of a flush is encoded before other work gets its turn, and how much goes into one insert; in samples. */
const ENCODE_SLICE = 100_000;
const INSERT_UNITS = 500_000;
/** How many series go into one insert. */
const INSERT_SERIES = 20_000;

export interface FlushSource {
  readonly wal: Wal;
  /** Everything known. */
  readonly series: Iterable<Series>;
  /** For what is left in it. */
  readonly memory: HeadMemory;
  /** The series whose number must not be given again while somebody keeps the log in which it is. */
  readonly newest: () => Series | undefined;
  /** Told when the engine has taken over so much memory (in units of 16 bytes). */
  readonly onHandedOver: (units: number) => void;
}

/** Hands samples, labels and tombstones to the engine. */
export class Flusher {
  readonly #driver: Driver;
  readonly #generations: Generations;
  #tombstones: SeriesTombstone[] = [];

  constructor(driver: Driver, generations: Generations) {
    this.#driver = driver;
    this.#generations = generations;
  }

  /** Tombstones in the log that the engine has not got. */
  addTombstones(tombstones: readonly SeriesTombstone[]): void {
    for (const tombstone of tombstones) this.#tombstones.push(tombstone);
  }

  get hasTombstones(): boolean {
    return this.#tombstones.length > 0;
  }

  /** Not to be called while another flush, or anything that changes what is stored, is under way. */
  async flush({ wal, series, memory, newest, onHandedOver }: FlushSource): Promise<void> {
    const heads = new FlushHeads();
    let tombstones: SeriesTombstone[] = [];
    let marked: Promise<void> | undefined;
    const generation = await wal.rotate(() => {
      for (const one of series) {
        if (one.hasHead) heads.add(one);
        // The segments that may hold its labels are about to go.
        else if (!one.isStored) one.isLogged = false;
      }
      tombstones = this.#tombstones;
      this.#tombstones = [];
      const last = newest();
      marked = last && wal.append(encodeSeriesMark(last));
      // It may fail before it is waited for.
      marked?.catch(() => undefined);
    });
    const order = heads.inOrder();
    try {
      await marked;
      await this.#storeLabels(unstored(heads, order));
      await storeTombstones(this.#driver, tombstones);
      await this.#storeBlocks(heads, order, generation);
      const visible = await this.#generations.complete(generation);
      this.#generations.show(visible);
    } catch (error) {
      this.#generations.fail(generation);
      this.#tombstones = [...tombstones, ...this.#tombstones];
      throw error;
    }
    for (const i of order) onHandedOver(heads.handOver(i, memory));
    await wal.dropBefore(generation);
  }

  async #storeLabels(all: readonly Series[]): Promise<void> {
    for (let at = 0; at < all.length; at += INSERT_SERIES) await this.#storeSomeLabels(all.slice(at, at + INSERT_SERIES));
  }

  async #storeSomeLabels(series: readonly Series[]): Promise<void> {
    const numbers = (name: string, of: (one: Series) => number) => fixedColumn(name, 'UInt32', Uint32Array.from(series, of));
    const labels = stringArrayColumn(
      'labels',
      series.map((one) => one.labels.flat),
    );
    await this.#driver.insert('series', series.length, [
      numbers('series', ({ id }) => id),
      numbers('metric', ({ metric }) => metric),
      labels,
    ]);
    for (const one of series) one.isStored = true;
  }

  async #storeBlocks(heads: FlushHeads, order: readonly number[], generation: number): Promise<void> {
    const scratch = new RunScratch();
    // One for all: each has some twenty megabytes, of which nothing would be collected while a flush lasts.
    const encoder = new BlockEncoder(generation);
    let sliceEnd = ENCODE_SLICE;
    for (const i of order) {
      encodeHead(heads, i, scratch, encoder);
      if (encoder.units >= INSERT_UNITS) {
        await storeBlocks(this.#driver, encoder);
        encoder.clear();
        sliceEnd = ENCODE_SLICE;
      } else if (encoder.units >= sliceEnd) {
        sliceEnd = encoder.units + ENCODE_SLICE;
        await setImmediate();
      }
    }
    await storeBlocks(this.#driver, encoder);
  }
}

/** Stores blocks and then their rollups. */
export async function storeBlocks(driver: Driver, encoder: BlockEncoder): Promise<void> {
  await driver.insert('samples', encoder.rows, encoder.columns());
  await driver.insert('rollups', encoder.rows, encoder.rollupColumns());
}

/** Memory for the samples of one series after the other: arrays of their own would be a hundred thousand pieces of memory. */
class RunScratch {
  #memory = emptyRun(MAX_BLOCK_SAMPLES);
  #timeBits = bitsOf(this.#memory.times);

  /** All samples that `view` has seen, in order, until this is called again. */
  runOf(view: HeadView): Run {
    const { columns, count, late } = view;
    if (late || columns.bodies) return runOf(view);
    if (count > this.#memory.times.length) {
      this.#memory = emptyRun(2 * count);
      this.#timeBits = bitsOf(this.#memory.times);
    }
    columns.copyTo(this.#timeBits, 0, this.#memory.bits, 0, 0, count);
    return { ...this.#memory, count };
  }
}

function unstored(heads: FlushHeads, order: readonly number[]): Series[] {
  const found: Series[] = [];
  for (const i of order) if (!heads.series(i).isStored) found.push(heads.series(i));
  return found;
}

function encodeHead(heads: FlushHeads, i: number, scratch: RunScratch, encoder: BlockEncoder): void {
  const series = heads.series(i);
  const run = scratch.runOf(heads.view(i));
  for (let at = 0; at < run.count; ) {
    const end = blockEnd(run.times, at, run.count);
    encoder.add(series.metric, series.id, run, at, end);
    at = end;
  }
  heads.noteSpan(i, run);
}
