import { isPacked, type PackedSeries, samplesOf } from '../../storage/packed/packed-series.ts';
import { Unpacker } from '../../storage/packed/unpacker.ts';
import type { SeriesSet } from '../../storage/store.ts';
import type { VectorSelector } from '../parse/ast.ts';
import { parseQuery } from '../parse/parse.ts';
import { querySteps } from '../plan/plan.ts';
import { Annotations } from './annotations.ts';
import { type Environment, Evaluator } from './evaluate.ts';
import type { Outcome, ReduceJob } from './job.ts';
import { type Reduction, reductionsOf } from './reductions.ts';
import { CELL_BYTES, CellScratch, RowCollector } from './row-collector.ts';

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
  const { query, grid, options, features, maxSamples, reductions } = job;
  const packed = job.set as PackedSeries;
  const annotations = new Annotations(query);
  const all = reductionsOf(parseQuery(query, features, querySteps(options))) ?? [];
  const cells = packed.labels.length * grid.steps;
  const wanted = reductions.map((reduction, i) => ({
    reduction,
    ...(all[reduction] as Reduction),
    rows: new RowCollector(grid.steps, packed.labels.length, job.out, i * bytesOfCells(cells)),
  }));
  const data = new Map<VectorSelector, SeriesSet>();
  const env: Environment = { options, features, data, annotations, maxSamples, checkpoint, takeCells: (count) => scratch.take(count) };
  const evaluator = new Evaluator(env, grid);
  for (const some of unpacker.chunks(packed, CHUNK_SAMPLES, Math.ceil(CHUNK_CELLS / grid.steps))) {
    for (const { selector } of wanted) data.set(selector, some);
    for (const { node, rows } of wanted) {
      scratch.takeBack();
      rows.add(evaluator.vector(node));
    }
  }
  if (samplesOf(packed) > MOST_KEPT_SAMPLES) unpacker = new Unpacker();
  const rows = wanted.map(({ reduction, rows }) => ({ ...rows.rows, reduction }));
  return { rows, warnings: annotations.warnings, infos: annotations.infos };
}

/** Each reduction begins at a multiple of 8. */
function bytesOfCells(cells: number): number {
  return Math.ceil((cells * CELL_BYTES) / 8) * 8;
}

/** How much memory the rows of a part may take. */
export function bytesOfRows(series: number, steps: number, reductions: number): number {
  return reductions * bytesOfCells(series * steps);
}
