import type { Columns } from './columns.ts';
import type { HistogramSamples } from './histogram-samples.ts';

/** The windows of a range vector at every step, for one series at a time. Reused from series to series. */
export interface Windows {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** As in Columns. */
  readonly histograms?: HistogramSamples | undefined;
  /** As in Columns. */
  readonly ordinals?: Uint32Array | undefined;
  /** Window `t` of the current series holds the samples first[t] … end[t]-1. */
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** Right edge of each window (included) in milliseconds; the left edge, `rangeMs` before, is excluded. */
  readonly edgeMs: Float64Array;
  readonly rangeMs: number;
  /** Evaluation time of each step, which differs from the edge by offset and @. */
  readonly timeMs: Float64Array;
  /** Throws when the evaluation was stopped. */
  readonly checkpoint: () => void;
}

/** Windows of `rangeMs` ending at `edgeMs[t]`, not yet filled for a series. */
export function newWindows(columns: Columns, edgeMs: Float64Array, rangeMs: number, timeMs: Float64Array, checkpoint: () => void): Windows {
  const { timestampsMs, values, histograms, ordinals } = columns;
  const steps = edgeMs.length;
  return {
    timestampsMs,
    values,
    histograms,
    ordinals,
    first: new Int32Array(steps),
    end: new Int32Array(steps),
    edgeMs,
    rangeMs,
    timeMs,
    checkpoint,
  };
}

/** How many samples the series has from sample `from` to sample `last`, both included, whether or not all of them were read. */
export function samplesWithin({ ordinals }: Windows, from: number, last: number): number {
  return ordinals ? (ordinals[last] as number) - (ordinals[from] as number) + 1 : last - from + 1;
}

/** Finds the windows of the series with the samples from … to-1. */
export function fillWindows({ timestampsMs, first, end, edgeMs, rangeMs }: Windows, from: number, to: number): void {
  let left = from;
  let right = from;
  let leftStride = 1;
  let rightStride = 1;
  for (let t = 0; t < edgeMs.length; t++) {
    const edge = edgeMs[t] as number;
    const nextRight = firstAfter(timestampsMs, right, to, edge, rightStride);
    rightStride = nextRight - right;
    right = nextRight;
    const nextLeft = firstAfter(timestampsMs, left, right, edge - rangeMs, leftStride);
    leftStride = nextLeft - left;
    left = nextLeft;
    first[t] = left;
    end[t] = right;
  }
}

/**
 * The first index in from … to whose time is after `limitMs`. Steady scrapes make every step advance by the same `stride`, so
 * that is tried first; otherwise the search gallops.
 */
export function firstAfter(times: Float64Array, from: number, to: number, limitMs: number, stride: number): number {
  const guess = from + stride;
  if (guess > from && guess < to && (times[guess] as number) > limitMs && (times[guess - 1] as number) <= limitMs) return guess;
  let low = from;
  for (let jump = 1; ; jump *= 2) {
    const probe = low + jump - 1;
    if (probe >= to || (times[probe] as number) > limitMs) return bisect(times, low, Math.min(probe, to), limitMs);
    low = probe + 1;
  }
}

function bisect(times: Float64Array, from: number, to: number, limitMs: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) > limitMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
