import type { FloatHistogram } from '../../model/histogram.ts';
import { withHistograms } from '../../vector/histogram-cells.ts';
import type { Rows } from '../../vector/rows.ts';
import { between } from '../functions/boundary-histograms.ts';
import type { Columns } from './columns.ts';
import { firstAfter } from './windows.ts';

/**
 * The value of every series at each of `timesMs` (rising), on the line between the samples around it within the lookback. Without
 * a later sample it is that of the earlier one; without an earlier one there is none.
 */
export function smoothedRows(columns: Columns, timesMs: Float64Array, lookbackMs: number, checkpoint: () => void): Rows {
  const { labels, offsets, timestampsMs, values: samples } = columns;
  const steps = timesMs.length;
  const values = new Float64Array(labels.length * steps);
  const present = new Uint8Array(values.length);
  const { histograms } = columns;
  const cells = new Array<FloatHistogram | undefined>(histograms ? values.length : 0).fill(undefined);
  for (let series = 0; series < labels.length; series++) {
    checkpoint();
    const from = offsets[series] as number;
    const to = offsets[series + 1] as number;
    histograms?.enterSeries(from);
    let next = from;
    for (let t = 0, cell = series * steps; t < steps; t++, cell++) {
      const time = timesMs[t] as number;
      next = firstAfter(timestampsMs, next, to, time, 1);
      const before = timestampsMs[next - 1] as number;
      if (next === from || before <= time - lookbackMs) continue;
      present[cell] = 1;
      const value = samples[next - 1] as number;
      const hasAfter =
        next < to && !(histograms?.has(next) && !histograms.has(next - 1)) && (timestampsMs[next] as number) <= time + lookbackMs;
      const part = before === time || !hasAfter ? 0 : (time - before) / ((timestampsMs[next] as number) - before);
      const histogram = histograms?.at(next - 1);
      if (histogram) {
        // Where a float or another kind of histogram follows, nothing lies between.
        const after = part > 0 ? histograms?.at(next) : undefined;
        cells[cell] = (after && between(histogram, after, part)) ?? histogram;
        continue;
      }
      const slope = hasAfter ? ((samples[next] as number) - value) / ((timestampsMs[next] as number) - before) : 0;
      values[cell] = before === time ? value : value + slope * (time - before);
    }
  }
  return withHistograms({ steps, labels, values, present }, cells);
}
