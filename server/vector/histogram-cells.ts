// Cells that are histograms. Rows rarely have any, so everything here begins by looking whether there are.
import type { FloatHistogram } from '../model/histogram.ts';
import type { Rows } from './rows.ts';

/** By cell, where it is a histogram. */
export type HistogramCells = readonly (FloatHistogram | undefined)[];

/** Something about histograms that whoever asked for an operation should be told; `name` is a metric's. */
export type HistogramNote =
  /** A sum or average over floats and histograms, which has no value. */
  | { readonly kind: 'mixed' }
  /** Histograms were left out, because the operation is one on floats. */
  | { readonly kind: 'ignored' }
  /** Exponential and custom buckets, which do not add up. */
  | { readonly kind: 'mixed_schemas'; readonly name: string }
  /** The same in a binary operation. */
  | { readonly kind: 'incompatible_layout' }
  /** An operator that has no meaning for these operands. */
  | { readonly kind: 'incompatible_types'; readonly left: SampleType; readonly right: SampleType }
  /** Only those borders of custom buckets were kept that all histograms have. */
  | { readonly kind: 'bounds_reconciled'; readonly operation: HistogramOperation }
  /** Histograms marked as resets met others that are marked as none. */
  | { readonly kind: 'reset_collision'; readonly operation: HistogramOperation };

export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';
export type SampleType = 'float' | 'histogram';
export type TakeNote = (note: HistogramNote) => void;

/** For those who do not care, and for languages without histograms. */
export function ignoreNote(): void {
  // Nobody wants to know.
}

/** Whether the cell holds a histogram. */
export function isHistogramAt({ histograms, present }: Rows, cell: number): boolean {
  return histograms?.[cell] !== undefined && present[cell] === 1;
}

/** The histograms of all cells. */
export function cellsOf({ histograms, values }: Rows): HistogramCells {
  return histograms ?? new Array<undefined>(values.length).fill(undefined);
}

/** The rows with these cells as histograms; without any, rows like all others. */
export function withHistograms(rows: Rows, cells: HistogramCells): Rows {
  const { histograms: _, ...floats } = rows;
  return cells.some((cell) => cell !== undefined) ? { ...floats, histograms: cells } : floats;
}

/** `floats` with another histogram in each cell in which `rows` has one. */
export function mapHistograms(rows: Rows, floats: Rows, change: (histogram: FloatHistogram) => FloatHistogram): Rows {
  const present = Uint8Array.from(floats.present);
  const histograms = new Array<FloatHistogram | undefined>(present.length).fill(undefined);
  for (const [cell, histogram] of histogramsOf(rows)) {
    present[cell] = 1;
    histograms[cell] = change(histogram);
  }
  return withHistograms({ ...floats, present }, histograms);
}

/** Without the samples that are histograms; the rows stay. */
export function floatsOf(rows: Rows): Rows {
  const { histograms, ...floats } = rows;
  if (!histograms) return rows;
  return { ...floats, present: floats.present.map((flag, cell) => (histograms[cell] ? 0 : flag)) };
}

/** Whether any sample is a histogram. */
export function hasHistograms(rows: Rows): boolean {
  return rows.histograms?.some((histogram, cell) => histogram !== undefined && rows.present[cell] === 1) === true;
}

/** The samples that are histograms, one after the other. */
export function* histogramsOf({ histograms = [], present }: Rows): Iterable<readonly [cell: number, histogram: FloatHistogram]> {
  for (const [cell, histogram] of histograms.entries()) if (histogram && present[cell] === 1) yield [cell, histogram];
}
