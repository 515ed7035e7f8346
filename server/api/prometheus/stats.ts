import { secondsText } from '../../promql/engine/json-parts.ts';
import type { QueryStats } from '../../promql/query.ts';
import { numberToJson } from './json.ts';

/** The `stats` member of an answer; `withSteps` for `stats=all`. */
export function statsToJson(stats: QueryStats, withSteps: boolean): string {
  const { timings, startMs, stepMs, queryableSamplesPerStep, peakSamples } = stats;
  const times = Object.entries(timings).map(([name, seconds]) => `"${name}Time":${numberToJson(round(seconds))}`);
  const steps = Array.from(queryableSamplesPerStep, (count, t) => `[${secondsText(startMs + t * stepMs)},${count}]`);
  const total = queryableSamplesPerStep.reduce((sum, count) => sum + count, 0);
  const perStep = withSteps ? `"totalQueryableSamplesPerStep":[${steps.join(',')}],` : '';
  return `{"timings":{${times.join(',')}},"samples":{${perStep}"totalQueryableSamples":${total},"peakSamples":${peakSamples}}}`;
}

/** To the nanosecond, as Go measures. */
function round(seconds: number): number {
  return Math.round(seconds * 1e9) / 1e9;
}
