// One evaluation as a message: everything that a worker needs and everything that it answers, in a form that can be cloned and
// whose arrays can be transferred. Small evaluations run through the same code on the main thread.
import { Labels } from '../../model/labels.ts';
import type { LanguageFeatures } from '../../model/language-features.ts';
import { isPacked, type PackedSeries } from '../../storage/packed/packed-series.ts';
import { unpack } from '../../storage/packed/unpacker.ts';
import type { SeriesSet } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import type { Streamed } from '../../vector/streamed.ts';
import type { Aggregation, Expr } from '../parse/ast.ts';
import { parseQuery } from '../parse/parse.ts';
import { type PlanOptions, querySteps, selectorNeeds } from '../plan/plan.ts';
import type { Matrix, QueryValue } from '../query.ts';
import { Annotations } from './annotations.ts';
import { CountingEvaluator } from './counting-evaluator.ts';
import { type Environment, Evaluator } from './evaluate.ts';
import { endOf, type Grid } from './grid.ts';
import { encodeValue } from './json.ts';
import { isInChunks, reduceInChunks, reduceShare } from './reduce.ts';
import { ReducedNode } from './reduced-node.ts';
import { type Reduction, reductionsOf } from './reductions.ts';
import { instantValue, joinMatrices, rangeValue } from './result.ts';
import { type Share, takeShare } from './shares.ts';
import { openStream, streamingAggregations } from './streams.ts';
import { type PassedRows, unpackRows } from './wire.ts';

/** What is answered: the value, encoded text in its place, or both. */
export type Output = 'value' | 'json' | 'both';

/** What a job makes in the end. */
interface Answering {
  readonly output: Output;
  /** Memory that its text is written to, if it has room there. */
  readonly text?: SharedArrayBuffer | undefined;
}

