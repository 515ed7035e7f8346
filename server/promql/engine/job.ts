// One evaluation as a message: everything that a worker needs and everything that it answers, in a form that can be cloned and
// whose arrays can be transferred. Small evaluations run through the same code on the main thread.
import { Labels } from '../../model/labels.ts';
import type { LanguageFeatures } from '../../model/language-features.ts';
import { isPacked, type PackedSeries } from '../../storage/packed/packed-series.ts';
import { unpack } from '../../storage/packed/unpacker.ts';
import type { SeriesSet } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import { parseQuery } from '../parse/parse.ts';
import { type PlanOptions, querySteps, selectorNeeds } from '../plan/plan.ts';
import type { Matrix, QueryValue } from '../query.ts';
import { Annotations } from './annotations.ts';
import { CountingEvaluator } from './counting-evaluator.ts';
import { type Environment, Evaluator } from './evaluate.ts';
import { endOf, type Grid } from './grid.ts';
import { encodeValue } from './json.ts';
import { isInChunks, reduceInChunks } from './reduce.ts';
import { ReducedNode } from './reduced-node.ts';
import { type Reduction, reductionsOf } from './reductions.ts';
import { instantValue, joinMatrices, rangeValue } from './result.ts';
import { type PassedRows, unpackRows } from './wire.ts';

/** What is answered: the value, encoded text in its place, or both. */
export type Output = 'value' | 'json' | 'both';

/** Evaluate `query` over `grid` on the samples in `sets`. */
export interface EvaluateJob {
  readonly kind: 'instant' | 'range';
  readonly query: string;
  readonly features: LanguageFeatures;
  readonly grid: Grid;
  readonly options: PlanOptions;
  readonly maxSamples: number;
  readonly sets: readonly SeriesSet[];
  /** Which of `sets` belongs to each selector, in order of appearance. */
  readonly setOfSelector: readonly number[];
  /** Whether samples are counted. */
  readonly counts: boolean;
  readonly output: Output;
}

/** Evaluate some reductions of `query` (reductions.ts) over `grid` on a part of their series. */
export interface ReduceJob {
  readonly kind: 'reduce';
  readonly query: string;
  readonly features: LanguageFeatures;
  readonly grid: Grid;
  readonly options: PlanOptions;
  readonly maxSamples: number;
  readonly set: SeriesSet | PackedSeries;
  /** Which reductions, in their order of appearance. */
  readonly reductions: readonly number[];
  readonly counts: boolean;
  /** Where the rows go, if they have room there. */
  readonly out?: SharedArrayBuffer | undefined;
}

/** Rows of one reduction for some of its series. */
export interface ReducedRows extends Rows {
  readonly reduction: number;
}

/** Evaluate `query` over `grid` on the rows of all its reductions. */
export interface CombineJob {
  readonly kind: 'combine';
  readonly queryKind: 'instant' | 'range';
  readonly query: string;
  readonly features: LanguageFeatures;
  readonly grid: Grid;
  readonly options: PlanOptions;
  readonly maxSamples: number;
  /** Rows of one reduction follow each other in the order of its series. */
  readonly rows: readonly (ReducedRows | PassedRows)[];
  readonly counts: boolean;
  readonly output: Output;
}

/** Join the results of the parts of a range query and encode them. */
export interface JoinJob {
  readonly kind: 'join';
  readonly grid: Grid;
  readonly parts: readonly Matrix[];
  readonly output: Output;
}

export type Job = EvaluateJob | ReduceJob | CombineJob | JoinJob;

/** What an evaluation cost (sample-counter.ts). */
export interface SampleCounts {
  readonly perStep: Float64Array;
  readonly peak: number;
}

export interface Outcome {
  /** Absent for output 'json'. */
  readonly value?: QueryValue | undefined;
  /** Absent for output 'value'. */
  readonly json?: Uint8Array | undefined;
  /** What a ReduceJob answers. */
  readonly rows?: readonly (ReducedRows | PassedRows)[] | undefined;
  /** Present when the job asked for it. */
  readonly samples?: SampleCounts | undefined;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** As in Annotations. */
  readonly isTied?: boolean | undefined;
}

