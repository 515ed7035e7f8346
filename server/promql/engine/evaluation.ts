// What a query is, what it works with, and where its jobs are done.
import type { LanguageFeatures } from '../../model/language-features.ts';
import type { Expr } from '../parse/ast.ts';
import type { PlanOptions } from '../plan/plan.ts';
import type { Grid } from './grid.ts';
import type { Interrupt } from './interrupt.ts';
import { type Job, type Outcome, type Output, runJob } from './job.ts';
import { PartMemory } from './part-memory.ts';
import type { WorkerPool } from './pool.ts';
import type { QueryCost } from './query-cost.ts';
import type { SampleSource } from './series-recorder.ts';
import type { SharedReductions } from './shared-reductions.ts';
import type { TextMemory } from './text-memory.ts';

/** Up to so many samples read and so much work, moving it to a worker costs more than it saves. */
const INLINE_SAMPLES = 20_000;
const INLINE_WORK = 200_000;
/** Parts by series are so large at most, in the encoding of storage (250,000 samples are the rule), and so are their rows. */
const PART_BYTES = 1024 * 1024;
/** The memory of so many is kept for reuse. */
const KEPT_PARTS = 32;

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
  readonly texts: TextMemory;
  readonly interrupt: Interrupt;
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
  /** Told what the query costs, when somebody wants to know. */
  readonly cost?: QueryCost | undefined;
  /** Whether no other query is under way. */
  readonly isAlone?: (() => boolean) | undefined;
  /** Where it may find what other queries have found. */
  readonly sharing?: Sharing | undefined;
}

export interface Sharing {
  readonly reductions: SharedReductions;
  /** That of the store, which grows with everything that is written. */
  readonly version: () => number;
  /** Told how many samples another query has read for this one. */
  readonly note: (samples: number) => void;
}

/** Memory for the parts of all queries of one engine. */
export function newPartMemory(): PartMemory {
  return new PartMemory(PART_BYTES, KEPT_PARTS);
}

export interface PartSize {
  readonly samples: number;
  readonly work: number;
}

/** Does a job here when it is small, else in a worker, which takes its arrays away. */
export async function evaluate(job: Job, { samples, work }: PartSize, run: QueryRun, deps: RunDeps): Promise<Outcome> {
  const { pool, interrupt, cost } = deps;
  interrupt.check();
  const isSmall = samples <= INLINE_SAMPLES && work <= INLINE_WORK;
  const evaluateIt = () =>
    isSmall || !pool ? runJob(job, () => interrupt.check()) : pool.run(withText(job, deps), interrupt, run.isUrgent);
  if (!cost) return evaluateIt();
  const outcome = await cost.evaluating(evaluateIt);
  if (outcome.samples) cost.add(outcome.samples, job.grid.startMs);
  return outcome;
}

/** With memory for its text, if it writes one. */
export function withText<J extends Job>(job: J, { texts }: RunDeps): J {
  return 'output' in job && job.output !== 'value' ? { ...job, text: texts.take() } : job;
}
