import type { FloatHistogram } from '../../model/histogram.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { SeriesSet } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import { HistogramCursor } from './histogram-samples.ts';
import type { Cells } from './row-collector.ts';
import { firstAfter } from './windows.ts';

/**
 * The value of every series at each of `timesMs` (rising): its last sample not older than the lookback, unless that is a stale
 * marker. `what` = 'time' answers the sample's time in seconds instead.
 */
export function instantRows(
  set: SeriesSet,
  timesMs: Float64Array,
  lookbackMs: number,
  what: 'value' | 'time',
  context: InstantContext,
): Rows {
  const { labels, offsets, timestampsMs, values: samples } = set;
  const steps = timesMs.length;
  const bits = bitsOf(samples);
  const rows = context.takeCells(labels.length * steps);
  const histograms =
    what === 'value' && set.histograms ? new Array<FloatHistogram | undefined>(rows.values.length).fill(undefined) : undefined;
  // One object for the loop, laid out alike for every query.
  const lookup: Lookup = { timestampsMs, samples, bits, timesMs, lookbackMs, isTime: what === 'time', ...rows };
  for (let series = 0; series < labels.length; series++) {
    context.checkpoint();
    const from = offsets[series] as number;
    const cursor = histograms && set.histograms && new HistogramCursor(set.histograms, from);
    // Steps that see the same sample share its histogram.
    const take =
      cursor &&
      ((cell: number, sample: number) => {
        histograms[cell] = cursor.at(sample);
      });
    lookUp(lookup, from, offsets[series + 1] as number, series * steps, take);
  }
  return { steps, labels, ...rows, histograms };
}

/** What a lookup asks of the evaluation it belongs to. */
interface InstantContext {
  checkpoint(): void;
  takeCells(count: number): Cells;
}

interface Lookup {
  readonly timestampsMs: Float64Array;
  readonly bits: Uint32Array;
  readonly timesMs: Float64Array;
  readonly lookbackMs: number;
  readonly isTime: boolean;
  /** Of the cells that are found. */
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly samples: Float64Array;
}

/** Fills the cells from `base` on with what the series with the samples from … to-1 has at each step. */
function lookUp(
  { timestampsMs, samples, bits, timesMs, lookbackMs, isTime, values, present }: Lookup,
  from: number,
  to: number,
  base: number,
  takeHistogram: ((cell: number, sample: number) => void) | undefined,
): void {
  let next = from;
  let stride = 1;
  for (let t = 0, cell = base; t < timesMs.length; t++, cell++) {
    const time = timesMs[t] as number;
    const found = firstAfter(timestampsMs, next, to, time, stride);
    stride = found - next;
    next = found;
    const last = found - 1;
    if (last < from || (timestampsMs[last] as number) <= time - lookbackMs || isStaleAt(bits, last)) continue;
    present[cell] = 1;
    values[cell] = isTime ? (timestampsMs[last] as number) / 1000 : (samples[last] as number);
    takeHistogram?.(cell, last);
  }
}
