// The aggregations of one query that take rows as they come (streams.ts), and where they are kept: in one worker, or here without any.

import type { QueryRun, RunDeps } from './evaluation.ts';
import { Interrupt } from './interrupt.ts';
import { type Job, type Outcome, runJob } from './job.ts';
import { Binding } from './pool.ts';
import type { SharedRows } from './shared-reductions.ts';
import { streamingAggregations } from './streams.ts';

let streamsBegun = 0;

export class QueryStream {
  readonly #run: QueryRun;
  readonly #deps: RunDeps;
  readonly #number = ++streamsBegun;
  readonly #binding = new Binding();
  readonly #isStreaming: readonly boolean[];
  /** Rows have come that cannot be taken after all, when others were, or it takes too much to take them. */
  isSpoilt = false;
  #isUsed = false;

  /** Takes nothing unless it `mayTake`. */
  constructor(run: QueryRun, deps: RunDeps, mayTake: boolean) {
    this.#run = run;
    this.#deps = deps;
    this.#isStreaming =
      deps.cost || !mayTake ? [] : streamingAggregations(run.expr, run.features).map((aggregation) => aggregation !== undefined);
  }

  /** Whether the rows of a reduction can be taken as they come. */
  takes(reduction: number): boolean {
    return this.#isStreaming[reduction] === true;
  }

  /** Takes rows, which may then be forgotten. Rows of one reduction are to come in the order of its series. */
  async add(pieces: readonly { readonly reduction: number; readonly rows: SharedRows }[]): Promise<void> {
    const { query, features, grid, options } = this.#run;
    this.#isUsed = true;
    const rows = pieces.map(({ reduction, rows }) => ({ ...rows, reduction }));
    await this.#do({ kind: 'stream', query, features, grid, options, stream: this.#number, rows }, this.#deps.interrupt);
  }

  /** Does the last job of the query, which finds there what was taken; undefined when nothing was. */
  finish(job: (stream: number) => Job): Promise<Outcome> | undefined {
    return this.#isUsed ? this.#do(job(this.#number), this.#deps.interrupt) : undefined;
  }

  /** To be called at the end, however it ended. */
  async drop(): Promise<void> {
    // A worker that is gone has nothing to forget.
    if (this.#isUsed) await this.#do({ kind: 'drop', grid: this.#run.grid, stream: this.#number }, new Interrupt()).catch(isGone);
  }

  #do(job: Job, interrupt: Interrupt): Promise<Outcome> {
    const { pool } = this.#deps;
    if (pool) return pool.run(job, interrupt, false, this.#binding);
    return Promise.resolve(runJob(job, () => interrupt.check()));
  }
}

function isGone(): void {
  // As said above.
}
