import { startStopwatch } from '../../telemetry/stopwatch.ts';
import type { QueryStats } from '../query.ts';
import type { Grid } from './grid.ts';
import type { SampleCounts } from './job.ts';

/** Adds up what a query costs while it runs, possibly in parts. */
export class QueryCost {
  readonly #grid: Grid;
  readonly #perStep: Float64Array;
  readonly #sinceStart = startStopwatch();
  #peak = 0;
  #queued = 0;
  #reading = 0;
  #evaluating = 0;

  constructor(grid: Grid) {
    this.#grid = grid;
    this.#perStep = new Float64Array(grid.steps);
  }

  /** The query's turn has come. */
  begin(): void {
    this.#queued = this.#sinceStart();
  }

  async reading<T>(work: Promise<T>): Promise<T> {
    const seconds = startStopwatch();
    try {
      return await work;
    } finally {
      this.#reading += seconds();
    }
  }

  async evaluating<T>(work: () => Promise<T> | T): Promise<T> {
    const seconds = startStopwatch();
    try {
      return await work();
    } finally {
      this.#evaluating += seconds();
    }
  }

  /** Samples of an evaluation of some steps, of which the first is at `startMs`. */
  add({ perStep, peak }: SampleCounts, startMs: number): void {
    const { stepMs } = this.#grid;
    const from = stepMs === 0 ? 0 : Math.round((startMs - this.#grid.startMs) / stepMs);
    perStep.forEach((count, t) => {
      this.#perStep[from + t] = (this.#perStep[from + t] as number) + count;
    });
    this.#peak = Math.max(this.#peak, peak);
  }

  /** The sum at the end of the query. */
  stats(): QueryStats {
    const execTotal = this.#sinceStart() - this.#queued;
    return {
      timings: {
        evalTotal: execTotal,
        resultSort: 0,
        queryPreparation: this.#reading,
        innerEval: this.#evaluating,
        execQueue: this.#queued,
        execTotal,
      },
      startMs: this.#grid.startMs,
      stepMs: this.#grid.stepMs,
      queryableSamplesPerStep: this.#perStep,
      peakSamples: this.#peak,
    };
  }
}
