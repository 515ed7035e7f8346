// A range query that begins with what is known. A step holds as long as nothing at or before it changed: of a question asked before, only
// the steps after the oldest change, or after the last one that was asked for, are evaluated. The answer is bit for bit the one that
// evaluating everything would give.

import type { MetricStore } from '../../storage/store.ts';
import { selectorNeeds } from '../plan/plan.ts';
import { type StepDependence, stepDependence } from '../plan/stepwise.ts';
import type { Matrix } from '../query.ts';
import { evaluate, type QueryRun, type RunDeps } from './evaluation.ts';
import { endOf, type Grid } from './grid.ts';
import type { Outcome } from './job.ts';
import { runQuery } from './query-run.ts';
import { joinMatrices } from './result.ts';
import type { KeptResult, ResultCache } from './result-cache.ts';
import { SeriesRecorder } from './series-recorder.ts';

/** To write a cell as text is so much more work than to compute it. */
const TEXT_WORK = 8;
/** Where it matters which series there are, so many steps are evaluated to see them: the last may lie ahead of all samples. */
const LOOK_STEPS = 2;

/** Where a cached query reads, and is told what has changed. */
export interface CachedRunDeps extends RunDeps {
  readonly store: MetricStore;
}

/** Runs a range query with the help of `cache`. Throws what `runQuery` throws. */
export async function runCached(run: QueryRun, deps: CachedRunDeps, cache: ResultCache): Promise<Outcome> {
  const dependence = stepDependence(run.expr, run.features);
  if (dependence === 'range') return runQuery(run, deps);
  return new CachedRun(run, deps, cache, dependence).outcome();
}

class CachedRun {
  readonly #run: QueryRun;
  readonly #deps: CachedRunDeps;
  readonly #cache: ResultCache;
  readonly #dependence: StepDependence;
  /** Whether it is to be known which series there are. */
  readonly #records: boolean;
  readonly #key: string;
  /** What is kept is worth more than the answer to a short question about its end. */
  #keepsOld = false;

  constructor(run: QueryRun, deps: CachedRunDeps, cache: ResultCache, dependence: StepDependence) {
    this.#run = run;
    this.#deps = deps;
    this.#cache = cache;
    this.#dependence = dependence;
    this.#records = dependence === 'series' || dependence === 'ties in series';
    const { grid, options, query } = run;
    const phaseMs = ((grid.startMs % grid.stepMs) + grid.stepMs) % grid.stepMs;
    this.#key = `${grid.stepMs} ${phaseMs} ${options.lookbackMs} ${query}`;
  }

