/** The evaluation times startMs, startMs + stepMs, …; an instant query has one. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

/** Time of the last step. */
export function endOf({ startMs, stepMs, steps }: Grid): number {
  return startMs + (steps - 1) * stepMs;
}

/** All times of the grid, in milliseconds. */
export function timesOf({ startMs, stepMs, steps }: Grid): Float64Array {
  return Float64Array.from({ length: steps }, (_, t) => startMs + t * stepMs);
}

/** The grid of a range query; the end is included when a step falls on it. */
export function gridOf(startMs: number, endMs: number, stepMs: number): Grid {
  return { startMs, stepMs, steps: endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1 };
}
