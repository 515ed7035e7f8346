// The histograms among the samples of a range vector. Those from storage are decoded when somebody looks at them, and kept while
// the same series is looked at: windows overlap.
import type { FloatHistogram } from '../../model/histogram.ts';
import { decodeHistogram } from '../../model/histogram-codec.ts';
import type { HistogramColumn } from '../../storage/store.ts';

/** Which samples of Columns are histograms. */
export interface HistogramSamples {
  has(sample: number): boolean;
  /** Undefined where the sample is a float. */
  at(sample: number): FloatHistogram | undefined;
  /** Tells that other samples are wanted from now on. */
  forget(): void;
}

/** Samples as storage answers them; `sampleOf` gives the place in the column of each sample where they are not the same. */
export function storedHistograms(column: HistogramColumn, sampleOf?: Uint32Array): HistogramSamples {
  return new StoredHistograms(column, sampleOf);
}

/** Samples that are histograms already. */
export function madeHistograms(samples: readonly (FloatHistogram | undefined)[]): HistogramSamples {
  return { has: (sample) => samples[sample] !== undefined, at: (sample) => samples[sample], forget: () => undefined };
}

/** The histogram at `sample` of a column, undefined for a float. */
export function decodeAt({ bytes, offsets }: HistogramColumn, sample: number): FloatHistogram | undefined {
  const from = offsets[sample] as number;
  const to = offsets[sample + 1] as number;
  return to > from ? decodeHistogram(bytes.subarray(from, to)) : undefined;
}

class StoredHistograms implements HistogramSamples {
  readonly #column: HistogramColumn;
  readonly #sampleOf: Uint32Array | undefined;
  readonly #decoded = new Map<number, FloatHistogram>();

  constructor(column: HistogramColumn, sampleOf: Uint32Array | undefined) {
    this.#column = column;
    this.#sampleOf = sampleOf;
  }

  has(sample: number): boolean {
    const { offsets } = this.#column;
    const i = this.#stored(sample);
    return (offsets[i + 1] as number) > (offsets[i] as number);
  }

  at(sample: number): FloatHistogram | undefined {
    const known = this.#decoded.get(sample);
    if (known) return known;
    const histogram = decodeAt(this.#column, this.#stored(sample));
    if (histogram) this.#decoded.set(sample, histogram);
    return histogram;
  }

  forget(): void {
    this.#decoded.clear();
  }

  #stored(sample: number): number {
    return this.#sampleOf ? (this.#sampleOf[sample] as number) : sample;
  }
}
