// The answer in streamed chunks: frames, each a uvarint of its size, the CRC-32C of its message (big-endian) and the message.
//   ChunkedReadResponse 1: chunked series…, 2: query index     ChunkedSeries 1: labels…, 2: chunks…     Chunk 1: min, 2: max, 3: type, 4: data
import type { Labels } from '../../model/labels.ts';
import { BYTES, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { crc32c } from './castagnoli.ts';
import type { Chunk } from './chunk.ts';
import { encodeLabels } from './label-fields.ts';
import { int64Size, MessageBytes, uvarintSize } from './message-bytes.ts';
import type { SampleColumns } from './sample-columns.ts';
import { encodeChunks } from './series-chunks.ts';

const CHECKSUM_BYTES = 4;

export interface FrameOptions {
  /** Which query of the request the series answers. */
  readonly queryIndex: number;
  /** A frame ends with the chunk that reaches so many bytes. */
  readonly maxFrameBytes: number;
}

/** Samples start … end-1, which are one series, as frames; undefined stands for a pause, now and then. */
export function* encodeFrames(
  labels: Labels,
  columns: SampleColumns,
  start: number,
  end: number,
  { queryIndex, maxFrameBytes }: FrameOptions,
): Generator<Buffer | undefined, void> {
  const labelBytes = encodeLabels(labels);
  let chunks: Buffer[] = [];
  let left = maxFrameBytes - labelBytes.length;
  for (const chunk of encodeChunks(columns, start, end)) {
    const bytes = encodeChunk(chunk);
    chunks.push(bytes);
    left -= bytes.length;
    if (left > 0) {
      yield undefined;
      continue;
    }
    yield encodeFrame(labelBytes, chunks, queryIndex);
    chunks = [];
    left = maxFrameBytes - labelBytes.length;
  }
  if (chunks.length > 0) yield encodeFrame(labelBytes, chunks, queryIndex);
}

function encodeChunk({ minMs, maxMs, encoding, data }: Chunk): Buffer {
  const size = 1 + int64Size(minMs) + 1 + int64Size(maxMs) + 2 + 1 + uvarintSize(data.length) + data.length;
  const out = new MessageBytes(size + 12);
  out.byte(tagOf(2, BYTES));
  out.uvarint(size);
  out.byte(tagOf(1, VARINT));
  out.int64(minMs);
  out.byte(tagOf(2, VARINT));
  out.int64(maxMs);
  out.byte(tagOf(3, VARINT));
  out.byte(encoding);
  out.field(tagOf(4, BYTES), data);
  return out.finish();
}

function encodeFrame(labelBytes: Uint8Array, chunks: readonly Buffer[], queryIndex: number): Buffer {
  const seriesSize = chunks.reduce((sum, { length }) => sum + length, labelBytes.length);
  const message = new MessageBytes(seriesSize + 32);
  message.byte(tagOf(1, BYTES));
  message.uvarint(seriesSize);
  message.raw(labelBytes);
  for (const chunk of chunks) message.raw(chunk);
  if (queryIndex > 0) {
    message.byte(tagOf(2, VARINT));
    message.uvarint(queryIndex);
  }
  const bytes = message.finish();
  const frame = new MessageBytes(bytes.length + 10 + CHECKSUM_BYTES);
  frame.uvarint(bytes.length);
  const checksum = crc32c(bytes);
  for (let shift = 24; shift >= 0; shift -= 8) frame.byte((checksum >>> shift) & 255);
  frame.raw(bytes);
  return frame.finish();
}
