// Reads a write-ahead log behind its writer, record by record: through segments that are complete, and in the newest one up to what has
// been written. It reads ahead in chunks, so that many small records cost one call.
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { storageError } from '../errors.ts';
import { listSegments, segmentName, type WalPosition } from './wal.ts';
import { HEADER_BYTES } from './wal-queue.ts';

const CHUNK_BYTES = 256 * 1024;

/** What a reader needs to know of the log. */
export interface ReadableLog {
  readonly dir: string;
  readonly end: WalPosition;
  /** Told of records that cannot be read. */
  warn(message: string): void;
}

/** One place in a log that moves on. Not for concurrent use. */
export class WalReader {
  readonly #log: ReadableLog;
  #segment: number;
  #offset: number;
  #start: WalPosition;
  #file: FileHandle | undefined;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkStart = 0;
  /** Of a segment that is complete. */
  #size: number | undefined;

  /** Begins at `from`, or at the oldest record after it that is still there. */
  constructor(log: ReadableLog, from: WalPosition) {
    this.#log = log;
    this.#segment = from.segment;
    this.#offset = from.offset;
    this.#start = from;
  }

  /** Behind the last record that was read. */
  get position(): WalPosition {
    return { segment: this.#segment, offset: this.#offset };
  }

  /** Where the last record that was read begins. */
  get start(): WalPosition {
    return this.#start;
  }

  /**
   * The next record's body at the beginning of a buffer of its own; undefined when there is none yet. What comes behind a damaged record
   * in its segment, as far as it is written, is passed over with a warning. Throws `storage.corrupt` when a file is shorter than it was.
   */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const { end } = this.#log;
      if (this.#segment > end.segment || (this.#segment === end.segment && this.#offset >= end.offset)) return undefined;
      const isNewest = this.#segment === end.segment;
      const file = await this.#opened();
      if (file) {
        if (!isNewest) this.#size ??= (await file.stat()).size;
        const size = isNewest ? end.offset : (this.#size as number);
        const body = await this.#readRecord(file, size);
        if (body) return body;
        if (this.#offset < size) this.#passOver(size);
      }
      if (this.#segment === this.#log.end.segment) return undefined;
      if (!(await this.#toNextSegment())) return undefined;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#size = undefined;
    await file?.close();
  }

  /** Nothing behind a damaged record can be found before `size`, where the next one begins. */
  #passOver(size: number): void {
    const name = path.join(this.#log.dir, segmentName(this.#segment));
    const cause = 'was damaged, or torn off when the server was killed, and then never acknowledged';
    this.#log.warn(`"${name}": a record at byte ${this.#offset} ${cause}: what follows up to byte ${size} is not read`);
    this.#offset = size;
  }

  async #readRecord(file: FileHandle, size: number): Promise<Buffer | undefined> {
    const header = await this.#bytes(file, this.#offset, HEADER_BYTES, size);
    if (!header) return undefined;
    const length = header.readUInt32LE(0);
    const checksum = header.readUInt32LE(4);
    const found = await this.#bytes(file, this.#offset + HEADER_BYTES, length, size);
    // Zeros, which a power cut may leave, are no record.
    if (length === 0 || !found || crc32(found) !== checksum) return undefined;
    const body = Buffer.from(new ArrayBuffer(length));
    found.copy(body);
    this.#start = this.position;
    this.#offset += HEADER_BYTES + length;
    return body;
  }

  /** Bytes of the file, valid until the next call; undefined when it has not so many before `size`. */
  async #bytes(file: FileHandle, offset: number, length: number, size: number): Promise<Buffer | undefined> {
    if (offset + length > size) return undefined;
    if (offset < this.#chunkStart || offset + length > this.#chunkStart + this.#chunk.length) {
      const wanted = Math.min(size - offset, Math.max(length, CHUNK_BYTES));
      const chunk = Buffer.allocUnsafe(wanted);
      const { bytesRead } = await file.read(chunk, 0, wanted, offset);
      this.#chunk = chunk.subarray(0, bytesRead);
      this.#chunkStart = offset;
      if (bytesRead < length) {
        const name = path.join(this.#log.dir, segmentName(this.#segment));
        throw storageError('storage.corrupt', `"${name}" ends at byte ${offset + bytesRead}, before its ${size} bytes: it was cut off`);
      }
    }
    const from = offset - this.#chunkStart;
    return this.#chunk.subarray(from, from + length);
  }

  async #opened(): Promise<FileHandle | undefined> {
    if (this.#file) return this.#file;
    this.#chunk = Buffer.alloc(0);
    try {
      this.#file = await open(path.join(this.#log.dir, segmentName(this.#segment)), 'r');
    } catch (error) {
      // It has been deleted: whoever reads so late goes on where the log begins now.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    return this.#file;
  }

  async #toNextSegment(): Promise<boolean> {
    const next = (await listSegments(this.#log.dir)).find((segment) => segment > this.#segment);
    if (next === undefined) return false;
    await this.close();
    this.#segment = next;
    this.#offset = 0;
    return true;
  }
}
