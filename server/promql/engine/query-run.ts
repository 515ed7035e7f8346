// One query from its text to its outcome: read the samples it needs, evaluate them here when they are few, else in a worker.
// A query over long time is read and evaluated in parts, so that its samples never are in memory all at once: series by series
// where each is reduced alone (reductions.ts), else by slices of time.
import { setImmediate } from 'node:timers/promises';
import { isAppError } from '../../model/app-error.ts';
import type { LanguageFeatures } from '../../model/language-features.ts';
import { isPacked } from '../../storage/packed/packed-series.ts';
import type { MetricSelection, SeriesSet } from '../../storage/store.ts';
import { cancelled, timedOut, tooManySamples } from '../errors.ts';
import type { Expr } from '../parse/ast.ts';
import { evaluationCost, type SelectorSize } from '../plan/cost.ts';
import { type PlanOptions, type SelectorNeed, selectorNeeds } from '../plan/plan.ts';
import { mergeSelections } from '../plan/selections.ts';
import type { Matrix } from '../query.ts';
import { endOf, type Grid } from './grid.ts';
import { meanWeightOfPart, weightOfPart, weightOfSet } from './histogram-weight.ts';
import type { Interrupt } from './interrupt.ts';
import { type EvaluateJob, type Job, type Outcome, type Output, type ReducedRows, type ReduceJob, runJob } from './job.ts';
import { PartMemory } from './part-memory.ts';
import type { WorkerPool } from './pool.ts';
import type { QueryCost } from './query-cost.ts';
import { bytesOfRows } from './reduce.ts';
import { type Reduction, reductionsOf } from './reductions.ts';
import { rollupWish } from './rollup-wishes.ts';
import type { SampleSource } from './series-recorder.ts';

/** Up to so many samples read and so much work, moving it to a worker costs more than it saves. */
const INLINE_SAMPLES = 20_000;
const INLINE_WORK = 200_000;
/** Parts by series are so large at most, in the encoding of storage (250,000 samples are the rule), and so are their rows. */
const PART_BYTES = 1024 * 1024;
/** The memory of so many is kept for reuse. */
const KEPT_PARTS = 32;
/** So many parts of a query are evaluated at a time, in as many threads if these are free. */
const PARTS_AT_ONCE = 3;
/** The rows that series are reduced to may have so many cells in all (nine bytes each); queries that yield more are cut by time. */
const MAX_CELLS = 16_000_000;
/** Parts by time aim at so many samples … */
const SLICE_SAMPLES = 4_000_000;
/** … beginning with a part over this much time, from which the density of samples is learnt. */
const FIRST_PART_MS = 3_600_000;
/** Queries over no more time than this are read at once … */
const SHORT_RANGE_MS = 4 * FIRST_PART_MS;
/** … if their samples are no more than these (64 MB): many series make short times long. */
const SHORT_SAMPLES = SLICE_SAMPLES;

export interface QueryRun {
  readonly kind: 'instant' | 'range';
  readonly query: string;
  readonly expr: Expr;
  readonly grid: Grid;
  readonly options: PlanOptions;
  readonly output: Output;
  readonly maxSamples: number;
  /** Series that may match. Default: any number. */
  readonly maxMatched?: number | undefined;
  readonly features: LanguageFeatures;
  readonly isUrgent: boolean;
}

export interface RunDeps {
  readonly store: SampleSource;
  readonly pool: WorkerPool | undefined;
  readonly memory: PartMemory;
  readonly interrupt: Interrupt;
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
  /** Told what the query costs, when somebody wants to know. */
  readonly cost?: QueryCost | undefined;
}

/** Memory for the parts of all queries of one engine. */
export function newPartMemory(): PartMemory {
  return new PartMemory(PART_BYTES, KEPT_PARTS);
}

