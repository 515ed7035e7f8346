// A query over long time, series by series: each is reduced to its rows as it is read (reductions.ts), and what is above them is evaluated
// when all are there.
import { setImmediate } from 'node:timers/promises';
import { freshMemory, isPacked } from '../../storage/packed/packed-series.ts';
import type { MetricSelection } from '../../storage/store.ts';
import { tooManySamples } from '../errors.ts';
import { formatExpr } from '../parse/format.ts';
import { selectorNeeds } from '../plan/plan.ts';
import { mergeSelections } from '../plan/selections.ts';
import { evaluate, type PartSize, type QueryRun, type RunDeps, withText } from './evaluation.ts';
import { Gathering } from './gathering.ts';
import { endOf } from './grid.ts';
import { meanWeightOfPart, weightOfPart } from './histogram-weight.ts';
import { InOrder } from './in-order.ts';
import type { CombineJob, Outcome, ReducedRows, ReduceJob } from './job.ts';
import { Notes } from './notes.ts';
import { ReadMemory } from './part-memory.ts';
import { QueryStream } from './query-stream.ts';
import { bytesOfRows } from './reduce.ts';
import { type Reduction, reductionsOf } from './reductions.ts';
import { rollupWish } from './rollup-wishes.ts';
import type { Lease, Reduced } from './shared-reductions.ts';
import { joinShares, shareLabels } from './shares.ts';
import type { PassedRows } from './wire.ts';

/** So many parts of a query are evaluated at a time, in as many threads if these are free. */
const PARTS_AT_ONCE = 3;
/** Where samples are counted, parts hold so many: the most that are in memory at once is told of whole parts. */
const COUNTED_SAMPLES = 1_000_000;
/** The rows that series are reduced to may have so many cells in all (nine bytes each); queries that yield more are cut by time. */
const MAX_CELLS = 16_000_000;

/** Rows of fewer cells are evaluated in one thread, without text to be written fewer than four times as many. */
const SHARED_WORK = 40_000;
const MOST_SHARES = 4;

/** A selection, and what its series are reduced to: the numbers of reductions in their order of appearance. */
interface Wanted {
  readonly selection: MetricSelection;
  readonly numbers: readonly number[];
  readonly reductions: readonly Reduction[];
}

/**
 * Reads the series part by part and reduces each part at once to its rows, then evaluates what is above them. Undefined when the
 * expression, or how much it yields, does not allow that.
 */
export async function runBySeries(run: QueryRun, deps: RunDeps): Promise<Outcome | undefined> {
  const stream = new QueryStream(run, deps, true);
  const outcome = await reduceAndCombine(run, deps, stream);
  return outcome || !stream.isSpoilt ? outcome : reduceAndCombine(run, deps, new QueryStream(run, deps, false));
}

async function reduceAndCombine(run: QueryRun, deps: RunDeps, stream: QueryStream): Promise<Outcome | undefined> {
  const { kind, expr, grid, options, maxSamples, output } = run;
  const reductions = reductionsOf(expr);
  if (!reductions) return undefined;
  const { selections, ofNeed } = mergeSelections(selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options));
  const notes = new Notes();
  const rows: (ReducedRows | PassedRows)[] = [];
  const leases: Lease[] = [];
  let isFree = true;
  try {
    let cellsLeft = Math.min(MAX_CELLS, maxSamples);
    for (const [i, selection] of selections.entries()) {
      const numbers = [...reductions.keys()].filter((index) => ofNeed[index] === i);
      const wanted = { selection, numbers, reductions: numbers.map((index) => reductions[index] as Reduction) };
      const lease = await reduceShared(wanted, cellsLeft, notes, stream, run, deps);
      if (!lease) return undefined;
      leases.push(lease);
      cellsLeft -= lease.reduced.cells;
      if (cellsLeft < 0) return undefined;
      lease.reduced.rows.forEach((pieces, k) => {
        for (const piece of pieces) rows.push({ ...piece, reduction: numbers[k] as number });
      });
    }
    const work = rows.reduce((sum, { values }) => sum + values.length, 0);
    // Should it fail, it may go on looking at the rows for a while.
    isFree = false;
    const job = { kind: 'combine', queryKind: kind, ...common(run, deps), rows, output } as const;
    const combined = await (stream.finish((number) => ({ ...job, stream: number })) ?? combine(job, work, run, deps));
    isFree = true;
    return notes.addTo(combined);
  } finally {
    for (const lease of leases) lease.release(isFree);
    void stream.drop();
  }
}

/** What is above the rows, in as many threads as there are if that pays. */
async function combine(job: CombineJob, work: number, run: QueryRun, deps: RunDeps): Promise<Outcome> {
  const { pool, interrupt } = deps;
  const labels = canBeShared(job, work, run) ? shareLabels(run.expr, run.features) : undefined;
  if (!labels || !pool || pool.idle < 2) return evaluate(job, { samples: 0, work }, run, deps);
  const of = Math.min(MOST_SHARES, pool.idle);
  interrupt.check();
  const shares = Array.from({ length: of }, (_, index) =>
    pool.run(withText({ ...job, share: { labels, index, of } }, deps), interrupt, run.isUrgent),
  );
  return joinShares(await allEnded(shares)) ?? evaluate(job, { samples: 0, work }, run, deps);
}

