// Range vectors on their way into functions: the samples of all series in columns, without stale markers.
import type { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { SeriesSet } from '../../storage/store.ts';
import type { Rows } from '../../vector/rows.ts';
import type { Grid } from './grid.ts';

/** Series i owns the samples offsets[i] … offsets[i+1]-1, rising in time. */
export interface Columns {
  readonly labels: readonly Labels[];
  readonly offsets: Uint32Array;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

const EXPONENT = 0x7ff00000;

/** The series without their stale markers; the input itself when it has none. */
export function withoutStale(set: SeriesSet): Columns {
  const { values, timestampsMs, offsets } = set;
  if (set.isWithoutStale) return set;
  const bits = bitsOf(values);
  if (!hasStale(values, bits)) return set;
  const keptTimes = new Float64Array(values.length);
  const keptValues = new Float64Array(values.length);
  const keptOffsets = new Uint32Array(offsets.length);
  let kept = 0;
  for (let series = 0; series < set.labels.length; series++) {
    for (let i = offsets[series] as number; i < (offsets[series + 1] as number); i++) {
      if (bits[2 * i + 1] === EXPONENT && isStaleAt(bits, i)) continue;
      keptTimes[kept] = timestampsMs[i] as number;
      keptValues[kept++] = values[i] as number;
    }
    keptOffsets[series + 1] = kept;
  }
  return { labels: set.labels, offsets: keptOffsets, timestampsMs: keptTimes.subarray(0, kept), values: keptValues.subarray(0, kept) };
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

/** The samples of evaluated rows: what a subquery hands to a range function. */
export function columnsOf(rows: Rows, grid: Grid): Columns {
  const { labels, present, values, steps } = rows;
  let total = 0;
  for (let i = 0; i < present.length; i++) total += present[i] as number;
  const times = new Float64Array(total);
  const out = new Float64Array(total);
  const offsets = new Uint32Array(labels.length + 1);
  let n = 0;
  labels.forEach((_, row) => {
    for (let t = 0, i = row * steps; t < steps; t++, i++) {
      if (present[i] === 0) continue;
      times[n] = grid.startMs + t * grid.stepMs;
      out[n++] = values[i] as number;
    }
    offsets[row + 1] = n;
  });
  return { labels, offsets, timestampsMs: times, values: out };
}