/** Runs the query. Throws AppErrors of this folder, and those of storage that have no counterpart here. */
export async function runQuery(run: QueryRun, deps: RunDeps): Promise<Outcome> {
  try {
    const { grid } = run;
    const atOnce = await readShort(run, deps);
    if (atOnce) return await evaluate(evaluateJob(run, atOnce, run.output, deps), atOnce.size, run, deps);
    const bySeries = await runBySeries(run, deps);
    if (bySeries) return bySeries;
    const steps = (grid.steps - 1) * grid.stepMs <= SHORT_RANGE_MS ? grid.steps : Math.ceil(FIRST_PART_MS / grid.stepMs);
    const first = await readPart(run, takeSteps(grid, 0, steps), deps);
    if (first.grid.steps < grid.steps) return await runInParts(run, first, deps);
    return await evaluate(evaluateJob(run, first, run.output, deps), first.size, run, deps);
  } catch (error) {
    throw translate(error, deps);
  }
}

/** All that a query over a short time needs; undefined when that is a long time or too much at once. */
async function readShort(run: QueryRun, deps: RunDeps): Promise<Part | undefined> {
  const { grid, expr, options, maxSamples } = run;
  const needs = selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options);
  if (!isShort(needs)) return undefined;
  try {
    return await readSteps({ ...run, maxSamples: Math.min(maxSamples, SHORT_SAMPLES) }, grid, deps);
  } catch (error) {
    if ((grid.steps === 1 && maxSamples <= SHORT_SAMPLES) || !isAppError(error, 'storage.too_many_samples')) throw error;
    return undefined;
  }
}

function isShort(needs: readonly SelectorNeed[]): boolean {
  return needs.every(({ startMs, endMs }) => endMs - startMs <= SHORT_RANGE_MS);
}

/** Evaluates part after part, of which the first was read, and joins the results. */
async function runInParts(run: QueryRun, first: Part, deps: RunDeps): Promise<Outcome> {
  const { grid } = run;
  const parts: Matrix[] = [];
  const notes = new Notes();
  let part = first;
  for (let done = part.grid.steps; ; done += part.grid.steps) {
    const outcome = evaluate(evaluateJob(run, part, 'value', deps), part.size, run, deps);
    // Reading goes on while the worker evaluates. Should one fail, the other's failure must not go unheard.
    const next = done < grid.steps ? readPart(run, takeSteps(grid, done, stepsOfNextPart(part, run)), deps) : undefined;
    next?.catch(ignoreUntilAwaited);
    parts.push(notes.take(await outcome).value as Matrix);
    if (!next) break;
    part = await next;
    // Parts that need neither the disk nor a worker would never let anything else run, the time limit included.
    await setImmediate();
  }
  const work = parts.reduce((sum, { values }) => sum + values.length, 0);
  const joined = await evaluate({ kind: 'join', grid, parts, output: run.output }, { samples: 0, work }, run, deps);
  return notes.addTo(joined);
}

/** Collects the annotations of parts, each text once. */
class Notes {
  readonly #warnings = new Map<string, string>();
  readonly #infos = new Map<string, string>();

  take(outcome: Outcome): Outcome {
    for (const text of outcome.warnings) this.#warnings.set(withoutPosition(text), text);
    for (const text of outcome.infos) this.#infos.set(withoutPosition(text), text);
    return outcome;
  }

