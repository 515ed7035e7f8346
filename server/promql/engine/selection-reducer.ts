// The series of one selection, read part by part: each part is reduced at once to its rows, in threads, unless all of them are few enough to
// be held back (held-parts.ts).
import { setImmediate } from 'node:timers/promises';
import { freshMemory, isPacked, type PackedSeries } from '../../storage/packed/packed-series.ts';
import type { MetricSelection, SeriesSet } from '../../storage/store.ts';
import { tooManySamples } from '../errors.ts';
import { evaluate, type PartSize, type QueryRun, type RunDeps } from './evaluation.ts';
import { Gathering } from './gathering.ts';
import { HeldParts } from './held-parts.ts';
import { meanWeightOfPart, weightOfPart } from './histogram-weight.ts';
import { InOrder } from './in-order.ts';
import { sharable } from './in-shares.ts';
import type { Outcome, ReduceJob } from './job.ts';
import { Notes } from './notes.ts';
import { ReadMemory } from './part-memory.ts';
import type { QueryStream } from './query-stream.ts';
import { bytesOfRows } from './reduce.ts';
import type { Reduction } from './reductions.ts';
import { rollupWish } from './rollup-wishes.ts';
import type { Reduced } from './shared-reductions.ts';
import { isEven } from './shares.ts';

/** So many parts of a query are evaluated at a time, in as many threads if these are free. */
const PARTS_AT_ONCE = 3;
/** Where samples are counted, parts hold so many: the most that are in memory at once is told of whole parts. */
const COUNTED_SAMPLES = 1_000_000;
/** Nor is more held than this. */
const MOST_HELD_CELLS = 1_500_000;
const MOST_HELD_SERIES = 20_000;

/** A selection, and what its series are reduced to: the numbers of reductions in their order of appearance. */
export interface Wanted {
  readonly selection: MetricSelection;
  readonly numbers: readonly number[];
  readonly reductions: readonly Reduction[];
  /** Whether the query has no other. */
  readonly isOnly: boolean;
}

/** Where what is found goes besides; `unshare` is told as soon as it is known that the rows are for this query alone. */
export interface Reducing {
  readonly notes: Notes;
  readonly stream: QueryStream;
  readonly unshare: () => void;
}

type Part = PackedSeries | SeriesSet;

/** Undefined when that yields more than so many cells. */
export async function reduceSelection(
  wanted: Wanted,
  mostCells: number,
  reducing: Reducing,
  run: QueryRun,
  deps: RunDeps,
): Promise<Reduced | undefined> {
  const memory = new ReadMemory(deps.memory, run.maxSamples, run.grid.steps, wanted.numbers.length);
  let isFree = false;
  let reduced: Reduced | undefined;
  try {
    reduced = await new SelectionReducer(wanted, memory, reducing, run, deps).reduce(mostCells);
    isFree = true;
    return reduced;
  } finally {
    memory.end(isFree, reduced !== undefined);
  }
}

class SelectionReducer {
  readonly #wanted: Wanted;
  readonly #memory: ReadMemory;
  readonly #reducing: Reducing;
  readonly #run: QueryRun;
  readonly #deps: RunDeps;
  /** What there is to say of this selection. */
  readonly #notes = new Notes();
  readonly #gathering: Gathering;
  readonly #jobs: InOrder<Outcome>;
  readonly #held: HeldParts;
  #samples = 0;
  #series = 0;
  #cells = 0;
  #isSharable = true;

