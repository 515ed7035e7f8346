// Histograms on their way between threads: in bytes, because cloning thousands of small arrays is slow.
import type { FloatHistogram } from '../../model/histogram.ts';
import { encodeHistogram } from '../../model/histogram-codec.ts';
import type { HistogramColumn } from '../../storage/store.ts';
import { decodeAt } from './histogram-samples.ts';

/** The histograms among `cells` in columns. */
export function packHistograms(cells: readonly (FloatHistogram | undefined)[]): HistogramColumn {
  const parts = cells.map((cell) => cell && encodeHistogram(cell));
  const offsets = new Uint32Array(cells.length + 1);
  parts.forEach((part, i) => {
    offsets[i + 1] = (offsets[i] as number) + (part?.length ?? 0);
  });
  const bytes = new Uint8Array(offsets[cells.length] as number);
  parts.forEach((part, i) => {
    if (part) bytes.set(part, offsets[i]);
  });
  return { bytes, offsets };
}

/** What `packHistograms` packed. */
export function unpackHistograms(column: HistogramColumn): (FloatHistogram | undefined)[] {
  return Array.from({ length: column.offsets.length - 1 }, (_, i) => decodeAt(column, i));
}
