// The step of a panel's query and the variables that depend on it, as Grafana's Prometheus data source derives them.
import { formatDurationMs } from '../../model/duration.ts';

const MAX_POINTS = 11_000;

/** [upper bound, rounded] of intervals in milliseconds, rising. */
const NICE: readonly (readonly [below: number, rounded: number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1_500, 1_000],
  [3_500, 2_000],
  [7_500, 5_000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
  [86_400_000, 43_200_000],
  [604_800_000, 86_400_000],
  [1_814_400_000, 604_800_000],
  [3_628_800_000, 2_592_000_000],
];
const YEAR_MS = 31_536_000_000;

/** A round step near `intervalMs`: 1 s, 2 s, 5 s, 10 s, 15 s, 20 s, 30 s, 1 m, … */
export function niceStepMs(intervalMs: number): number {
  return NICE.find(([below]) => intervalMs < below)?.[1] ?? YEAR_MS;
}

/** About one step for each data point, not under `minStepMs`, and never more points than a query may have. */
export function stepFor(fromMs: number, toMs: number, maxDataPoints: number, minStepMs: number): number {
  const rangeMs = toMs - fromMs;
  const stepMs = Math.max(minStepMs, niceStepMs(rangeMs / maxDataPoints));
  const leastMs = rangeMs / MAX_POINTS;
  return stepMs >= leastMs ? stepMs : (NICE.find(([, rounded]) => rounded >= leastMs)?.[1] ?? Math.ceil(leastMs / YEAR_MS) * YEAR_MS);
}

/** The span on the step's grid, so that a refresh asks for the same instants again. */
export function alignSpan(fromMs: number, toMs: number, stepMs: number): { startMs: number; endMs: number } {
  return { startMs: Math.floor(fromMs / stepMs) * stepMs, endMs: Math.floor(toMs / stepMs) * stepMs };
}

/** What of an aligned span begins at the step of `sinceMs`, on the same grid; its last step at least. */
export function laterPart(span: { startMs: number; endMs: number }, sinceMs: number, stepMs: number): { startMs: number; endMs: number } {
  const sinceStepMs = Math.floor(sinceMs / stepMs) * stepMs;
  return { startMs: Math.min(span.endMs, Math.max(span.startMs, sinceStepMs)), endMs: span.endMs };
}

/** `$__interval` and its relatives for one query. */
export function timeVariables(fromMs: number, toMs: number, stepMs: number, minStepMs: number): Record<string, string> {
  const rangeSeconds = Math.round((toMs - fromMs) / 1000);
  const rateIntervalMs = Math.max(stepMs + minStepMs, 4 * minStepMs);
  return {
    __interval: formatDurationMs(stepMs),
    __interval_ms: String(stepMs),
    __rate_interval: formatDurationMs(rateIntervalMs),
    __rate_interval_ms: String(rateIntervalMs),
    __range: `${rangeSeconds}s`,
    __range_s: String(rangeSeconds),
    __range_ms: String(toMs - fromMs),
    __from: String(fromMs),
    __to: String(toMs),
  };
}
