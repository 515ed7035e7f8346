import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { BucketSpan, CounterResetHint, FloatHistogram } from '../../model/histogram.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { isWholeHistogram } from './series-chunks.ts';

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** prometheus.Histogram (its fields: formats/remote-write/histogram-message.ts), with whole counts where they are. */
export function encodeHistogramMessage(timestampMs: number, h: FloatHistogram): Uint8Array {
  const writer = new BinaryWriter();
  const isWhole = isWholeHistogram(h);
  if (isWhole) writer.uint32(tagOf(1, VARINT)).uint64(h.count);
  else writer.uint32(tagOf(2, FIXED64)).double(h.count);
  writer.uint32(tagOf(3, FIXED64)).double(h.sum);
  if (h.schema !== 0) writer.uint32(tagOf(4, VARINT)).sint32(h.schema);
  if (h.zeroThreshold !== 0) writer.uint32(tagOf(5, FIXED64)).double(h.zeroThreshold);
  if (isWhole) writer.uint32(tagOf(6, VARINT)).uint64(h.zeroCount);
  else writer.uint32(tagOf(7, FIXED64)).double(h.zeroCount);
  writeSide(writer, 8, h.negativeSpans, h.negativeBuckets, isWhole);
  writeSide(writer, 11, h.positiveSpans, h.positiveBuckets, isWhole);
  const hint = HINTS.indexOf(h.hint);
  if (hint > 0) writer.uint32(tagOf(14, VARINT)).int32(hint);
  writer.uint32(tagOf(15, VARINT)).int64(timestampMs);
  if (h.customValues && h.customValues.length > 0) {
    writer.uint32(tagOf(16, BYTES)).fork();
    for (const value of h.customValues) writer.double(value);
    writer.join();
  }
  return writer.finish();
}

/** Spans are in `field`, deltas in the next, counts in the one after. */
function writeSide(writer: BinaryWriter, field: number, spans: readonly BucketSpan[], buckets: Float64Array, isWhole: boolean): void {
  for (const { offset, length } of spans) {
    writer.uint32(tagOf(field, BYTES)).fork();
    if (offset !== 0) writer.uint32(tagOf(1, VARINT)).sint32(offset);
    if (length !== 0) writer.uint32(tagOf(2, VARINT)).uint32(length);
    writer.join();
  }
  if (buckets.length === 0) return;
  writer.uint32(tagOf(isWhole ? field + 1 : field + 2, BYTES)).fork();
  let last = 0;
  for (const count of buckets) {
    if (isWhole) writer.sint64(count - last);
    else writer.double(count);
    last = count;
  }
  writer.join();
}
