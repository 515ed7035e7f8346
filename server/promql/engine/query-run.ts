// One query from its text to its outcome: read the samples it needs, evaluate them here when they are few, else in a worker.
// A query over long time is read and evaluated in parts, so that its samples never are in memory all at once: series by series
// where each is reduced alone (reductions.ts), else by slices of time.
import { setImmediate } from 'node:timers/promises';
import { isAppError } from '../../model/app-error.ts';
import type { MetricSelection, SeriesSet } from '../../storage/store.ts';
import { cancelled, timedOut, tooManySamples } from '../errors.ts';
import { evaluationCost, type SelectorSize } from '../plan/cost.ts';
import { type SelectorNeed, selectorNeeds } from '../plan/plan.ts';
import { mergeSelections } from '../plan/selections.ts';
import type { Matrix } from '../query.ts';
import { runBySeries } from './by-series.ts';
import { evaluate, type PartSize, type QueryRun, type RunDeps } from './evaluation.ts';
import { endOf, type Grid } from './grid.ts';
import { weightOfSet } from './histogram-weight.ts';
import { ignoreUntilAwaited } from './in-order.ts';
import type { EvaluateJob, Outcome, Output } from './job.ts';
import { Notes } from './notes.ts';

/** Parts by time aim at so many samples … */
const SLICE_SAMPLES = 4_000_000;
/** … beginning with a part over this much time, from which the density of samples is learnt. */
const FIRST_PART_MS = 3_600_000;
/** Queries over no more time than this are read at once … */
const SHORT_RANGE_MS = 4 * FIRST_PART_MS;
/** … if their samples are no more than these (16 MB), and their series: many series make short times long. */
const SHORT_SAMPLES = 1_000_000;
const SHORT_SERIES = 20_000;

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
  const isSplit = grid.steps > 1 || maxSamples > SHORT_SAMPLES;
  const maxMatched = run.maxMatched ?? (isSplit ? SHORT_SERIES : undefined);
  try {
    return await readSteps({ ...run, maxSamples: Math.min(maxSamples, SHORT_SAMPLES), maxMatched }, grid, deps);
  } catch (error) {
    if (!isSplit || !isAppError(error, 'storage.too_many_samples')) throw error;
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
  return { series: set.labels.length, samples: weightOfSet(set), hasHistograms: set.histograms !== undefined, spanMs: endMs - startMs };
}

function evaluateJob(run: QueryRun, { grid, sets, setOfSelector }: Part, output: Output, { cost }: RunDeps): EvaluateJob {
  const { kind, query, options, maxSamples, features } = run;
  return { kind, query, features, grid, options, maxSamples, sets, setOfSelector, counts: cost !== undefined, output };
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
