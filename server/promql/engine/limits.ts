import { promqlError } from '../errors.ts';

/** Prometheus' limit on the points of each series of a range query. */
export const MAX_POINTS_PER_SERIES = 11_000;

/** Throws `promql.too_many_points` when a range query asks for more than 11,000 steps. */
export function checkResolution(startMs: number, endMs: number, stepMs: number): void {
  if (Math.floor((endMs - startMs) / stepMs) > MAX_POINTS_PER_SERIES)
    throw promqlError(
      'promql.too_many_points',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
}
