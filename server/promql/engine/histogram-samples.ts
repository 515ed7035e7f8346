// The histograms among the samples of a range vector. Those from storage are decoded when somebody looks at them, and kept while
// the same series is looked at: windows overlap. Their hints are derived from the sample before, as Prometheus' storage does.
import type { CounterResetHint, FloatHistogram } from '../../model/histogram.ts';
import { withHint } from '../../model/histogram-arithmetic.ts';
import { decodeHistogram } from '../../model/histogram-codec.ts';
import { isCounterReset } from '../../model/histogram-compare.ts';
import type { HistogramColumn } from '../../storage/store.ts';

/** Which samples of Columns are histograms. */
export interface HistogramSamples {
  has(sample: number): boolean;
  /** Undefined where the sample is a float. */
  at(sample: number): FloatHistogram | undefined;
  /** To be told before the samples of a series are looked at, of which this is the first. */
  enterSeries(first: number): void;
}

/** Samples as storage answers them; `sampleOf` gives the place in the column of each sample where they are not the same. */
export function storedHistograms(column: HistogramColumn, sampleOf?: Uint32Array): HistogramSamples {
  return new StoredHistograms(column, sampleOf);
}

/** Samples that are histograms already. */
export function madeHistograms(samples: readonly (FloatHistogram | undefined)[]): HistogramSamples {
  return { has: (sample) => samples[sample] !== undefined, at: (sample) => samples[sample], enterSeries: () => undefined };
}

/** The histogram at `sample` of a column, undefined for a float. */
export function decodeAt({ bytes, offsets }: HistogramColumn, sample: number): FloatHistogram | undefined {
  const from = offsets[sample] as number;
  const to = offsets[sample + 1] as number;
  return to > from ? decodeHistogram(bytes.subarray(from, to)) : undefined;
}

/**
 * The histogram with what is known about a reset since the sample before it, undefined when that is a float or there is none. A
 * sender's word on it does not count: it makes upstream's storage begin anew, which tells queries nothing.
 */
export function withDerivedHint(histogram: FloatHistogram, before: FloatHistogram | undefined): FloatHistogram {
  if (histogram.hint === 'gauge') return histogram;
  const own = withHint(histogram, 'unknown');
  return before && before.hint !== 'gauge' ? withHint(own, hintAfter(before, own)) : own;
}

/** Where the layout changes without a reset, storage begins anew and knows nothing. */
function hintAfter(before: FloatHistogram, histogram: FloatHistogram): CounterResetHint {
  if (isCounterReset(before, histogram)) return 'reset';
  return before.schema === histogram.schema && before.zeroThreshold === histogram.zeroThreshold ? 'not_reset' : 'unknown';
}

/** Decodes the samples of one series one after the other, with their hints. */
export class HistogramCursor {
  readonly #column: HistogramColumn;
  readonly #first: number;
  #sample = -1;
  #histogram: FloatHistogram | undefined;

  /** `first`: the first sample of the series. */
  constructor(column: HistogramColumn, first: number) {
    this.#column = column;
    this.#first = first;
  }

  at(sample: number): FloatHistogram | undefined {
    if (sample === this.#sample) return this.#histogram;
    const histogram = decodeAt(this.#column, sample);
    const before = this.#sample === sample - 1 ? this.#histogram : this.#decodeBefore(sample, histogram);
    this.#sample = sample;
    this.#histogram = histogram && withDerivedHint(histogram, before);
    return this.#histogram;
  }

  #decodeBefore(sample: number, histogram: FloatHistogram | undefined): FloatHistogram | undefined {
    return histogram && sample > this.#first ? decodeAt(this.#column, sample - 1) : undefined;
  }
}

class StoredHistograms implements HistogramSamples {
  readonly #column: HistogramColumn;
  readonly #sampleOf: Uint32Array | undefined;
  readonly #decoded = new Map<number, FloatHistogram>();
  #cursor: HistogramCursor;

  constructor(column: HistogramColumn, sampleOf: Uint32Array | undefined) {
    this.#column = column;
    this.#sampleOf = sampleOf;
    this.#cursor = new HistogramCursor(column, 0);
  }

  has(sample: number): boolean {
    const { offsets } = this.#column;
    const i = this.#stored(sample);
    return (offsets[i + 1] as number) > (offsets[i] as number);
  }

  at(sample: number): FloatHistogram | undefined {
    const known = this.#decoded.get(sample);
    if (known) return known;
    const histogram = this.#cursor.at(this.#stored(sample));
    if (histogram) this.#decoded.set(sample, histogram);
    return histogram;
  }

  enterSeries(first: number): void {
    this.#decoded.clear();
    this.#cursor = new HistogramCursor(this.#column, this.#stored(first));
  }

  #stored(sample: number): number {
    return this.#sampleOf ? (this.#sampleOf[sample] as number) : sample;
  }
}
