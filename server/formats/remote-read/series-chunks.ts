import type { CounterResetHint, FloatHistogram } from '../../model/histogram.ts';
import { decodeHistogram } from '../../model/histogram-codec.ts';
import { isCounterReset } from '../../model/histogram-compare.ts';
import { bitsOf } from '../../model/stale.ts';
import type { Chunk } from './chunk.ts';
import { FloatHistogramChunk } from './float-histogram-chunk.ts';
import { HistogramChunk } from './histogram-chunk.ts';
import type { SampleColumns } from './sample-columns.ts';
import { XorChunk } from './xor-chunk.ts';

/** Samples start … end-1 of `columns`, which are those of one series, in chunks. Stale markers are floats, also between histograms. */
export function* encodeChunks(columns: SampleColumns, start: number, end: number): Generator<Chunk, void> {
  const { timestampsMs, values, histograms } = columns;
  const bits = bitsOf(values);
  const isWhole = !histograms || areAllWhole(columns, start, end);
  let floats: XorChunk | undefined;
  let chunk: HistogramChunk | FloatHistogramChunk | undefined;
  let last: FloatHistogram | undefined;
  for (let i = start; i < end; i++) {
    const timestampMs = timestampsMs[i] as number;
    const histogram = histogramAt(columns, i);
    if (!histogram) {
      if (chunk) yield chunk.finish();
      chunk = last = undefined;
      if (floats?.isFull) {
        yield floats.finish();
        floats = undefined;
      }
      floats ??= new XorChunk();
      floats.add(timestampMs, bits[2 * i + 1] as number, bits[2 * i] as number);
      continue;
    }
    if (floats) yield floats.finish();
    floats = undefined;
    if (chunk?.fits(histogram)) chunk.add(timestampMs, histogram);
    else {
      if (chunk) yield chunk.finish();
      const hint = hintAfter(last, histogram);
      chunk = isWhole ? new HistogramChunk(timestampMs, histogram, hint) : new FloatHistogramChunk(timestampMs, histogram, hint);
    }
    last = histogram;
  }
  if (floats) yield floats.finish();
  if (chunk) yield chunk.finish();
}

/** What is known of a reset between the last histogram of a chunk and the first of the next. */
function hintAfter(last: FloatHistogram | undefined, histogram: FloatHistogram): CounterResetHint {
  if (histogram.hint === 'gauge' || !last || last.hint === 'gauge') return histogram.hint;
  return isCounterReset(last, histogram) ? 'reset' : 'not_reset';
}

/** The histogram at `i`; undefined at a float. */
export function histogramAt({ histograms }: SampleColumns, i: number): FloatHistogram | undefined {
  if (!histograms) return undefined;
  const { bytes, offsets } = histograms;
  const from = offsets[i] as number;
  const to = offsets[i + 1] as number;
  return from === to ? undefined : decodeHistogram(bytes.subarray(from, to));
}

/** Whether all counts are whole numbers, so that they can be sent as such. */
export function isWholeHistogram({ count, zeroCount, positiveBuckets, negativeBuckets }: FloatHistogram): boolean {
  return isCount(count) && isCount(zeroCount) && positiveBuckets.every(isCount) && negativeBuckets.every(isCount);
}

function areAllWhole(columns: SampleColumns, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const histogram = histogramAt(columns, i);
    if (histogram && !isWholeHistogram(histogram)) return false;
  }
  return true;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}
