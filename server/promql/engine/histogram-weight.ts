// What histograms count for where the number of samples in memory is limited: as many floats as upstream would hold in their place.
import type { FloatHistogram } from '../../model/histogram.ts';
import { isPacked, type PackedSeries, samplesOf } from '../../storage/packed/packed-series.ts';
import type { SeriesSet } from '../../storage/store.ts';

/** Bytes of a float with its time, in upstream's memory. */
const FLOAT_BYTES = 16;
/** Of a histogram without buckets: its numbers and the heads of five lists. */
const BARE_HISTOGRAM_BYTES = 160;
/** A stored histogram takes about so many times its encoded bytes once it is decoded. */
const DECODED = 4;

/** How many floats a sample counts for. */
export function weightOf(histogram: FloatHistogram | undefined): number {
  if (!histogram) return 1;
  const { positiveSpans, negativeSpans, positiveBuckets, negativeBuckets, customValues } = histogram;
  const items = positiveSpans.length + negativeSpans.length + positiveBuckets.length + negativeBuckets.length + (customValues?.length ?? 0);
  return Math.floor((BARE_HISTOGRAM_BYTES + 8 * items + 8) / FLOAT_BYTES);
}

/** About how many floats all samples of a set count for, once they are decoded. */
export function weightOfSet({ values, histograms }: SeriesSet): number {
  return values.length + (histograms ? Math.ceil((DECODED * histograms.bytes.length) / FLOAT_BYTES) : 0);
}

/** About how many floats a sample of a set counts for on average; 1 without histograms. */
export function meanWeight(set: SeriesSet): number {
  return set.histograms && set.values.length > 0 ? weightOfSet(set) / set.values.length : 1;
}

/** As weightOfSet; what is packed has no histograms. */
export function weightOfPart(part: SeriesSet | PackedSeries): number {
  return isPacked(part) ? samplesOf(part) : weightOfSet(part);
}

/** As meanWeight. */
export function meanWeightOfPart(part: SeriesSet | PackedSeries): number {
  return isPacked(part) ? 1 : meanWeight(part);
}