  addTo(outcome: Outcome): Outcome {
    this.take(outcome);
    return { ...outcome, warnings: [...this.#warnings.values()], infos: [...this.#infos.values()] };
  }
}

function withoutPosition(text: string): string {
  return text.slice(0, text.lastIndexOf(' ('));
}

/**
 * Reads the series part by part and reduces each part at once to its rows, then evaluates what is above them. Undefined when the
 * expression, or how much it yields, does not allow that.
 */
async function runBySeries(run: QueryRun, deps: RunDeps): Promise<Outcome | undefined> {
  const { kind, expr, grid, query, options, features, maxSamples, output } = run;
  const needs = selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options);
  const reductions = reductionsOf(expr);
  if (!reductions) return undefined;
  const { selections, ofNeed } = mergeSelections(needs);
  const common = { query, grid, options, features, maxSamples, counts: deps.cost !== undefined };
  const notes = new Notes();
  const rows: ReducedRows[] = [];
  const outs: SharedArrayBuffer[] = [];
  const reducing = new InOrder<Outcome>(PARTS_AT_ONCE, (outcome) => {
    rows.push(...(notes.take(outcome).rows ?? []));
  });
  let cellsLeft = Math.min(MAX_CELLS, maxSamples);
  for (const [i, selection] of selections.entries()) {
    const wanted = [...reductions.keys()].filter((index) => ofNeed[index] === i);
    const limits = { signal: deps.signal, timeoutMs: deps.remainingMs() };
    const rollup = deps.cost
      ? undefined
      : rollupWish(
          wanted.map((index) => reductions[index] as Reduction),
          grid,
        );
    for await (const set of deps.store.selectPacked(
      { ...selection, rollup },
      limits,
      deps.memory.bounded(maxSamples, grid.steps, wanted.length),
    )) {
      const samples = weightOfPart(set);
      // Of a single series.
      if (samples > maxSamples && grid.steps > 1) return undefined;
      if (samples > maxSamples) throw tooManySamples();
      const cells = set.labels.length * grid.steps * wanted.length;
      cellsLeft -= cells * meanWeightOfPart(set);
      if (cellsLeft < 0) return undefined;
      const out = isPacked(set) && !deps.cost ? deps.memory.forRows(bytesOfRows(set.labels.length, grid.steps, wanted.length)) : undefined;
      if (out) outs.push(out);
      const job = { kind: 'reduce', ...common, set, reductions: wanted, out } as const;
      await reducing.add(reducePart(job, { samples, work: cells + samples }, run, deps));
      await setImmediate();
    }
  }
  await reducing.end();
  const work = rows.reduce((sum, { values }) => sum + values.length, 0);
  const combined = await evaluate({ kind: 'combine', queryKind: kind, ...common, rows, output }, { samples: 0, work }, run, deps);
  for (const out of outs) deps.memory.giveBack(out);
  return notes.addTo(combined);
}

async function reducePart(job: ReduceJob, size: PartSize, run: QueryRun, deps: RunDeps): Promise<Outcome> {
  const outcome = await evaluate(job, size, run, deps);
  // An evaluation that fails may go on looking at its samples for a while, so these are not used again.
  if (isPacked(job.set)) deps.memory.giveBack(job.set.memory);
  return outcome;
}

/** Some pieces of work at a time, whose results are taken in the order in which they were begun. */
class InOrder<T> {
  readonly #running: Promise<T>[] = [];
  readonly #limit: number;
  readonly #take: (result: T) => void;

  constructor(limit: number, take: (result: T) => void) {
    this.#limit = limit;
    this.#take = take;
  }

