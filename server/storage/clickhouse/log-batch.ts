import type { LogEntry } from '../../model/log-entry.ts';
import { Column, EndColumn, push, pushBig, TextColumn } from './column.ts';
import type { Batch } from './group-commit.ts';
import type { Stream } from './log-streams.ts';
import { fixedColumn, type NativeColumn } from './native.ts';

const FIXED_BYTES_PER_LINE = 32;

/** Lines that are inserted together, already in the engine's encoding. */
export class LogBatch implements Batch {
  rows = 0;
  readonly streams = new Set<Stream>();
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
    this.streams.add(stream);
    push(this.#groups, stream.group);
    push(this.#streamIds, stream.id);
    pushBig(this.#times, entry.timestampNs);
    this.#lines.push(entry.line);
    const { flat } = entry.metadata;
    for (const text of flat) this.#metadata.push(text);
    this.#metadataTexts += flat.length;
    this.#metadataEnds.push(this.#metadataTexts);
    this.rows++;
  }

  /** The columns to insert; line i is the `firstArrival` + i'th that this store ever got. */
  columns(firstArrival: bigint): NativeColumn[] {
    const arrivals = new BigUint64Array(this.rows);
    for (let i = 0; i < this.rows; i++) arrivals[i] = firstArrival + BigInt(i);
    return [
      this.#groups.native('stream_group', 'UInt16'),
      this.#streamIds.native('stream', 'UInt32'),
      this.#times.native('time_ns', 'Int64'),
      fixedColumn('arrival', 'UInt64', arrivals),
      this.#lines.native('line'),
      this.#metadataEnds.texts('metadata', this.#metadata),
    ];
  }
}

/** About how many bytes an entry takes in a batch, told before it is encoded. */
export function sizeOfEntry({ line, metadata }: LogEntry): number {
  let size = FIXED_BYTES_PER_LINE + line.length;
  for (const text of metadata.flat) size += text.length + 1;
  return size;
}
