// rate, increase and delta extrapolate the change between a window's first and last sample to the window's edges.
import { samplesWithin, type Windows } from '../engine/windows.ts';
import type { Kernel } from './function.ts';

export interface ExtrapolationKind {
  readonly isCounter: boolean;
  readonly isRate: boolean;
}

/** Samples this close to an edge, in average intervals, are extrapolated right to the edge. */
const THRESHOLD = 1.1;

/** rate, increase or delta of floats. One loop, whose numbers never leave the processor: a range query has hundreds of thousands of windows. */
export function extrapolated(kind: ExtrapolationKind): Kernel {
  const { isCounter } = kind;
  return (windows, out, present, base) => {
    const { timestampsMs, values, first, end, edgeMs, rangeMs } = windows;
    const seconds = secondsOf(kind, rangeMs);
    // Where the counter fell. Windows only move forward and overlap: each sample is looked at once.
    const resets: number[] = [];
    let [scanned, passed] = [0, 0];
    // Scraped at steady intervals, samples lie in each window as they lay in the one before: then the divisions are done once.
    let [firstMs, lastMs, samples] = [Number.NaN, Number.NaN, 0];
    let [sampled, toStart, toEnd, factor] = [0, 0, 0, 0];
    for (let t = 0; t < first.length; t++) {
      const from = first[t] as number;
      const last = (end[t] as number) - 1;
      if (last - from < 1) continue;
      const value = values[from] as number;
      let change = (values[last] as number) - value;
      if (isCounter) {
        for (let i = scanned > from ? scanned : from + 1; i <= last; i++)
          if ((values[i] as number) < (values[i - 1] as number)) resets.push(i);
        if (last >= scanned) scanned = last + 1;
        if (passed < resets.length) {
          while (passed < resets.length && (resets[passed] as number) <= from) passed++;
          for (let r = passed; r < resets.length; r++) change += values[(resets[r] as number) - 1] as number;
        }
      }
      const edge = edgeMs[t] as number;
      const nextFirstMs = edge - (timestampsMs[from] as number);
      const nextLastMs = edge - (timestampsMs[last] as number);
      const nextSamples = samplesWithin(windows, from, last);
      if (nextFirstMs !== firstMs || nextLastMs !== lastMs || nextSamples !== samples) {
        firstMs = nextFirstMs;
        lastMs = nextLastMs;
        samples = nextSamples;
        sampled = (firstMs - lastMs) / 1000;
        toStart = reachOf(rangeMs - firstMs, sampled, samples);
        toEnd = reachOf(lastMs, sampled, samples);
        factor = (sampled + toStart + toEnd) / sampled / seconds;
      }
      present[base + t] = 1;
      // A counter cannot reach zero where it began at more than the change since.
      const mayReachZero = isCounter && change > 0 && value >= 0 && !(value >= change && toStart <= sampled);
      out[base + t] = change * (mayReachZero ? (sampled + fromZero(toStart, sampled, value, change) + toEnd) / sampled / seconds : factor);
      if (isCounter && passed === resets.length && toStart <= sampled) {
        t = writeRising(windows, t, factor, out, present, base);
        scanned = end[t] as number;
      }
    }
  };
}

/**
 * The windows behind window `t` in which samples lie as in that, as long as the counter rises and was no less at first than the change since: of
 * them nothing is to be known but the change. Returns the last of them, or `t`.
 */
function writeRising(windows: Windows, t: number, factor: number, out: Float64Array, present: Uint8Array, base: number): number {
  const { timestampsMs, values, ordinals, first, end, edgeMs } = windows;
  if (ordinals) return t;
  let scanned = (end[t] as number) - 1;
  let before = values[scanned] as number;
  const more = scanned - (first[t] as number);
  const lastMs = (edgeMs[t] as number) - (timestampsMs[scanned] as number);
  const firstMs = (edgeMs[t] as number) - (timestampsMs[first[t] as number] as number);
  for (let next = t + 1; next < first.length; next++) {
    const from = first[next] as number;
    const last = (end[next] as number) - 1;
    const edge = edgeMs[next] as number;
    const isAlike =
      last - from === more && edge - (timestampsMs[from] as number) === firstMs && edge - (timestampsMs[last] as number) === lastMs;
    if (!isAlike) return next - 1;
    if (from > scanned) {
      scanned = from;
      before = values[from] as number;
    }
    while (scanned < last) {
      const value = values[++scanned] as number;
      if (!(value >= before)) return next - 1;
      before = value;
    }
    const value = values[from] as number;
    const change = before - value;
    if (!(value >= change)) return next - 1;
    present[base + next] = 1;
    out[base + next] = change * factor;
  }
  return first.length - 1;
}

/** The factor for the `change` since the first `value` of window `t`. */
export function extrapolationFactor(windows: Windows, t: number, value: number, change: number, kind: ExtrapolationKind): number {
  const { timestampsMs, edgeMs, rangeMs } = windows;
  const from = windows.first[t] as number;
  const last = (windows.end[t] as number) - 1;
  const firstMs = (edgeMs[t] as number) - (timestampsMs[from] as number);
  const lastMs = (edgeMs[t] as number) - (timestampsMs[last] as number);
  const samples = samplesWithin(windows, from, last);
  const sampled = (firstMs - lastMs) / 1000;
  let toStart = reachOf(rangeMs - firstMs, sampled, samples);
  if (kind.isCounter && change > 0 && value >= 0) toStart = fromZero(toStart, sampled, value, change);
  return (sampled + toStart + reachOf(lastMs, sampled, samples)) / sampled / secondsOf(kind, rangeMs);
}

/** How many seconds a change is extrapolated beyond samples that end `gapMs` before the edge and lie `sampled` seconds from each other. */
function reachOf(gapMs: number, sampled: number, samples: number): number {
  const average = sampled / (samples - 1);
  const gap = gapMs / 1000;
  return gap >= average * THRESHOLD ? average / 2 : gap;
}

/** A counter is not extrapolated below zero. */
function fromZero(toStart: number, sampled: number, value: number, change: number): number {
  return Math.min(toStart, sampled * (value / change));
}

/** What an extrapolated change is divided by. */
function secondsOf({ isRate }: ExtrapolationKind, rangeMs: number): number {
  return isRate ? rangeMs / 1000 : 1;
}
