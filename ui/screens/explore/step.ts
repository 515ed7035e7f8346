// The resolution of a graph: about one step for each pixel and a half, on round numbers, so that a refresh asks for the same instants.
import type { AbsoluteRange } from '../../data/time-range.ts';
import { refreshMs } from '../../data/time-range.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ROUND_MS = [
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28].map((count) => count * DAY),
];
const PX_PER_STEP = 1.5;

/** Choices of the reader; '' = by the width of the graph. */
export const STEP_CHOICES = ['', '1s', '5s', '15s', '30s', '1m', '5m', '15m', '1h', '6h', '1d'] as const;

/** Start, end and step in milliseconds, the ends on the grid of the step. */
export interface QuerySpan {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** The span to ask for. `step` is a duration like "15s", or '' for a step that fits `widthPx`. */
export function spanFor({ fromMs, toMs }: AbsoluteRange, step: string, widthPx: number): QuerySpan {
  const stepMs = refreshMs(step) || roundStepMs((toMs - fromMs) / (Math.max(widthPx, 240) / PX_PER_STEP));
  return { startMs: Math.ceil(fromMs / stepMs) * stepMs, endMs: Math.floor(toMs / stepMs) * stepMs, stepMs };
}

function roundStepMs(leastMs: number): number {
  return ROUND_MS.find((round) => round >= leastMs) ?? Math.ceil(leastMs / (28 * DAY)) * 28 * DAY;
}