/** Only rows in memory that threads share can be looked at by several. */
function canBeShared({ rows, queryKind, counts }: CombineJob, work: number, { output }: QueryRun): boolean {
  if (queryKind !== 'range' || counts || work < (output === 'value' ? 4 * SHARED_WORK : SHARED_WORK)) return false;
  return rows.every(
    ({ values, ...piece }) => values.buffer instanceof SharedArrayBuffer && !('packedHistograms' in piece && piece.packedHistograms),
  );
}

/** What the first of them to fail throws, but not before all have ended. */
async function allEnded<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** What each series of a selection is reduced to, by this query or by another one that is under way. */
async function reduceShared(
  wanted: Wanted,
  cells: number,
  notes: Notes,
  stream: QueryStream,
  run: QueryRun,
  deps: RunDeps,
): Promise<Lease | undefined> {
  const { sharing, cost, signal } = deps;
  const find = (unshare: () => void) => reduceSelection(wanted, cells, { notes, stream, unshare }, run, deps);
  if (!sharing || cost || run.kind === 'instant') {
    const reduced = await find(() => undefined);
    const giveBack = (isFree: boolean) => {
      for (const memory of reduced?.memory ?? []) deps.memory.giveBack(memory, isFree);
    };
    return reduced && { reduced, isOfOther: false, release: giveBack };
  }
  const lease = await sharing.reductions.lease(keyOf(wanted, run, sharing.version()), find, signal);
  if (lease?.isOfOther) sharing.note(lease.reduced.samples);
  return lease;
}

/** Different for whatever may yield different rows: `options` because functions know the start and end of their query. */
function keyOf({ selection, reductions }: Wanted, { grid, options, maxSamples }: QueryRun, version: number): string {
  const { startMs, endMs } = selection;
  return JSON.stringify([version, grid, options, maxSamples, startMs, endMs, reductions.map(({ node }) => formatExpr(node))]);
}

/** Where what is found goes besides; `unshare` is told as soon as it is known that the rows are for this query alone. */
interface Reducing {
  readonly notes: Notes;
  readonly stream: QueryStream;
  readonly unshare: () => void;
}

/** Undefined when that yields more than so many cells. */
async function reduceSelection(
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
    reduced = await reduceParts(wanted, mostCells, memory, reducing, run, deps);
    isFree = true;
    return reduced;
  } finally {
    memory.end(isFree, reduced !== undefined);
  }
}

async function reduceParts(
  { selection, numbers, reductions }: Wanted,
  mostCells: number,
  memory: ReadMemory,
  { notes, stream, unshare }: Reducing,
  run: QueryRun,
  deps: RunDeps,
): Promise<Reduced | undefined> {
  const { grid, maxSamples } = run;
  const own = new Notes();
  const gathering = new Gathering(numbers, memory, stream, unshare);
  const parts = new InOrder<Outcome>(deps.cost ? 1 : PARTS_AT_ONCE, (outcome) => {
    for (const { reduction, ...piece } of own.take(notes.take(outcome)).rows ?? []) gathering.take(reduction, piece);
  });
  const limits = { signal: deps.signal, timeoutMs: deps.remainingMs() };
  const rollup = deps.cost ? undefined : rollupWish(reductions, grid);
  let [samples, cells, isSharable] = [0, 0, true];
  const room = deps.cost ? freshMemory(Math.min(COUNTED_SAMPLES, maxSamples)) : memory;
  for await (const set of deps.store.selectPacked({ ...selection, rollup }, limits, room)) {
    const size = weightOfPart(set);
    samples += size;
    // Of a single series.
    if (size > maxSamples && grid.steps === 1) throw tooManySamples();
    const partCells = set.labels.length * grid.steps * numbers.length;
    cells += partCells * meanWeightOfPart(set);
    if (size > maxSamples || cells > mostCells || stream.isSpoilt) {
      await parts.end();
      return undefined;
    }
    const canBePlaced = isPacked(set) && !deps.cost;
    const out = canBePlaced ? memory.forRows(bytesOfRows(set.labels.length, grid.steps, numbers.length)) : undefined;
    if (!out || !own.isEmpty) {
      isSharable = false;
      unshare();
    }
    const job = { kind: 'reduce', ...common(run, deps), set, reductions: numbers, out } as const;
    await parts.add(reducePart(job, { samples: size, work: partCells + size }, memory, run, deps));
    await gathering.relieve();
    if (gathering.isStreaming) cells = gathering.cells;
    await setImmediate();
  }
  await parts.end();
  await gathering.relieve(true);
  if (stream.isSpoilt) return undefined;
  isSharable &&= own.isEmpty && !gathering.isStreaming;
  return { rows: gathering.rows, samples, cells: gathering.isStreaming ? 0 : cells, memory: memory.rows, isSharable };
}

function common({ query, grid, options, features, maxSamples }: QueryRun, { cost }: RunDeps) {
  return { query, grid, options, features, maxSamples, counts: cost !== undefined };
}

async function reducePart(job: ReduceJob, size: PartSize, memory: ReadMemory, run: QueryRun, deps: RunDeps): Promise<Outcome> {
  let isDone = false;
  try {
    const outcome = await evaluate(job, size, run, deps);
    isDone = true;
    return outcome;
  } finally {
    if (isPacked(job.set)) memory.giveBack(job.set.memory, isDone);
  }
}
