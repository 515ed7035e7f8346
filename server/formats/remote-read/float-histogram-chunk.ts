// The chunk of histograms with counts that are no whole numbers. Layout: header, layout of the buckets, then for each sample its time (at
// first plainly, then as the difference of differences), count, zero count, sum and buckets: each as what differs from the sample before.
import type { CounterResetHint, FloatHistogram } from '../../model/histogram.ts';
import { BitWriter } from './bit-writer.ts';
import { CHUNK_SAMPLES, type Chunk, FLOAT_HISTOGRAM_ENCODING } from './chunk.ts';
import { halvesOf, mayFollow, writeHeader, writeLayout } from './histogram-layout.ts';
import { XorValue } from './xor-value.ts';

/** Collects histograms, rising in time. */
export class FloatHistogramChunk {
  readonly #out = new BitWriter();
  readonly #values: readonly XorValue[];
  #count = 0;
  #firstMs = 0;
  #lastMs = 0;
  #delta = 0;
  #last: FloatHistogram;

  /** Begins a chunk; `hint` says what is known of the sample before it. */
  constructor(timestampMs: number, histogram: FloatHistogram, hint: CounterResetHint) {
    writeHeader(this.#out, hint);
    writeLayout(this.#out, histogram);
    this.#values = valuesOf(histogram).map(() => new XorValue());
    this.#firstMs = timestampMs;
    this.#last = histogram;
    this.add(timestampMs, histogram);
  }

  /** Whether the next sample fits. */
  fits(histogram: FloatHistogram): boolean {
    return this.#count < CHUNK_SAMPLES && mayFollow(this.#last, histogram);
  }

  add(timestampMs: number, histogram: FloatHistogram): void {
    const out = this.#out;
    const isFirst = this.#count === 0;
    const delta = isFirst ? 0 : timestampMs - this.#lastMs;
    out.varbitInt(isFirst ? timestampMs : delta - this.#delta);
    valuesOf(histogram).forEach((value, i) => {
      const [high, low] = halvesOf(value);
      if (isFirst) this.#values[i]?.first(out, high, low);
      else this.#values[i]?.next(out, high, low);
    });
    this.#lastMs = timestampMs;
    this.#delta = delta;
    this.#last = histogram;
    this.#count++;
  }

  finish(): Chunk {
    this.#out.patch(0, this.#count >>> 8);
    this.#out.patch(1, this.#count & 255);
    return { minMs: this.#firstMs, maxMs: this.#lastMs, encoding: FLOAT_HISTOGRAM_ENCODING, data: this.#out.finish() };
  }
}

function valuesOf({ count, zeroCount, sum, positiveBuckets, negativeBuckets }: FloatHistogram): number[] {
  return [count, zeroCount, sum, ...positiveBuckets, ...negativeBuckets];
}