/** Evaluate `query` over `grid` on the samples in `sets`. */
export interface EvaluateJob extends Answering {
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

/** Take rows of reductions into their aggregations (streams.ts), which this thread keeps under a number. */
export interface StreamJob {
  readonly kind: 'stream';
  readonly query: string;
  readonly features: LanguageFeatures;
  readonly grid: Grid;
  readonly options: PlanOptions;
  readonly stream: number;
  readonly rows: readonly (ReducedRows | PassedRows)[];
}

/** Forget what is kept under a number. */
export interface DropJob {
  readonly kind: 'drop';
  readonly grid: Grid;
  readonly stream: number;
}

/** Series that are yet to be reduced. */
export interface UnreducedSeries extends PackedSeries {
  /** To what: the numbers of reductions. */
  readonly reductions: readonly number[];
}

/** Evaluate `query` over `grid` on the rows of all its reductions. */
export interface CombineJob extends Answering {
  readonly kind: 'combine';
  readonly queryKind: 'instant' | 'range';
  readonly query: string;
  readonly features: LanguageFeatures;
  readonly grid: Grid;
  readonly options: PlanOptions;
  readonly maxSamples: number;
  /** Rows of one reduction follow each other in the order of its series. */
  readonly rows: readonly (ReducedRows | PassedRows)[];
  /** Series of which there are no rows yet, in memory that threads share. Where there are any, there are no rows, or no share. */
  readonly parts: readonly UnreducedSeries[];
  /** Only so much of the groups of the result (shares.ts). Default: all of them. */
  readonly share?: Share | undefined;
  /** The number under which this thread keeps aggregations that have taken rows already. */
  readonly stream?: number | undefined;
  readonly counts: boolean;
}

/** Join the results of the parts of a range query and encode them. */
export interface JoinJob extends Answering {
  readonly kind: 'join';
  readonly grid: Grid;
  readonly parts: readonly Matrix[];
}

export type Job = EvaluateJob | ReduceJob | StreamJob | DropJob | CombineJob | JoinJob;

/** What an evaluation cost (sample-counter.ts). */
export interface SampleCounts {
  readonly perStep: Float64Array;
  readonly peak: number;
}

export interface Outcome {
  /** Absent for output 'json'. */
  readonly value?: QueryValue | undefined;
  /** Absent for output 'value'. */
  readonly json?: readonly Uint8Array[] | undefined;
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
  if (job.kind === 'join') return outcome(joinMatrices(job.parts, job.grid), job, [], []);
  if (job.kind === 'reduce') return isInChunks(job) ? reduceInChunks(job, checkpoint) : reduce(job, checkpoint);
  if (job.kind === 'stream') return stream(job, checkpoint);
  if (job.kind === 'drop') return drop(job);
  if (job.kind === 'combine') return combine(job, checkpoint);
  const { query, grid, options, features } = job;
  const expr = parseQuery(query, features, querySteps(options));
  const annotations = new Annotations(query);
  const needs = selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options);
  const data = new Map(needs.map(({ selector }, i) => [selector, job.sets[job.setOfSelector[i] as number] as SeriesSet]));
  const evaluator = evaluatorOf({ options, features, data, annotations, maxSamples: job.maxSamples, checkpoint }, grid, job.counts);
  const value = job.kind === 'range' ? rangeValue(expr, evaluator, grid, Labels.EMPTY) : instantValue(expr, evaluator, grid.startMs);
  return { ...outcome(value, job, annotations.warnings, annotations.infos), isTied: annotations.isTied, ...countsOf(evaluator) };
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

/** What aggregations have taken so far, by the number of their query and of their reduction. */
const streams = new Map<number, Map<number, Streamed>>();

function stream(job: StreamJob, checkpoint: () => void): Outcome {
  const { query, grid, options, features } = job;
  const aggregations = streamingAggregations(parseQuery(query, features, querySteps(options)), features);
  const taken = streams.get(job.stream) ?? new Map<number, Streamed>();
  streams.set(job.stream, taken);
  for (const rows of job.rows) {
    checkpoint();
    const streamed = taken.get(rows.reduction) ?? openStream(aggregations[rows.reduction] as Aggregation, grid.steps);
    taken.set(rows.reduction, streamed);
    streamed.add(unpackRows(rows));
  }
  return { warnings: [], infos: [] };
}

function drop(job: DropJob): Outcome {
  streams.delete(job.stream);
  return { warnings: [], infos: [] };
}

/** The rows of aggregations that have taken theirs already. */
function streamedRows(
  taken: Iterable<readonly [number, Streamed]>,
  expr: Expr,
  features: LanguageFeatures,
  annotations: Annotations,
): Map<Expr, Rows> {
  const aggregations = streamingAggregations(expr, features);
  return new Map(Array.from(taken, ([reduction, streamed]) => [aggregations[reduction] as Expr, streamed.result(() => annotations.tie())]));
}

function combine(job: CombineJob, checkpoint: () => void): Outcome {
  const { query, queryKind, grid, options, features, maxSamples } = job;
  const expr = parseQuery(query, features, querySteps(options));
  const annotations = new Annotations(query);
  const here = reduceShare(job, expr, annotations, checkpoint);
  const passed = job.rows.map(unpackRows);
  const rows = [...(job.share ? takeShare(passed, job.share) : passed), ...here.rows];
  const reduced = new Map(
    (reductionsOf(expr) ?? []).map(({ node }, i) => [
      node,
      new ReducedNode(
        rows.filter(({ reduction }) => reduction === i),
        grid.steps,
        features,
      ),
    ]),
  );
  const before = job.stream === undefined ? [] : (streams.get(job.stream) ?? []);
  const streamed = streamedRows([...before, ...here.taken], expr, features, annotations);
  const env = { options, features, data: new Map(), reduced, streamed, annotations, maxSamples, checkpoint };
  const evaluator = evaluatorOf(env, grid, job.counts);
  const value = queryKind === 'range' ? rangeValue(expr, evaluator, grid, Labels.EMPTY) : instantValue(expr, evaluator, grid.startMs);
  return { ...outcome(value, job, annotations.warnings, annotations.infos), isTied: annotations.isTied, ...countsOf(evaluator) };
}

function outcome(value: QueryValue, { output, text }: Answering, warnings: readonly string[], infos: readonly string[]): Outcome {
  if (output === 'value') return { value, warnings, infos };
  const json = [encodeValue(value, text)];
  return output === 'json' ? { json, warnings, infos } : { value, json, warnings, infos };
}
