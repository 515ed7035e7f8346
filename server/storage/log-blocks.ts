import type { Labels } from '../model/labels.ts';
import type { LogBlock } from './store.ts';

/** One line as an object: for tests and small reads. */
export interface LogRow {
  readonly stream: Labels;
  readonly timestampNs: bigint;
  readonly line: string;
  /** [name1, value1, …] */
  readonly metadata: readonly string[];
}

const encoder = new TextEncoder();
const NONE: readonly string[] = [];

/** Rows in columns. */
export function toLogBlock(rows: readonly LogRow[], columns: 'lines' | 'sizes'): LogBlock {
  const indexes = new Map<Labels, number>();
  const streamOf = Uint32Array.from(rows, ({ stream }) => {
    const known = indexes.get(stream);
    if (known !== undefined) return known;
    indexes.set(stream, indexes.size);
    return indexes.size - 1;
  });
  const encoded = rows.map(({ line }) => encoder.encode(line));
  const lineSizes = Uint32Array.from(encoded, (bytes) => bytes.length);
  const hasLines = columns === 'lines';
  const lineOffsets = new Uint32Array(hasLines ? rows.length + 1 : 0);
  const lineBytes = new Uint8Array(hasLines ? lineSizes.reduce((sum, size) => sum + size, 0) : 0);
  if (hasLines)
    encoded.forEach((bytes, i) => {
      lineBytes.set(bytes, lineOffsets[i]);
      lineOffsets[i + 1] = (lineOffsets[i] as number) + bytes.length;
    });
  const hasMetadata = rows.some(({ metadata }) => metadata.length > 0);
  return {
    streams: [...indexes.keys()],
    streamOf,
    timesNs: BigInt64Array.from(rows, ({ timestampNs }) => timestampNs),
    lineBytes,
    lineOffsets,
    lineSizes,
    ...(hasMetadata && { metadata: rows.map(({ metadata }) => metadata) }),
  };
}

/** The rows of a block that has lines. */
export function logRowsOf(block: LogBlock): LogRow[] {
  const { streams, streamOf, timesNs, lineBytes, lineOffsets, metadata } = block;
  const bytes = Buffer.from(lineBytes.buffer, lineBytes.byteOffset, lineBytes.byteLength);
  return Array.from(timesNs, (timestampNs, i) => ({
    stream: streams[streamOf[i] as number] as Labels,
    timestampNs,
    line: bytes.toString('utf8', lineOffsets[i], lineOffsets[i + 1]),
    metadata: metadata?.[i] ?? NONE,
  }));
}
