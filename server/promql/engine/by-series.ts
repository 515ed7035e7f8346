// A query over long time, series by series: each is reduced to its rows as it is read (reductions.ts), and what is above them is evaluated
// when all are there.
import { samplesOf } from '../../storage/packed/packed-series.ts';
import { formatExpr } from '../parse/format.ts';
import { selectorNeeds } from '../plan/plan.ts';
import { mergeSelections } from '../plan/selections.ts';
import { evaluate, type PartSize, type QueryRun, type RunDeps } from './evaluation.ts';
import { endOf } from './grid.ts';
import { isWorthSharing, runShares, sharable } from './in-shares.ts';
import type { CombineJob, Outcome, ReducedRows, UnreducedSeries } from './job.ts';
import { Notes } from './notes.ts';
import { QueryStream } from './query-stream.ts';
import { type Reduction, reductionsOf } from './reductions.ts';
import { reduceSelection, type Wanted } from './selection-reducer.ts';
import type { Lease } from './shared-reductions.ts';
import type { PassedRows } from './wire.ts';

/** The rows that series are reduced to may have so many cells in all (nine bytes each); queries that yield more are cut by time. */
const MAX_CELLS = 16_000_000;

/**
 * Reads the series part by part and reduces each part at once to its rows, then evaluates what is above them. Undefined when the
 * expression, or how much it yields, does not allow that.
 */
export async function runBySeries(run: QueryRun, deps: RunDeps): Promise<Outcome | undefined> {
  const stream = new QueryStream(run, deps, true);
  const outcome = await reduceAndCombine(run, deps, stream);
  return outcome || !stream.isSpoilt ? outcome : reduceAndCombine(run, deps, new QueryStream(run, deps, false));
}

async function reduceAndCombine(run: QueryRun, deps: RunDeps, stream: QueryStream): Promise<Outcome | undefined> {
  const { kind, query, expr, grid, options, features, maxSamples, output } = run;
  const reductions = reductionsOf(expr);
  if (!reductions) return undefined;
  const { selections, ofNeed } = mergeSelections(selectorNeeds(expr, grid.startMs, endOf(grid), grid.stepMs, options));
  const notes = new Notes();
  const rows: (ReducedRows | PassedRows)[] = [];
  const parts: UnreducedSeries[] = [];
  const leases: Lease[] = [];
  let isFree = true;
  try {
    let cellsLeft = Math.min(MAX_CELLS, maxSamples);
    for (const [i, selection] of selections.entries()) {
      const numbers = [...reductions.keys()].filter((index) => ofNeed[index] === i);
      const isOnly = selections.length === 1;
      const wanted = { selection, isOnly, numbers, reductions: numbers.map((index) => reductions[index] as Reduction) };
      const lease = await reduceShared(wanted, cellsLeft, notes, stream, run, deps);
      if (!lease) return undefined;
      leases.push(lease);
      cellsLeft -= lease.reduced.cells;
      if (cellsLeft < 0) return undefined;
      lease.reduced.rows.forEach((pieces, k) => {
        for (const piece of pieces) rows.push({ ...piece, reduction: numbers[k] as number });
      });
      for (const part of lease.reduced.unreduced) parts.push({ ...part, reductions: numbers });
    }
    const samples = parts.reduce((sum, part) => sum + samplesOf(part), 0);
    const cells = parts.reduce((sum, { labels, reductions }) => sum + labels.length * reductions.length * grid.steps, 0);
    const work = rows.reduce((sum, { values }) => sum + values.length, samples + cells);
    // Should it fail, it may go on looking at the rows for a while.
    isFree = false;
    const common = { query, grid, options, features, maxSamples, counts: deps.cost !== undefined };
    const job = { kind: 'combine', queryKind: kind, ...common, rows, parts, output } as const;
    const combined = await (stream.finish((number) => ({ ...job, stream: number })) ?? combine(job, { samples, work }, run, deps));
    isFree = true;
    return notes.addTo(combined);
  } finally {
    for (const lease of leases) lease.release(isFree);
    void stream.drop();
  }
}

/** What is above the rows, in as many threads as there are if that pays. */
async function combine(job: CombineJob, size: PartSize, run: QueryRun, deps: RunDeps): Promise<Outcome> {
  const groups = isWorthSharing(size.work, run) && job.rows.every(canBeShared) ? sharable(run, deps) : undefined;
  const jobs = groups && Array.from({ length: groups.of }, (_, index) => ({ ...job, share: { ...groups, index } }));
  return (jobs && (await runShares(jobs, run, deps))) ?? evaluate(job, size, run, deps);
}

/** Only rows in memory that threads share can be looked at by several. */
function canBeShared({ values, ...rows }: ReducedRows | PassedRows): boolean {
  return values.buffer instanceof SharedArrayBuffer && !('packedHistograms' in rows && rows.packedHistograms);
}

/** What each series of a selection is reduced to, by this query or by another one that is under way. */
async function reduceShared(
  wanted: Wanted,
  cells: number,
  notes: Notes,
  stream: QueryStream,
  run: QueryRun,
  deps: RunDeps,
): Promise<Lease | undefined> {
  const { sharing, cost, signal } = deps;
  const find = (unshare: () => void) => reduceSelection(wanted, cells, { notes, stream, unshare }, run, deps);
  if (!sharing || cost || run.kind === 'instant') {
    const reduced = await find(() => undefined);
    const giveBack = (isFree: boolean) => {
      for (const memory of reduced?.memory ?? []) deps.memory.giveBack(memory, isFree);
    };
    return reduced && { reduced, isOfOther: false, release: giveBack };
  }
  const lease = await sharing.reductions.lease(keyOf(wanted, run, sharing.version()), find, signal);
  if (lease?.isOfOther) sharing.note(lease.reduced.samples);
  return lease;
}

/** Different for whatever may yield different rows: `options` because functions know the start and end of their query. */
function keyOf({ selection, reductions }: Wanted, { grid, options, maxSamples }: QueryRun, version: number): string {
  const { startMs, endMs } = selection;
  return JSON.stringify([version, grid, options, maxSamples, startMs, endMs, reductions.map(({ node }) => formatExpr(node))]);
}
