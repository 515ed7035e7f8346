import { isPacked, type PackedSeries, samplesOf } from '../../storage/packed/packed-series.ts';
import { Unpacker } from '../../storage/packed/unpacker.ts';
import type { SeriesSet } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import type { Streamed } from '../../vector/streamed.ts';
import type { Aggregation, Expr, VectorSelector } from '../parse/ast.ts';
import { parseQuery } from '../parse/parse.ts';
import { querySteps } from '../plan/plan.ts';
import { Annotations } from './annotations.ts';
import { type Environment, Evaluator } from './evaluate.ts';
import type { Grid } from './grid.ts';
import type { CombineJob, Outcome, ReducedRows, ReduceJob } from './job.ts';
import { type Reduction, reductionsOf } from './reductions.ts';
import { CELL_BYTES, CellScratch, RowCollector } from './row-collector.ts';
import { placesOf } from './shares.ts';
import { openStream, streamingAggregations } from './streams.ts';

/** So many samples of packed series are decoded at a time: they stay in the processor's cache until they are evaluated. */
const CHUNK_SAMPLES = 32_768;
/** So many cells of rows are there at a time, unless a single row has more. */
const CHUNK_CELLS = 65_536;
/** Memory for more samples is not kept. */
const MOST_KEPT_SAMPLES = 1_000_000;

/** Of this thread. */
let unpacker = new Unpacker();
const scratch = new CellScratch();

/** Whether a job can be done some series at a time: samples are counted over all of them at once. */
export function isInChunks({ set, counts }: ReduceJob): boolean {
  return isPacked(set) && !counts;
}

/** Does a job that `isInChunks`. */
export function reduceInChunks(job: ReduceJob, checkpoint: () => void): Outcome {
  const { query, grid, options, features, reductions } = job;
  const packed = job.set as PackedSeries;
  const annotations = new Annotations(query);
  const all = reductionsOf(parseQuery(query, features, querySteps(options))) ?? [];
  const cells = packed.labels.length * grid.steps;
  const takings = reductions.map((reduction, i) => ({
    ...(all[reduction] as Reduction),
    taker: new RowCollector(grid.steps, packed.labels.length, job.out, i * bytesOfCells(cells)),
  }));
  reduceSome(packed, undefined, takings, new Evaluation(job, annotations, checkpoint));
  const rows = takings.map(({ taker }, i) => ({ ...taker.rows, reduction: reductions[i] as number }));
  return { rows, warnings: annotations.warnings, infos: annotations.infos };
}

/** The rows of reductions: those that are kept, and aggregations that have taken theirs, by the number of the reduction. */
interface ShareOfRows {
  readonly rows: ReducedRows[];
  readonly taken: Map<number, Streamed>;
}

/** Reduces the series of a job's parts, or its share of them. What can be aggregated as it comes is not kept. */
export function reduceShare(job: CombineJob, expr: Expr, annotations: Annotations, checkpoint: () => void): ShareOfRows {
  const { parts, share, grid, features } = job;
  const all = reductionsOf(expr) ?? [];
  const aggregations = streamingAggregations(expr, features);
  const lists = parts.map(({ labels }) => labels);
  const wanted = share && placesOf(lists, share);
  const rows: ReducedRows[] = [];
  const taken = new Map<number, Streamed>();
  const streamOf = (reduction: number, aggregation: Aggregation) => {
    const stream = taken.get(reduction) ?? openStream(aggregation, grid.steps);
    taken.set(reduction, stream);
    return stream;
  };
  const evaluation = new Evaluation(job, annotations, checkpoint);
  for (const [i, part] of parts.entries()) {
    const series = wanted?.[i];
    const collectors = new Map<number, RowCollector>();
    const collectorOf = (reduction: number) => {
      const collector = new RowCollector(grid.steps, (series ?? part.labels).length, undefined, 0);
      collectors.set(reduction, collector);
      return collector;
    };
    const takings = part.reductions.map((reduction) => {
      const aggregation = aggregations[reduction];
      return { ...(all[reduction] as Reduction), taker: aggregation ? streamOf(reduction, aggregation) : collectorOf(reduction) };
    });
    reduceSome(part, series, takings, evaluation);
    for (const [reduction, collector] of collectors) rows.push({ ...collector.rows, reduction });
  }
  return { rows, taken };
}

/** Where the rows of a reduction go; they are good until the next. */
interface Taking extends Reduction {
  readonly taker: { add(rows: Rows): void };
}

/** An evaluator of some series at a time. */
class Evaluation {
  readonly grid: Grid;
  readonly evaluator: Evaluator;
  readonly data = new Map<VectorSelector, SeriesSet>();

  constructor({ grid, options, features, maxSamples }: ReduceJob | CombineJob, annotations: Annotations, checkpoint: () => void) {
    const { data } = this;
    const env: Environment = { options, features, data, annotations, maxSamples, checkpoint, takeCells: (count) => scratch.take(count) };
    this.grid = grid;
    this.evaluator = new Evaluator(env, grid);
  }
}

/** Reduces series of a part, all of them or those that are wanted, a chunk at a time. */
function reduceSome(
  packed: PackedSeries,
  wanted: Uint32Array | undefined,
  takings: readonly Taking[],
  { grid, evaluator, data }: Evaluation,
): void {
  for (const some of unpacker.chunks(packed, CHUNK_SAMPLES, Math.ceil(CHUNK_CELLS / grid.steps), wanted)) {
    for (const { selector } of takings) data.set(selector, some);
    for (const { node, taker } of takings) {
      scratch.takeBack();
      taker.add(evaluator.vector(node));
    }
  }
  if (samplesOf(packed) > MOST_KEPT_SAMPLES) unpacker = new Unpacker();
}

/** Each reduction begins at a multiple of 8. */
function bytesOfCells(cells: number): number {
  return Math.ceil((cells * CELL_BYTES) / 8) * 8;
}

/** How much memory the rows of a part may take. */
export function bytesOfRows(series: number, steps: number, reductions: number): number {
  return reductions * bytesOfCells(series * steps);
}
