// Range functions over series with histograms. Their kernels know floats only: what they answer for windows with histograms is
// replaced by what the function makes of those.
import type { FloatHistogram } from '../../model/histogram.ts';
import type { Columns } from '../engine/columns.ts';
import type { RangeNote } from '../engine/histogram-annotations.ts';
import type { HistogramSamples } from '../engine/histogram-samples.ts';
import { fillWindows, newWindows, type Windows } from '../engine/windows.ts';
import type { Kernel } from './function.ts';

/** Windows over samples of which some are histograms. */
export interface MixedWindows extends Windows {
  readonly histograms: HistogramSamples;
}

export function isMixed(windows: Windows): windows is MixedWindows {
  return windows.histograms !== undefined;
}

export type TakeRangeNote = (note: RangeNote) => void;

/** The value of a window with histograms (the samples from … to-1, step `t`); undefined when it has none. */
export type WindowEvaluator = (
  windows: MixedWindows,
  from: number,
  to: number,
  t: number,
  note: TakeRangeNote,
) => number | FloatHistogram | undefined;

/** The cells that `fillMixed` fills. */
export interface MixedCells {
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly histograms: (FloatHistogram | undefined)[];
}

/** Evaluates the windows of the series with the samples from … to-1, into the cells from `base` on. */
export type SeriesEvaluator = (from: number, to: number, base: number, note: TakeRangeNote) => void;

/** A function that looks at histograms, too. */
export function mixedSeries(windows: MixedWindows, kernel: Kernel, evaluate: WindowEvaluator, cells: MixedCells): SeriesEvaluator {
  return (from, to, base, note) => {
    windows.histograms.enterSeries(from);
    fillWindows(windows, from, to);
    kernel(windows, cells.values, cells.present, base);
    if (!hasAny(windows.histograms, from, to)) return;
    const { first, end } = windows;
    const counter = new HistogramCounter(windows.histograms);
    for (let t = 0; t < first.length; t++) {
      if (counter.count(first[t] as number, end[t] as number) === 0) continue;
      if (t % CHECKPOINT_WINDOWS === 0) windows.checkpoint();
      const value = evaluate(windows, first[t] as number, end[t] as number, t, note);
      cells.present[base + t] = value === undefined ? 0 : 1;
      if (typeof value === 'number') cells.values[base + t] = value;
      else cells.histograms[base + t] = value;
    }
  };
}

/** A function that looks at floats alone, and tells where it left histograms out of a window with both. */
export function floatSeries(columns: Columns, windows: MixedWindows, kernel: Kernel, cells: MixedCells): SeriesEvaluator {
  const floats = withoutHistograms(columns, windows.histograms);
  const floatWindows = newWindows(floats.columns, windows.edgeMs, windows.rangeMs, windows.timeMs, windows.checkpoint);
  return (from, to, base, note) => {
    const [floatFrom, floatTo] = [floats.before[from] as number, floats.before[to] as number];
    fillWindows(floatWindows, floatFrom, floatTo);
    kernel(floatWindows, cells.values, cells.present, base);
    if (floatTo === floatFrom || floatTo - floatFrom === to - from) return;
    fillWindows(windows, from, to);
    const hasBoth = windows.first.some((start, t) => {
      const floatCount = (floatWindows.end[t] as number) - (floatWindows.first[t] as number);
      return floatCount > 0 && (windows.end[t] as number) - start > floatCount;
    });
    if (hasBoth) note('ignored');
  };
}

const CHECKPOINT_WINDOWS = 64;

function hasAny(histograms: HistogramSamples, from: number, to: number): boolean {
  for (let sample = from; sample < to; sample++) if (histograms.has(sample)) return true;
  return false;
}

/** Counts the histograms of windows that only move forward. */
class HistogramCounter {
  readonly #histograms: HistogramSamples;
  #from = 0;
  #to = 0;
  #count = 0;

  constructor(histograms: HistogramSamples) {
    this.#histograms = histograms;
  }

  count(from: number, to: number): number {
    if (from >= this.#to) {
      this.#from = from;
      this.#to = from;
      this.#count = 0;
    }
    for (; this.#to < to; this.#to++) if (this.#histograms.has(this.#to)) this.#count++;
    for (; this.#from < from; this.#from++) if (this.#histograms.has(this.#from)) this.#count--;
    return this.#count;
  }
}

/** The floats alone; before[i] of them come before sample i. */
function withoutHistograms(columns: Columns, histograms: HistogramSamples): { readonly columns: Columns; readonly before: Uint32Array } {
  const { labels, offsets, timestampsMs, values } = columns;
  const before = new Uint32Array(values.length + 1);
  const times = new Float64Array(values.length);
  const floats = new Float64Array(values.length);
  let kept = 0;
  for (let sample = 0; sample < values.length; sample++) {
    before[sample] = kept;
    if (histograms.has(sample)) continue;
    times[kept] = timestampsMs[sample] as number;
    floats[kept++] = values[sample] as number;
  }
  before[values.length] = kept;
  const floatOffsets = offsets.map((offset) => before[offset] as number);
  return {
    columns: { labels, offsets: floatOffsets, timestampsMs: times.subarray(0, kept), values: floats.subarray(0, kept) },
    before,
  };
}
