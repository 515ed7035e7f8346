// One evaluation in several threads, each of which makes its share of the groups of the result (shares.ts).
import { evaluateInWorker, type QueryRun, type RunDeps } from './evaluation.ts';
import type { CombineJob, Outcome } from './job.ts';
import { joinShares, shareLabels } from './shares.ts';

/** So many samples or cells at least, four times as many without text to be written: fewer are evaluated in one thread. */
const SHARED_WORK = 40_000;
const MOST_SHARES = 4;

/** By which labels groups can be shared out, and in how many shares: one for each thread without work. */
export interface Sharable {
  readonly labels: readonly string[];
  readonly of: number;
}

/** Undefined where the groups of a query cannot be shared out, or there are no threads to do so. */
export function sharable(run: QueryRun, { pool, cost }: RunDeps): Sharable | undefined {
  if (!pool || pool.idle < 2 || cost || run.kind !== 'range') return undefined;
  const labels = shareLabels(run.expr, run.features);
  return labels && { labels, of: Math.min(MOST_SHARES, pool.idle) };
}

/** Whether that pays for so many samples that are looked at, or cells. */
export function isWorthSharing(work: number, { output }: QueryRun): boolean {
  return work >= (output === 'value' ? 4 * SHARED_WORK : SHARED_WORK);
}

/** Does the jobs of all shares, in their order. Undefined when their outcomes cannot be joined, or there are no threads. */
export async function runShares(jobs: readonly CombineJob[], run: QueryRun, deps: RunDeps): Promise<Outcome | undefined> {
  const { interrupt, pool } = deps;
  interrupt.check();
  if (!pool) return undefined;
  return joinShares(await allEnded(jobs.map((job) => evaluateInWorker(job, pool, run, deps))));
}

/** What the first of them to fail throws, but not before all have ended. */
async function allEnded<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
