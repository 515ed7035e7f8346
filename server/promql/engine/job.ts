// One evaluation as a message: everything that a worker needs and everything that it answers, in a form that can be cloned and
// whose arrays can be transferred. Small evaluations run through the same code on the main thread.
import { Labels } from '../../model/labels.ts';
import type { SeriesSet } from '../../storage/store.ts';
import { parseExpr } from '../parse/parse.ts';
import { type PlanOptions, selectorNeeds } from '../plan/plan.ts';
import type { Matrix, QueryValue } from '../query.ts';
import { Annotations } from './annotations.ts';
import { Evaluator } from './evaluate.ts';
import { endOf, type Grid } from './grid.ts';
import { encodeValue } from './json.ts';
import { instantValue, joinMatrices, rangeValue } from './result.ts';

/** Evaluate `query` over `grid` on the samples in `sets`. */
export interface EvaluateJob {
  readonly kind: 'instant' | 'range';
  readonly query: string;
  readonly experimentalFunctions: boolean;
  readonly grid: Grid;
  readonly options: PlanOptions;
  readonly maxSamples: number;
  readonly sets: readonly SeriesSet[];
  /** Which of `sets` belongs to each selector, in order of appearance. */
  readonly setOfSelector: readonly number[];
  /** 'json' answers encoded text instead of the value. */
  readonly output: 'value' | 'json';
}

/** Join the results of the parts of a range query and encode them. */
export interface JoinJob {
  readonly kind: 'join';
  readonly grid: Grid;
  readonly parts: readonly Matrix[];
  readonly output: 'value' | 'json';
}

export type Job = EvaluateJob | JoinJob;

export interface Outcome {
  /** Present for output 'value'. */
  readonly value?: QueryValue | undefined;
  /** Present for output 'json'. */
  readonly json?: Uint8Array | undefined;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** Does the job in this thread. `checkpoint` throws when it should stop. */
export function runJob(job: Job, checkpoint: () => void): Outcome {
  if (job.kind === 'join') return outcome(joinMatrices(job.parts, job.grid), job.output, [], []);
  const { query, grid, options, experimentalFunctions } = job;
  const expr = parseExpr(query, { experimentalFunctions });
  const annotations = new Annotations(query);
  const needs = selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options);
  const data = new Map(needs.map(({ selector }, i) => [selector, job.sets[job.setOfSelector[i] as number] as SeriesSet]));
  const evaluator = new Evaluator({ options, data, annotations, maxSamples: job.maxSamples, checkpoint }, grid);
  const value = job.kind === 'range' ? rangeValue(expr, evaluator, grid, Labels.EMPTY) : instantValue(expr, evaluator, grid.startMs);
  return outcome(value, job.output, annotations.warnings, annotations.infos);
}

function outcome(value: QueryValue, output: 'value' | 'json', warnings: readonly string[], infos: readonly string[]): Outcome {
  return output === 'json' ? { json: encodeValue(value), warnings, infos } : { value, warnings, infos };
}
