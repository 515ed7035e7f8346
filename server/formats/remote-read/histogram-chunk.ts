// The chunk of histograms with whole counts. Layout: header, layout of the buckets, then for each sample its time, count, zero count, sum
// and buckets. Buckets are differences to the bucket before; everything but the sum is written plainly at first, then as the difference
// to the sample before, then as the difference of differences.
import type { CounterResetHint, FloatHistogram } from '../../model/histogram.ts';
import { BitWriter } from './bit-writer.ts';
import { CHUNK_SAMPLES, type Chunk, HISTOGRAM_ENCODING } from './chunk.ts';
import { halvesOf, mayFollow, writeHeader, writeLayout } from './histogram-layout.ts';
import { XorValue } from './xor-value.ts';

/** Collects histograms with whole counts, rising in time. */
export class HistogramChunk {
  readonly #out = new BitWriter();
  readonly #sum = new XorValue();
  #count = 0;
  #firstMs = 0;
  #last: FloatHistogram;
  /** Time, count, zero count and buckets of the last sample, and how they differed from the one before. */
  #numbers: Float64Array = new Float64Array();
  #deltas: Float64Array = new Float64Array();

  /** Begins a chunk; `hint` says what is known of the sample before it. */
  constructor(timestampMs: number, histogram: FloatHistogram, hint: CounterResetHint) {
    writeHeader(this.#out, hint);
    writeLayout(this.#out, histogram);
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
    const numbers = numbersOf(timestampMs, histogram);
    const deltas = numbers.map((number, i) => number - (this.#numbers[i] ?? 0));
    const [sumHigh, sumLow] = halvesOf(histogram.sum);
    for (let i = 0; i < numbers.length; i++) {
      if (this.#count === 0) {
        // Count and zero count are never negative.
        if (i === 1 || i === 2) out.varbitUint(numbers[i] as number);
        else out.varbitInt(numbers[i] as number);
      } else if (this.#count === 1) {
        if (i === 0) out.varbitUint(deltas[i] as number);
        else out.varbitInt(deltas[i] as number);
      } else out.varbitInt((deltas[i] as number) - (this.#deltas[i] as number));
      if (i !== 2) continue;
      if (this.#count === 0) this.#sum.first(out, sumHigh, sumLow);
      else this.#sum.next(out, sumHigh, sumLow);
    }
    this.#numbers = numbers;
    this.#deltas = deltas;
    this.#last = histogram;
    this.#count++;
  }

  finish(): Chunk {
    this.#out.patch(0, this.#count >>> 8);
    this.#out.patch(1, this.#count & 255);
    return { minMs: this.#firstMs, maxMs: this.#numbers[0] as number, encoding: HISTOGRAM_ENCODING, data: this.#out.finish() };
  }
}

function numbersOf(timestampMs: number, h: FloatHistogram): Float64Array {
  const { positiveBuckets, negativeBuckets } = h;
  const numbers = new Float64Array(3 + positiveBuckets.length + negativeBuckets.length);
  numbers[0] = timestampMs;
  numbers[1] = h.count;
  numbers[2] = h.zeroCount;
  let at = 3;
  for (const buckets of [positiveBuckets, negativeBuckets]) {
    let last = 0;
    for (const count of buckets) {
      numbers[at++] = count - last;
      last = count;
    }
  }
  return numbers;
}
