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
import type { QueryTexts } from './text-memory.ts';

/** Up to so many samples read and so much work (two milliseconds or so), moving it to a worker costs more than it saves. */
const INLINE_SAMPLES = 20_000;
const INLINE_WORK = 200_000;
/** To a query that needs but one job, and is the only one under way, a worker is of no use but for this thread's other work. */
const INLINE_SAMPLES_ALONE = 60_000;
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
  readonly texts: QueryTexts;
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
  const { pool, interrupt, cost, isAlone } = deps;
  interrupt.check();
  const isOnly = job.kind === 'range' && isAlone?.();
  const isSmall = samples <= (isOnly ? INLINE_SAMPLES_ALONE : INLINE_SAMPLES) && work <= INLINE_WORK;
  const evaluateIt = () => (isSmall || !pool ? runJob(job, () => interrupt.check()) : evaluateInWorker(job, pool, run, deps));
  if (!cost) return evaluateIt();
  const outcome = await cost.evaluating(evaluateIt);
  if (outcome.samples) cost.add(outcome.samples, job.grid.startMs);
  return outcome;
}

/** Does a job in a worker, with memory for its text, if it writes one. */
export async function evaluateInWorker(
  job: Job,
  pool: WorkerPool,
  { isUrgent }: QueryRun,
  { texts, interrupt }: RunDeps,
): Promise<Outcome> {
  if (!('output' in job) || job.output === 'value') return pool.run(job, interrupt, isUrgent);
  return texts.writing(async (text) => {
    if (!text) return pool.run(job, interrupt, isUrgent);
    const outcome = await pool.run({ ...job, text } as Job, interrupt, isUrgent);
    // The worker's name for the same memory would tell the garbage collector nothing about ours.
    const ours = (piece: Uint8Array) =>
      piece.buffer instanceof SharedArrayBuffer ? new Uint8Array(text, piece.byteOffset, piece.length) : piece;
    return { ...outcome, json: outcome.json?.map(ours) };
  });
}
