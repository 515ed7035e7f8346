import type { FloatHistogram } from '../../model/histogram.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { SeriesSet } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import { HistogramCursor } from './histogram-samples.ts';
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
  checkpoint: () => void,
): Rows {
  const { labels, offsets, timestampsMs } = set;
  const steps = timesMs.length;
  const values = new Float64Array(labels.length * steps);
  const present = new Uint8Array(values.length);
  const bits = bitsOf(set.values);
  const histograms = what === 'value' && set.histograms ? new Array<FloatHistogram | undefined>(values.length).fill(undefined) : undefined;
  for (let series = 0; series < labels.length; series++) {
    checkpoint();
    const to = offsets[series + 1] as number;
    let next = offsets[series] as number;
    const from = next;
    let stride = 1;
    const cursor = set.histograms && new HistogramCursor(set.histograms, from);
    for (let t = 0, cell = series * steps; t < steps; t++, cell++) {
      const time = timesMs[t] as number;
      const found = firstAfter(timestampsMs, next, to, time, stride);
      stride = found - next;
      next = found;
      const last = found - 1;
      if (last < from || (timestampsMs[last] as number) <= time - lookbackMs || isStaleAt(bits, last)) continue;
      present[cell] = 1;
      values[cell] = what === 'time' ? (timestampsMs[last] as number) / 1000 : (set.values[last] as number);
      // Steps that see the same sample share it.
      if (histograms) histograms[cell] = cursor?.at(last);
    }
  }
  return { steps, labels, values, present, histograms };
}