  constructor(wanted: Wanted, memory: ReadMemory, reducing: Reducing, run: QueryRun, deps: RunDeps) {
    const { notes, stream } = reducing;
    this.#wanted = wanted;
    this.#memory = memory;
    this.#reducing = reducing;
    this.#run = run;
    this.#deps = deps;
    this.#gathering = new Gathering(wanted.numbers, memory, stream, () => this.#unshare());
    this.#jobs = new InOrder(deps.cost ? 1 : PARTS_AT_ONCE, (outcome) => {
      for (const { reduction, ...piece } of this.#notes.take(notes.take(outcome)).rows ?? []) this.#gathering.take(reduction, piece);
    });
    this.#held = new HeldParts(() => this.#mayHold());
  }

  async reduce(mostCells: number): Promise<Reduced | undefined> {
    const { maxSamples, grid } = this.#run;
    const { store, cost, signal, remainingMs } = this.#deps;
    const { selection, reductions } = this.#wanted;
    const rollup = cost ? undefined : rollupWish(reductions, grid);
    const room = cost ? freshMemory(Math.min(COUNTED_SAMPLES, maxSamples)) : this.#memory;
    for await (const part of store.selectPacked({ ...selection, rollup }, { signal, timeoutMs: remainingMs() }, room)) {
      const samples = weightOfPart(part);
      this.#samples += samples;
      // Of a single series.
      if (samples > maxSamples && grid.steps === 1) throw tooManySamples();
      this.#cells += this.#cellsOf(part) * meanWeightOfPart(part);
      if (samples > maxSamples || this.#cells > mostCells || this.#reducing.stream.isSpoilt) {
        await this.#jobs.end();
        return undefined;
      }
      this.#series += part.labels.length;
      if (!rollup && this.#held.take(part)) this.#unshare();
      else for (const each of [...this.#held.letGo(), part]) await this.#reducePart(each);
    }
    if (!this.#isHeldEven()) for (const each of this.#held.letGo()) await this.#reducePart(each);
    return this.#finish();
  }

  async #reducePart(part: Part): Promise<void> {
    const { numbers } = this.#wanted;
    const { query, grid, options, features, maxSamples } = this.#run;
    const { cost } = this.#deps;
    const canBePlaced = isPacked(part) && !cost;
    const out = canBePlaced ? this.#memory.forRows(bytesOfRows(part.labels.length, grid.steps, numbers.length)) : undefined;
    if (!out || !this.#notes.isEmpty) this.#unshare();
    const common = { query, grid, options, features, maxSamples, counts: cost !== undefined };
    const samples = weightOfPart(part);
    const size = { samples, work: this.#cellsOf(part) + samples };
    await this.#jobs.add(this.#evaluate({ kind: 'reduce', ...common, set: part, reductions: numbers, out }, size));
    await this.#gathering.relieve();
    if (this.#gathering.isStreaming) this.#cells = this.#gathering.cells;
    await setImmediate();
  }

  async #evaluate(job: ReduceJob, size: PartSize): Promise<Outcome> {
    let isDone = false;
    try {
      const outcome = await evaluate(job, size, this.#run, this.#deps);
      isDone = true;
      return outcome;
    } finally {
      if (isPacked(job.set)) this.#memory.giveBack(job.set.memory, isDone);
    }
  }

  async #finish(): Promise<Reduced | undefined> {
    const gathering = this.#gathering;
    const unreduced = this.#held.parts;
    for (const part of unreduced) this.#memory.keep(part.memory);
    await this.#jobs.end();
    await gathering.relieve(true);
    if (this.#reducing.stream.isSpoilt) return undefined;
    return {
      rows: gathering.rows,
      unreduced,
      samples: this.#samples,
      cells: gathering.isStreaming ? 0 : this.#cells,
      memory: this.#memory.rows,
      isSharable: this.#isSharable && this.#notes.isEmpty && !gathering.isStreaming,
    };
  }

  #cellsOf({ labels }: Part): number {
    return labels.length * this.#run.grid.steps * this.#wanted.numbers.length;
  }

  /** Whether what is read may be given to the threads as it is, rather than as rows that other queries may want as well. */
  #mayHold(): boolean {
    const isMuch = this.#cells > MOST_HELD_CELLS || this.#series > MOST_HELD_SERIES;
    return this.#wanted.isOnly && !isMuch && this.#deps.isAlone?.() === true && sharable(this.#run, this.#deps) !== undefined;
  }

  #isHeldEven(): boolean {
    const groups = sharable(this.#run, this.#deps);
    const lists = this.#held.parts.map(({ labels }) => labels);
    return groups !== undefined && isEven(lists, groups.labels, groups.of);
  }

  #unshare(): void {
    this.#isSharable = false;
    this.#reducing.unshare();
  }
}