  async outcome(): Promise<Outcome> {
    const kept = this.#cache.get(this.#key);
    const answer = kept && (await this.#fromKept(kept));
    if (answer) return answer;
    this.#cache.misses++;
    return this.#fromScratch();
  }

  async #fromScratch(): Promise<Outcome> {
    const { grid, output } = this.#run;
    const { version } = this.#deps.store.changes;
    const { outcome, read } = await this.#evaluate(grid, output === 'json' ? 'both' : 'value');
    const matrix = outcome.value as Matrix;
    if (hasNotes(outcome)) this.#cache.delete(this.#key);
    else if (!this.#keepsOld && isKeepable(outcome) && this.#cache.isWorthKeeping(read.samples, matrix.values.length)) {
      const copy = joinMatrices([matrix], grid);
      this.#cache.set(this.#key, {
        matrix: copy,
        version,
        asked: grid,
        mostSteps: grid.steps,
        series: read.series,
        isTied: outcome.isTied === true,
      });
    }
    return outcome;
  }

  /** Undefined when nothing of what is kept is of use. */
  async #fromKept(kept: KeptResult): Promise<Outcome | undefined> {
    const { grid } = this.#run;
    const { changes } = this.#deps.store;
    const { version } = changes;
    const validSteps = stepsBefore(kept.matrix, changes.oldestSince(kept.version));
    const first = (grid.startMs - kept.matrix.startMs) / grid.stepMs;
    if (first < 0 || first > kept.matrix.steps) return undefined;
    this.#keepsOld = validSteps > grid.steps;
    if (first >= validSteps) return undefined;
    const isSame = validSteps === kept.matrix.steps && grid.startMs === kept.asked.startMs && grid.steps === kept.asked.steps;
    if (!isSame && !this.#mayHold(kept.isTied, kept.series !== undefined)) return undefined;
    const mustLook = this.#records && !isSame;
    const usable = Math.min(validSteps - first, mustLook ? grid.steps - LOOK_STEPS : grid.steps);
    if (usable <= 0) return undefined;
    this.#keepsOld = false;
    if (usable === grid.steps) {
      this.#cache.hits++;
      const answer = cut(kept.matrix, first, grid.steps);
      if (kept.asked.startMs !== grid.startMs || kept.asked.steps !== grid.steps)
        this.#cache.set(this.#key, { ...kept, asked: grid, mostSteps: Math.max(kept.mostSteps, grid.steps) });
      return this.#answer([answer]);
    }
    const tailGrid = { startMs: grid.startMs + usable * grid.stepMs, stepMs: grid.stepMs, steps: grid.steps - usable };
    const { outcome, read } = await this.#evaluate(tailGrid, 'value');
    const isTied = kept.isTied || outcome.isTied === true;
    if (!this.#mayHold(isTied, kept.series !== undefined && read.series === kept.series)) return undefined;
    // Annotations may name something of the whole range.
    if (hasNotes(outcome)) return undefined;
    this.#cache.partialHits++;
    const tail = outcome.value as Matrix;
    if (isKeepable(outcome))
      this.#extend({ ...kept, series: read.series === kept.series ? kept.series : undefined, isTied }, first + usable, tail, version);
    return this.#answer([cut(kept.matrix, first, usable), tail]);
  }

  /** Whether steps hold among others, when ties were met or not, and the series are the same or not. */
  #mayHold(isTied: boolean, isSameSeries: boolean): boolean {
    switch (this.#dependence) {
      case 'nothing':
        return true;
      case 'ties':
        return !isTied;
      case 'ties in series':
        return !isTied || isSameSeries;
      default:
        return isSameSeries;
    }
  }

  /** Keeps the first `usable` of the kept steps, without those before what is ever asked for, and the tail. */
  #extend(kept: KeptResult, usable: number, tail: Matrix, version: number): void {
    const { series, isTied } = kept;
    const { grid } = this.#run;
    const mostSteps = Math.max(kept.mostSteps, grid.steps);
    // What lies beyond the question holds, too.
    const afterSteps = kept.matrix.steps - usable - tail.steps;
    if (afterSteps > 0 && stepsBefore(kept.matrix, this.#deps.store.changes.oldestSince(kept.version)) > usable + tail.steps) return;
    const from = Math.max(0, usable + tail.steps - mostSteps);
    const startMs = kept.matrix.startMs + from * grid.stepMs;
    const all = { startMs, stepMs: grid.stepMs, steps: usable - from + tail.steps };
    const matrix = joinMatrices([cut(kept.matrix, from, usable - from), tail], all);
    this.#cache.set(this.#key, { matrix, version, asked: grid, mostSteps, series, isTied });
  }

  async #evaluate(grid: Grid, output: 'value' | 'both'): Promise<{ outcome: Outcome; read: SeriesRecorder }> {
    const windowMs = this.#records ? shortestWindowMs(this.#run) : undefined;
    const read = new SeriesRecorder(this.#deps.store, windowMs === undefined ? undefined : { windowMs, grid });
    const { sharing } = this.#deps;
    // What another query has read tells nothing about its series.
    const noted = sharing && windowMs === undefined ? { ...sharing, note: (samples: number) => read.add(samples) } : undefined;
    const outcome = await runQuery({ ...this.#run, grid, output }, { ...this.#deps, store: read, sharing: noted });
    return { outcome, read };
  }

  /** The parts joined, which are given away. */
  #answer(parts: readonly Matrix[]): Promise<Outcome> {
    const { grid, output } = this.#run;
    const cells = parts.reduce((sum, { values }) => sum + values.length, 0);
    const work = output === 'value' ? cells : cells * TEXT_WORK;
    return evaluate({ kind: 'join', grid, parts, output }, { samples: 0, work }, this.#run, this.#deps);
  }
}

function hasNotes({ warnings, infos }: Outcome): boolean {
  return warnings.length > 0 || infos.length > 0;
}

function isKeepable({ value }: Outcome): boolean {
  return (value as Matrix).histograms === undefined;
}

/** How many of the matrix' steps lie before a time. */
function stepsBefore({ startMs, stepMs, steps }: Matrix, timeMs: number): number {
  return Math.min(steps, Math.max(0, Math.ceil((timeMs - startMs) / stepMs)));
}

/** A copy of some steps; series may be without samples in them. */
function cut(matrix: Matrix, first: number, steps: number): Matrix {
  const { labels, stepMs } = matrix;
  const values = new Float64Array(labels.length * steps);
  const present = new Uint8Array(values.length);
  for (let row = 0; row < labels.length; row++) {
    const from = row * matrix.steps + first;
    values.set(matrix.values.subarray(from, from + steps), row * steps);
    present.set(matrix.present.subarray(from, from + steps), row * steps);
  }
  return { type: 'matrix', startMs: matrix.startMs + first * stepMs, stepMs, steps, labels, values, present };
}

/** The shortest of the windows that the selectors look at in a step; Infinity without any. */
function shortestWindowMs({ expr, grid, options }: QueryRun): number {
  const endMs = endOf(grid);
  return Math.min(...selectorNeeds(expr, endMs, endMs, grid.stepMs, options).map((need) => need.endMs - need.startMs + 1));
}
