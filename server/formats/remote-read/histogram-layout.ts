import { type BucketSpan, type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '../../model/histogram.ts';
import { haveSameBorders } from '../../model/histogram-layout.ts';
import { areSameSpans } from '../../model/histogram-spans.ts';
import { bitsOf } from '../../model/stale.ts';
import type { BitWriter } from './bit-writer.ts';

/** u16 samples (big-endian) and the flags. */
export const HEADER_BYTES = 3;

/** The two highest bits of the flags: what is known of a counter reset before the first sample of a chunk. */
const FLAGS: Readonly<Record<CounterResetHint, number>> = { unknown: 0, reset: 0b1000_0000, not_reset: 0b0100_0000, gauge: 0b1100_0000 };

// Zero thresholds that are powers of two fit into a byte.
const MIN_EXPONENT = -242;
const MAX_EXPONENT = 11;
const OTHER_THRESHOLD = 255;
// Custom borders of whole thousandths up to here are written as whole numbers.
const MAX_THOUSANDTHS = 33_554_430;

/** Leaves room for the number of samples and writes the flags. */
export function writeHeader(out: BitWriter, hint: CounterResetHint): void {
  out.bits(0, 16);
  out.byte(FLAGS[hint]);
}

/** What all histograms of a chunk have alike. */
export function writeLayout(out: BitWriter, h: FloatHistogram): void {
  writeThreshold(out, h.zeroThreshold);
  out.varbitInt(h.schema);
  writeSpans(out, h.positiveSpans);
  writeSpans(out, h.negativeSpans);
  if (h.schema !== CUSTOM_BUCKETS_SCHEMA) return;
  const borders = h.customValues ?? [];
  out.varbitUint(borders.length);
  for (const border of borders) writeBorder(out, border);
}

/** Whether `next` may follow `last` in a chunk: laid out alike, and no counter of it has fallen. */
export function mayFollow(last: FloatHistogram, next: FloatHistogram): boolean {
  const isAlike =
    last.schema === next.schema &&
    last.zeroThreshold === next.zeroThreshold &&
    (last.hint === 'gauge') === (next.hint === 'gauge') &&
    areSameSpans(last.positiveSpans, next.positiveSpans) &&
    areSameSpans(last.negativeSpans, next.negativeSpans) &&
    haveSameBorders(last.customValues, next.customValues);
  return isAlike && (next.hint === 'gauge' || !hasFallen(last, next));
}

/** Whether any count of `next`, which is laid out as `last` is, is below that of `last`. */
function hasFallen(last: FloatHistogram, next: FloatHistogram): boolean {
  if (next.hint === 'reset' || next.count < last.count || next.zeroCount < last.zeroCount) return true;
  return (
    next.positiveBuckets.some((count, i) => count < (last.positiveBuckets[i] as number)) ||
    next.negativeBuckets.some((count, i) => count < (last.negativeBuckets[i] as number))
  );
}

function writeSpans(out: BitWriter, spans: readonly BucketSpan[]): void {
  out.varbitUint(spans.length);
  for (const { offset, length } of spans) {
    out.varbitUint(length);
    out.varbitInt(offset);
  }
}

function writeThreshold(out: BitWriter, threshold: number): void {
  if (threshold === 0) {
    out.byte(0);
    return;
  }
  // threshold = 0.5 * 2^exponent
  const exponent = Math.round(Math.log2(threshold)) + 1;
  const isPower = exponent >= MIN_EXPONENT && exponent <= MAX_EXPONENT && 2 ** (exponent - 1) === threshold;
  out.byte(isPower ? exponent + 243 : OTHER_THRESHOLD);
  if (!isPower) writeDouble(out, threshold);
}

function writeBorder(out: BitWriter, border: number): void {
  const thousandths = Math.round(border * 1000);
  if (border >= 0 && thousandths <= MAX_THOUSANDTHS && thousandths / 1000 === border) {
    // 0 says that the border is written whole.
    out.varbitUint(thousandths + 1);
    return;
  }
  out.bit(0);
  writeDouble(out, border);
}

/** All bits of a double. */
export function writeDouble(out: BitWriter, value: number): void {
  const [high, low] = halvesOf(value);
  out.longBits(high, low, 64);
}

/** The bits of a double as halves. */
export function halvesOf(value: number): readonly [high: number, low: number] {
  const bits = bitsOf(Float64Array.of(value));
  return [bits[1] as number, bits[0] as number];
}
