import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../model/app-error.ts';
import { archiveError } from './errors.ts';

const NEWLINE = 10;
const BLOCK_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const GZIP = Buffer.of(0x1f, 0x8b);

/** Whole lines of a text. */
export interface LineBlock {
  readonly bytes: Buffer;
  /** The number of its first line, from 1. */
  readonly firstLine: number;
  /** How many bytes of the source have been read, compressed as they may be. */
  readonly readBytes: number;
}

/** Where a text comes from. */
export interface TextSource {
  /** `-` for what is piped in. */
  readonly name: string;
  /** Undefined when nobody knows. */
  readonly sizeBytes: number | undefined;
  blocks(): AsyncGenerator<LineBlock, void>;
}

/** A file or with `-` the standard input, gzip'ed or not. Throws AppError `archive.bad_file`. */
export async function openText(name: string, standardInput: Readable = process.stdin): Promise<TextSource> {
  if (name === '-') return { name, sizeBytes: undefined, blocks: () => blocksOf(standardInput, name) };
  try {
    const file = await open(name, 'r');
    const { size } = await file.stat();
    await file.close();
    return { name, sizeBytes: size, blocks: () => blocksOf(createReadStream(name), name) };
  } catch (cause) {
    throw archiveError('archive.bad_file', `cannot read "${name}": ${messageOf(cause)}`, cause);
  }
}

/** The same bytes, unzipped when they begin as gzip does. */
async function* unzipped(chunks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < GZIP.length) {
    const { value, done } = await chunks.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  const all = async function* () {
    yield start;
    yield* chunks;
  };
  if (!start.subarray(0, GZIP.length).equals(GZIP)) yield* all();
  // What fails is thrown to whoever reads.
  else yield* pipeline(all(), createGunzip(), () => undefined) as AsyncIterable<Buffer>;
}

async function* blocksOf(raw: Readable, name: string): AsyncGenerator<LineBlock, void> {
  let readBytes = 0;
  const counted = async function* () {
    for await (const chunk of raw as AsyncIterable<Buffer>) {
      readBytes += chunk.length;
      yield chunk;
    }
  };
  let parts: Buffer[] = [];
  let size = 0;
  let firstLine = 1;
  const take = (bytes: Buffer): LineBlock => {
    const block = { bytes, firstLine, readBytes };
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) firstLine++;
    return block;
  };
  try {
    for await (const chunk of unzipped(counted())) {
      parts.push(chunk);
      size += chunk.length;
      if (size < BLOCK_BYTES) continue;
      const all = Buffer.concat(parts);
      const end = all.lastIndexOf(NEWLINE) + 1;
      if (end > 0) yield take(all.subarray(0, end));
      else if (size > MAX_LINE_BYTES)
        throw archiveError('archive.bad_line', `${name}:${firstLine}: the line is longer than ${MAX_LINE_BYTES} bytes`);
      parts = [all.subarray(end)];
      size = all.length - end;
    }
  } catch (cause) {
    raw.destroy();
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('archive.')) throw cause;
    throw archiveError('archive.bad_file', `cannot read "${name}": ${messageOf(cause)}`, cause);
  }
  if (size > 0) yield take(Buffer.concat(parts));
}
