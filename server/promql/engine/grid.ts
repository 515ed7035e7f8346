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
  const times = new Float64Array(steps);
  for (let t = 0; t < steps; t++) times[t] = startMs + t * stepMs;
  return times;
}

/** The grid of a range query; the end is included when a step falls on it. */
export function gridOf(startMs: number, endMs: number, stepMs: number): Grid {
  return { startMs, stepMs, steps: endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1 };
}