  async add(work: Promise<T>): Promise<void> {
    work.catch(ignoreUntilAwaited);
    this.#running.push(work);
    if (this.#running.length >= this.#limit) this.#take(await (this.#running.shift() as Promise<T>));
  }

  async end(): Promise<void> {
    for (const work of this.#running) this.#take(await work);
  }
}

function ignoreUntilAwaited(): void {
  // The rejection is seen when the promise is awaited, or stands for one that was thrown before.
}

interface PartSize {
  readonly samples: number;
  readonly work: number;
}

interface Part {
  readonly grid: Grid;
  readonly sets: readonly SeriesSet[];
  readonly setOfSelector: readonly number[];
  readonly size: PartSize;
}

/** Reads for all steps of `grid`, or for the first of them when the samples for all are too many at once. */
async function readPart(run: QueryRun, grid: Grid, deps: RunDeps): Promise<Part> {
  try {
    return await readSteps(run, grid, deps);
  } catch (error) {
    if (grid.steps === 1 || !isAppError(error, 'storage.too_many_samples')) throw error;
    return readPart(run, takeSteps(grid, 0, Math.ceil(grid.steps / 4)), deps);
  }
}

async function readSteps(run: QueryRun, grid: Grid, { store, signal, remainingMs, cost }: RunDeps): Promise<Part> {
  const needs = selectorNeeds(run.expr, grid.startMs, endOf(grid), grid.stepMs, run.options);
  const { selections, ofNeed } = mergeSelections(needs);
  // What can be split is, long before it fills the memory that a single step may take.
  const maxSamples = grid.steps > 1 ? Math.min(run.maxSamples, SLICE_SAMPLES) : run.maxSamples;
  const limits = { signal, timeoutMs: remainingMs(), maxSamples, maxMatched: run.maxMatched };
  const reading = selections.length === 0 ? Promise.resolve([]) : store.select(selections, limits);
  const sets = await (cost ? cost.reading(reading) : reading);
  const samples = sets.reduce((sum, set) => sum + weightOfSet(set), 0);
  const sizes = new Map(needs.map(({ selector }, i) => [selector, sizeOf(sets, selections, ofNeed[i] as number)]));
  const costGrid = { endMs: endOf(grid), stepMs: grid.stepMs, steps: grid.steps };
  const work = evaluationCost(run.expr, costGrid, run.options, (selector) => sizes.get(selector) as SelectorSize);
  return { grid, sets, setOfSelector: ofNeed, size: { samples, work } };
}

function sizeOf(sets: readonly SeriesSet[], selections: readonly MetricSelection[], index: number): SelectorSize {
  const set = sets[index] as SeriesSet;
  const { startMs, endMs } = selections[index] as MetricSelection;
  return { series: set.labels.length, samples: weightOfSet(set), spanMs: endMs - startMs };
}

function evaluateJob(run: QueryRun, { grid, sets, setOfSelector }: Part, output: Output, { cost }: RunDeps): EvaluateJob {
  const { kind, query, options, maxSamples, features } = run;
  return { kind, query, features, grid, options, maxSamples, sets, setOfSelector, counts: cost !== undefined, output };
}

/** Does a job here when it is small, else in a worker, which takes its arrays away. */
export async function evaluate(job: Job, { samples, work }: PartSize, run: QueryRun, { pool, interrupt, cost }: RunDeps): Promise<Outcome> {
  interrupt.check();
  const isSmall = samples <= INLINE_SAMPLES && work <= INLINE_WORK;
  const evaluateIt = () => (isSmall || !pool ? runJob(job, () => interrupt.check()) : pool.run(job, interrupt, run.isUrgent));
  if (!cost) return evaluateIt();
  const outcome = await cost.evaluating(evaluateIt);
  if (outcome.samples) cost.add(outcome.samples, job.grid.startMs);
  return outcome;
}

/** So many steps that their samples come to about SLICE_SAMPLES, and that windows longer than the part are not read over and over. */
function stepsOfNextPart({ grid, size }: Part, { expr, options }: QueryRun): number {
  const needs = selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options);
  if (needs.length === 0) return Number.POSITIVE_INFINITY;
  const spanMs = Math.max(...needs.map(({ startMs, endMs }: SelectorNeed) => endMs - startMs), 1);
  const windowMs = spanMs - (endOf(grid) - grid.startMs);
  const affordableMs = (spanMs * SLICE_SAMPLES) / Math.max(size.samples, 1) - windowMs;
  return Math.max(1, Math.floor(Math.max(affordableMs, windowMs) / grid.stepMs));
}

function takeSteps(grid: Grid, from: number, wanted: number): Grid {
  const steps = Math.min(wanted, grid.steps - from);
  return { startMs: grid.startMs + from * grid.stepMs, stepMs: grid.stepMs, steps };
}

/** What was interrupted fails as interrupted, whatever the store made of it; limits of the store are limits of the query. */
function translate(error: unknown, { interrupt }: RunDeps): unknown {
  if (interrupt.isStopped) return interrupt.reason();
  if (isAppError(error, 'storage.too_many_samples')) return tooManySamples();
  if (isAppError(error, 'storage.timeout')) return timedOut();
  if (isAppError(error, 'storage.cancelled')) return cancelled(error);
  return error;
}
