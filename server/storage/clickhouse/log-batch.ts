import type { LogEntry } from '../../model/log-entry.ts';
import { Column, EndColumn, push, pushBig, TextColumn } from './column.ts';
import type { Stream } from './log-streams.ts';
import { fixedColumn } from './native.ts';
import type { Rows } from './write-buffer.ts';

const FIXED_BYTES_PER_LINE = 32;

/** Columns of the table `lines`, as LogBatch fills them. */
export const LINE_COLUMNS = ['stream_group', 'stream', 'time_ns', 'arrival', 'line', 'metadata'] as const;

/** Lines that are inserted together, already in the engine's encoding. */
export class LogBatch {
  rows = 0;
  minNs = 0n;
  maxNs = 0n;
  readonly #groups = new Column((n) => new Uint16Array(n));
  readonly #streamIds = new Column((n) => new Uint32Array(n));
  readonly #times = new Column((n) => new BigInt64Array(n));
  readonly #lines = new TextColumn();
  readonly #metadata = new TextColumn();
  readonly #metadataEnds = new EndColumn();
  #metadataTexts = 0;

  get sizeBytes(): number {
    return this.#lines.sizeBytes + this.#metadata.sizeBytes + FIXED_BYTES_PER_LINE * this.rows;
  }

  add(stream: Stream, entry: LogEntry): void {
    const { timestampNs } = entry;
    if (this.rows === 0 || timestampNs < this.minNs) this.minNs = timestampNs;
    if (this.rows === 0 || timestampNs > this.maxNs) this.maxNs = timestampNs;
    push(this.#groups, stream.group);
    push(this.#streamIds, stream.id);
    pushBig(this.#times, timestampNs);
    this.#lines.push(entry.line);
    const { flat } = entry.metadata;
    for (const text of flat) this.#metadata.push(text);
    this.#metadataTexts += flat.length;
    this.#metadataEnds.push(this.#metadataTexts);
    this.rows++;
  }

  /** The rows to insert; line i is the `firstArrival` + i'th that this store ever got. */
  numbered(firstArrival: bigint): Rows {
    const arrivals = new BigUint64Array(this.rows);
    for (let i = 0; i < this.rows; i++) arrivals[i] = firstArrival + BigInt(i);
    const columns = [
      this.#groups.native('stream_group', 'UInt16'),
      this.#streamIds.native('stream', 'UInt32'),
      this.#times.native('time_ns', 'Int64'),
      fixedColumn('arrival', 'UInt64', arrivals),
      this.#lines.native('line'),
      this.#metadataEnds.texts('metadata', this.#metadata),
    ];
    return { rows: this.rows, columns, minNs: this.minNs, maxNs: this.maxNs };
  }
}

/** About how many bytes an entry takes in a batch, told before it is encoded. */
export function sizeOfEntry({ line, metadata }: LogEntry): number {
  let size = FIXED_BYTES_PER_LINE + line.length;
  for (const text of metadata.flat) size += text.length + 1;
  return size;
}
