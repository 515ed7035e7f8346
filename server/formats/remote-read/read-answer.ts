// The client's side of remote read: the request, and the frames of the answer in streamed chunks as chunked-answer.ts describes them.
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Labels } from '../../model/labels.ts';
import type { Matcher, MatchType } from '../../model/matcher.ts';
import { MessageCursor } from '../protobuf/message-cursor.ts';
import { BYTES, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import { crc32c } from './castagnoli.ts';
import { type DecodedSamples, decodeChunk } from './decode-chunk.ts';
import { remoteReadError } from './errors.ts';
import type { ReadQuery } from './read-request.ts';

/** Samples of one series in order of time; a series may come in several pieces, one after the other. */
export interface ReadPiece extends DecodedSamples {
  readonly labels: Labels;
}

const MATCH_TYPES: readonly MatchType[] = ['=', '!=', '=~', '!~'];
const STREAMED_XOR_CHUNKS = 1;
const CHECKSUM_BYTES = 4;
/** A frame holds one chunk at least, so it may be larger than what the server is set to. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** A request for one query, whose answer is to come in streamed chunks. */
export function encodeReadRequest({ startMs, endMs, matchers }: ReadQuery): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(tagOf(1, BYTES)).fork().uint32(tagOf(1, VARINT)).int64(startMs).uint32(tagOf(2, VARINT)).int64(endMs);
  for (const matcher of matchers) writeMatcher(writer, matcher);
  writer.join();
  writer.uint32(tagOf(2, BYTES)).fork().int32(STREAMED_XOR_CHUNKS).join();
  return writer.finish();
}

function writeMatcher(writer: BinaryWriter, { type, name, value }: Matcher): void {
  writer.uint32(tagOf(3, BYTES)).fork().uint32(tagOf(1, VARINT)).int32(MATCH_TYPES.indexOf(type));
  writer.uint32(tagOf(2, BYTES)).string(name).uint32(tagOf(3, BYTES)).string(value).join();
}

/** The series of an answer as it arrives. Throws AppError `remote_read.bad_answer` and `remote_read.bad_chunk`. */
export async function* readAnswer(body: AsyncIterable<Uint8Array>): AsyncGenerator<ReadPiece, void> {
  let waiting = Buffer.alloc(0);
  for await (const part of body) {
    waiting = waiting.length === 0 ? Buffer.from(part) : Buffer.concat([waiting, part]);
    for (;;) {
      const frame = frameAt(waiting);
      if (!frame) break;
      yield* readFrame(frame.message);
      waiting = waiting.subarray(frame.end);
    }
  }
  if (waiting.length > 0)
    throw remoteReadError('remote_read.bad_answer', `the answer ends in the middle of a frame, after ${waiting.length} bytes of it`);
}

/** The first frame, if all of it is there. */
function frameAt(bytes: Buffer): { readonly message: Buffer; readonly end: number } | undefined {
  let length = 0;
  let at = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined) return undefined;
    length += (byte & 127) * scale;
    if (byte < 128) break;
    if (at > 5) throw remoteReadError('remote_read.bad_answer', 'the answer is not in streamed chunks');
  }
  if (length > MAX_FRAME_BYTES) throw remoteReadError('remote_read.bad_answer', `a frame of ${length} bytes is too large`);
  const end = at + CHECKSUM_BYTES + length;
  if (bytes.length < end) return undefined;
  const message = bytes.subarray(at + CHECKSUM_BYTES, end);
  if (crc32c(message) !== bytes.readUInt32BE(at)) throw remoteReadError('remote_read.bad_answer', 'the checksum of a frame is wrong');
  return { message, end };
}

function* readFrame(message: Buffer): Generator<ReadPiece, void> {
  const cursor = new MessageCursor(message);
  while (cursor.pos < message.length) {
    const tag = cursor.tag('ChunkedReadResponse');
    if (tag === tagOf(1, BYTES)) yield* readSeries(cursor, cursor.enter(message.length));
    else cursor.skip(tag, message.length);
  }
}

function* readSeries(cursor: MessageCursor, end: number): Generator<ReadPiece, void> {
  const pairs: [string, string][] = [];
  let labels: Labels | undefined;
  while (cursor.pos < end) {
    const tag = cursor.tag('ChunkedSeries');
    if (tag === tagOf(1, BYTES)) pairs.push(readLabel(cursor, cursor.enter(end)));
    else if (tag === tagOf(2, BYTES)) {
      labels ??= Labels.fromEntries(pairs);
      yield { labels, ...readChunk(cursor, cursor.enter(end)) };
    } else cursor.skip(tag, end);
  }
}

function readLabel(cursor: MessageCursor, end: number): [name: string, value: string] {
  const texts: [string, string] = ['', ''];
  while (cursor.pos < end) {
    const tag = cursor.tag('Label');
    if (tag === tagOf(1, BYTES) || tag === tagOf(2, BYTES)) {
      const to = cursor.enter(end);
      texts[tag === tagOf(1, BYTES) ? 0 : 1] = cursor.text(cursor.pos, to);
      cursor.pos = to;
    } else cursor.skip(tag, end);
  }
  return texts;
}

function readChunk(cursor: MessageCursor, end: number): DecodedSamples {
  let encoding = 0;
  let data: Uint8Array = new Uint8Array();
  while (cursor.pos < end) {
    const tag = cursor.tag('Chunk');
    if (tag === tagOf(3, VARINT)) encoding = cursor.uint32();
    else if (tag === tagOf(4, BYTES)) {
      const to = cursor.enter(end);
      data = cursor.bytes.subarray(cursor.pos, to);
      cursor.pos = to;
    } else cursor.skip(tag, end);
  }
  return decodeChunk(encoding, data);
}
