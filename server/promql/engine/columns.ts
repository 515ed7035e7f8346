// Range vectors on their way into functions: the samples of all series in columns, without stale markers.
import type { FloatHistogram } from '../../model/histogram.ts';
import { withHint } from '../../model/histogram-arithmetic.ts';
import type { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { SeriesSet } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import type { Grid } from './grid.ts';
import { type HistogramSamples, madeHistograms, storedHistograms } from './histogram-samples.ts';

/** Series i owns the samples offsets[i] … offsets[i+1]-1, rising in time. */
export interface Columns {
  readonly labels: readonly Labels[];
  readonly offsets: Uint32Array;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** Absent when no sample is a histogram. A histogram's value means nothing. */
  readonly histograms?: HistogramSamples | undefined;
  /** As in SeriesSet; absent when no sample was left out. */
  readonly ordinals?: Uint32Array | undefined;
  /** By series, as in Rows. */
  readonly nameDropped?: Uint8Array | undefined;
}

const EXPONENT = 0x7ff00000;

/** The series without their stale markers; over the same arrays when there are none. */
export function withoutStale(set: SeriesSet): Columns {
  const { values, timestampsMs, offsets, labels, histograms, ordinals } = set;
  const bits = bitsOf(values);
  if (set.isWithoutStale || !hasStale(values, bits))
    return { labels, offsets, timestampsMs, values, ordinals, histograms: histograms && storedHistograms(histograms) };
  const keptTimes = new Float64Array(values.length);
  const keptValues = new Float64Array(values.length);
  const keptOrdinals = ordinals && new Uint32Array(values.length);
  const keptOffsets = new Uint32Array(offsets.length);
  const sampleOf = histograms && new Uint32Array(values.length);
  let kept = 0;
  for (let series = 0; series < labels.length; series++) {
    for (let i = offsets[series] as number; i < (offsets[series + 1] as number); i++) {
      if (bits[2 * i + 1] === EXPONENT && isStaleAt(bits, i)) continue;
      if (sampleOf) sampleOf[kept] = i;
      if (keptOrdinals) keptOrdinals[kept] = ordinals[i] as number;
      keptTimes[kept] = timestampsMs[i] as number;
      keptValues[kept++] = values[i] as number;
    }
    keptOffsets[series + 1] = kept;
  }
  return {
    labels,
    offsets: keptOffsets,
    timestampsMs: keptTimes.subarray(0, kept),
    values: keptValues.subarray(0, kept),
    ordinals: keptOrdinals?.subarray(0, kept),
    histograms: histograms && storedHistograms(histograms, sampleOf),
  };
}

/** Looks at every sample of a query, so four are added up at a time: a sum is NaN when one of them is, and only then look closer. */
function hasStale(values: Float64Array, bits: Uint32Array): boolean {
  const whole = values.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const sum = (values[i] as number) + (values[i + 1] as number) + (values[i + 2] as number) + (values[i + 3] as number);
    if (Number.isNaN(sum) && (isStaleAt(bits, i) || isStaleAt(bits, i + 1) || isStaleAt(bits, i + 2) || isStaleAt(bits, i + 3)))
      return true;
  }
  for (let i = whole; i < values.length; i++) if (isStaleAt(bits, i)) return true;
  return false;
}

/** Between the steps of a subquery there are samples that nobody saw, so nothing is known about resets. */
function withoutHint(histogram: FloatHistogram | undefined): FloatHistogram | undefined {
  return histogram && histogram.hint !== 'gauge' ? withHint(histogram, 'unknown') : histogram;
}

/** The samples of evaluated rows: what a subquery hands to a range function. */
export function columnsOf(rows: Rows, grid: Grid): Columns {
  const { labels, present, values, steps } = rows;
  let total = 0;
  for (let i = 0; i < present.length; i++) total += present[i] as number;
  const times = new Float64Array(total);
  const out = new Float64Array(total);
  const histograms = rows.histograms && new Array<FloatHistogram | undefined>(total);
  const offsets = new Uint32Array(labels.length + 1);
  let n = 0;
  labels.forEach((_, row) => {
    for (let t = 0, i = row * steps; t < steps; t++, i++) {
      if (present[i] === 0) continue;
      times[n] = grid.startMs + t * grid.stepMs;
      if (histograms) histograms[n] = withoutHint(rows.histograms?.[i]);
      out[n++] = values[i] as number;
    }
    offsets[row + 1] = n;
  });
  const { nameDropped } = rows;
  return { labels, offsets, timestampsMs: times, values: out, histograms: histograms && madeHistograms(histograms), nameDropped };
}
