import type { LogBlock, LogSelection } from '../../storage/store.ts';
import { logqlError } from '../errors.ts';
import { parseQuery } from '../parse/parser.ts';
import type { LogQueryValue } from '../query.ts';
import type { Grid } from './grid.ts';
import type { ReadStats } from './line-reader.ts';
import { LogEvaluation } from './log-evaluation.ts';
import { MetricEvaluation } from './metric-evaluation.ts';
import type { RangeLimits } from './range-evaluation.ts';

/** A query with all that decides about its answer but the lines. Can be sent to a worker. */
export interface EvaluationRequest extends RangeLimits {
  readonly kind: 'instant' | 'range';
  readonly query: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: bigint;
  readonly limit: number;
  readonly direction: 'forward' | 'backward';
  readonly detectLevel: boolean;
}

/** A query under way: it says what to read, takes blocks, and answers. */
export interface Evaluation {
  /** Of a metric query; 1 for others. */
  readonly steps: number;
  readonly reads: readonly LogSelection[];
  /** Takes a block of read `read`; true when the rest of that read is not wanted. */
  feed(read: number, block: LogBlock): boolean;
  /** The answer, in pieces of work of some milliseconds: whoever runs it may do something else between them, or leave it. */
  finish(): Generator<undefined, LogQueryValue>;
  stats(): ReadStats;
}

/** Loki's limit on the points of each series of a range query. */
const MAX_POINTS = 11_000n;

/** Begins a query. Throws AppError `logql.parse`, `logql.too_many_points`. */
export function startEvaluation(request: EvaluationRequest): Evaluation {
  const expr = parseQuery(request.query);
  if (expr.kind === 'log') {
    const log = new LogEvaluation(expr, request);
    return {
      steps: 1,
      reads: [log.selection],
      feed: (_, block) => log.feed(block),
      // biome-ignore lint/correctness/useYield: lines need no work at the end.
      *finish() {
        return log.finish();
      },
      stats: () => log.reader.stats,
    };
  }
  const grid = gridOf(request);
  const metric = new MetricEvaluation(expr, grid, request.detectLevel, request);
  return {
    steps: grid.steps,
    reads: metric.ranges.map(({ selection }) => selection),
    feed(read, block) {
      metric.ranges[read]?.feed(block);
      return false;
    },
    finish: () => metric.finish(request.kind === 'instant'),
    stats: () => metric.ranges.map(({ reader }) => reader.stats).reduce(addStats, { lines: 0, bytes: 0, matched: 0 }),
  };
}

function gridOf({ kind, startNs, endNs, stepNs }: EvaluationRequest): Grid {
  if (kind === 'instant') return { startNs: endNs, stepNs: 0n, steps: 1 };
  if (stepNs <= 0n)
    throw logqlError('logql.too_many_points', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  const steps = (endNs - startNs) / stepNs;
  if (steps > MAX_POINTS)
    throw logqlError(
      'logql.too_many_points',
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
    );
  return { startNs, stepNs, steps: Number(steps) + 1 };
}

function addStats(a: ReadStats, b: ReadStats): ReadStats {
  return { lines: a.lines + b.lines, bytes: a.bytes + b.bytes, matched: a.matched + b.matched };
}