/** Does the job in this thread. `checkpoint` throws when it should stop. */
export function runJob(job: Job, checkpoint: () => void): Outcome {
  if (job.kind === 'join') return outcome(joinMatrices(job.parts, job.grid), job.output, [], []);
  if (job.kind === 'reduce') return isInChunks(job) ? reduceInChunks(job, checkpoint) : reduce(job, checkpoint);
  if (job.kind === 'combine') return combine(job, checkpoint);
  const { query, grid, options, features } = job;
  const expr = parseQuery(query, features, querySteps(options));
  const annotations = new Annotations(query);
  const needs = selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options);
  const data = new Map(needs.map(({ selector }, i) => [selector, job.sets[job.setOfSelector[i] as number] as SeriesSet]));
  const evaluator = evaluatorOf({ options, features, data, annotations, maxSamples: job.maxSamples, checkpoint }, grid, job.counts);
  const value = job.kind === 'range' ? rangeValue(expr, evaluator, grid, Labels.EMPTY) : instantValue(expr, evaluator, grid.startMs);
  return { ...outcome(value, job.output, annotations.warnings, annotations.infos), isTied: annotations.isTied, ...countsOf(evaluator) };
}

function evaluatorOf(env: Environment, grid: Grid, counts: boolean): Evaluator {
  return counts ? new CountingEvaluator(env, grid) : new Evaluator(env, grid);
}

function countsOf(evaluator: Evaluator): { samples?: SampleCounts } {
  if (!(evaluator instanceof CountingEvaluator)) return {};
  const { perStep, peak } = evaluator.counter;
  return { samples: { perStep, peak } };
}

function reduce({ query, grid, options, features, maxSamples, set, reductions, counts }: ReduceJob, checkpoint: () => void): Outcome {
  const annotations = new Annotations(query);
  const all = reductionsOf(parseQuery(query, features, querySteps(options))) ?? [];
  const wanted = reductions.map((reduction) => ({ reduction, ...(all[reduction] as Reduction) }));
  const some = isPacked(set) ? unpack(set) : set;
  const data = new Map(wanted.map(({ selector }) => [selector, some]));
  const evaluator = evaluatorOf({ options, features, data, annotations, maxSamples, checkpoint }, grid, counts);
  const rows = wanted.map(({ reduction, node }) => ({ ...evaluator.vector(node), reduction }));
  return { rows, warnings: annotations.warnings, infos: annotations.infos, ...countsOf(evaluator) };
}

function combine(job: CombineJob, checkpoint: () => void): Outcome {
  const { query, queryKind, grid, options, features, maxSamples } = job;
  const expr = parseQuery(query, features, querySteps(options));
  const annotations = new Annotations(query);
  const reduced = new Map(
    (reductionsOf(expr) ?? []).map(({ node }, i) => [
      node,
      new ReducedNode(job.rows.filter(({ reduction }) => reduction === i).map(unpackRows), grid.steps, features),
    ]),
  );
  const evaluator = evaluatorOf({ options, features, data: new Map(), reduced, annotations, maxSamples, checkpoint }, grid, job.counts);
  const value = queryKind === 'range' ? rangeValue(expr, evaluator, grid, Labels.EMPTY) : instantValue(expr, evaluator, grid.startMs);
  return { ...outcome(value, job.output, annotations.warnings, annotations.infos), isTied: annotations.isTied, ...countsOf(evaluator) };
}

function outcome(value: QueryValue, output: Output, warnings: readonly string[], infos: readonly string[]): Outcome {
  if (output === 'value') return { value, warnings, infos };
  const json = encodeValue(value);
  return output === 'json' ? { json, warnings, infos } : { value, json, warnings, infos };
}
