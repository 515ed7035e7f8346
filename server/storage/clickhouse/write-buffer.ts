// What lies between an append and the engine. Every insert makes a part that must be written, synced and merged with others, so appends are
// gathered: each is durable when it is in a write-ahead log, and handed to the engine with all others of the same second. A read that
// may touch what the engine has not got yet hands it over first (`flushed`), so that nobody has to look in two places.
// A record of the log is one block in the Native format, as the engine will read it. After a crash, or an insert that failed half way,
// some of its rows may be stored already: `newRows` tells them apart.
import { messageOf } from '../../model/app-error.ts';
import type { Clock, Timer } from '../../model/clock.ts';
import { storageError } from '../errors.ts';
import type { Driver } from './driver.ts';
import { Exclusive } from './exclusive.ts';
import { encodeNativeBlock, type NativeColumn } from './native.ts';
import type { NsSpan } from './time-span.ts';
import { Wal, type WalPosition } from './wal.ts';

const FLUSH_AFTER_MS = 1000;
const FLUSH_BYTES = 16_000_000;

export interface WriteBufferOptions {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly table: string;
  readonly columnNames: readonly string[];
  /** A condition that rows meet which the table does not hold yet; `{segment:String}` is the file of new rows. Undefined: twice does no harm. */
  readonly newRows?: string | undefined;
  readonly walDir: string;
  /** More bytes than this waiting for the engine are refused. */
  readonly maxPendingBytes: number;
  /** What the buffer holds, for messages: `log lines`. */
  readonly noun: string;
  readonly warn: (message: string) => void;
}

/** Rows to append. */
export interface Rows {
  readonly rows: number;
  readonly columns: readonly NativeColumn[];
  /** Times of the oldest and the newest row. */
  readonly minNs: bigint;
  readonly maxNs: bigint;
}

/** Durable rows of one table that the engine has not taken over yet. */
export class WriteBuffer {
  readonly #options: WriteBufferOptions;
  readonly #wal: Wal;
  #blocks: Uint8Array[];
  #blockBytes = 0;
  /** Bytes of rows that wait for the log. */
  #loggingBytes = 0;
  #minNs: bigint | undefined;
  #maxNs = 0n;
  /** Blocks that were acknowledged and that the engine has, ever. */
  #acknowledged: number;
  #stored = 0;
  #flushing: Promise<void> | undefined;
  readonly #handingOver = new Exclusive();
  #timer: Timer | undefined;
  #mayBeHalfStored: boolean;
  #isClosed = false;

  private constructor(options: WriteBufferOptions, wal: Wal, replayed: Uint8Array[]) {
    this.#options = options;
    this.#wal = wal;
    this.#blocks = replayed;
    this.#blockBytes = replayed.reduce((sum, { length }) => sum + length, 0);
    this.#acknowledged = replayed.length;
    this.#mayBeHalfStored = replayed.length > 0;
  }

  /** Hands what an earlier process has left to the engine. */
  static async open(options: WriteBufferOptions): Promise<WriteBuffer> {
    const replayed: Uint8Array[] = [];
    const { walDir: dir, clock, warn } = options;
    const wal = await Wal.open({ dir, durability: 'always', clock, warn }, (body) => replayed.push(body));
    const buffer = new WriteBuffer(options, wal, replayed);
    await buffer.#flush();
    return buffer;
  }

  /** Bytes accepted that the engine has not got. */
  get pendingBytes(): number {
    return this.#blockBytes + this.#loggingBytes;
  }

  /** Throws `storage.overloaded` when so many bytes more do not fit, `storage.closed` when nothing does any more. */
  admit(sizeBytes: number): void {
    const { maxPendingBytes, noun } = this.#options;
    if (this.#isClosed) throw storageError('storage.closed');
    if (this.pendingBytes === 0 || this.pendingBytes + sizeBytes <= maxPendingBytes) return;
    this.#flushLater();
    throw storageError(
      'storage.overloaded',
      `${this.pendingBytes} bytes of ${noun} wait for the disk; nothing was stored, send again later`,
    );
  }

  /** Resolves when the rows are durable, or a while later; `onDurable` is called at once, in the order of appends. From then on `flushed` sees to it that reads find them. */
  async append({ rows, columns, minNs, maxNs }: Rows, onDurable: () => void = () => undefined): Promise<void> {
    if (this.#isClosed) throw storageError('storage.closed');
    // A copy of exactly its size: growing columns are larger than what they hold.
    const block = Buffer.concat(encodeNativeBlock(rows, columns));
    const sizeBytes = block.length;
    this.#loggingBytes += sizeBytes;
    try {
      await this.#wal.append([block]);
    } finally {
      this.#loggingBytes -= sizeBytes;
    }
    onDurable();
    this.#blocks.push(block);
    this.#blockBytes += sizeBytes;
    this.#acknowledged++;
    if (this.#minNs === undefined || maxNs > this.#maxNs) this.#maxNs = maxNs;
    if (this.#minNs === undefined || minNs < this.#minNs) this.#minNs = minNs;
    if (this.#blockBytes >= FLUSH_BYTES) this.#flushLater();
    // Whoever sends faster than the engine takes is slowed down before anybody is refused.
    if (this.#blockBytes > this.#options.maxPendingBytes / 2) await this.#flushing?.catch(ignoreHere);
    else if (this.#blockBytes < FLUSH_BYTES && !this.#isClosed)
      this.#timer ??= this.#options.clock.after(FLUSH_AFTER_MS, () => this.#flushLater());
  }

  /** Resolves when the engine has every row acknowledged so far, or at least all that lie within the span. */
  async flushed(span?: NsSpan): Promise<void> {
    if (span && (this.#minNs === undefined || span.endNs <= this.#minNs || span.startNs > this.#maxNs)) return;
    const wanted = this.#acknowledged;
    while (this.#stored < wanted) await this.#flush();
  }

  /** Runs `work` while the engine takes nothing over: what is acknowledged meanwhile is in the log. */
  held<T>(work: () => Promise<T>): Promise<T> {
    return this.#handingOver.run(work);
  }

  /** Behind the newest durable rows in the log. */
  get logEnd(): WalPosition {
    return this.#wal.end;
  }

  /** Copies what a restart would read into a new folder, up to `end`; only while held. */
  copyLogTo(dir: string, end: WalPosition): Promise<void> {
    return this.#wal.copyTo(dir, end);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    try {
      // What was still being logged is then in an older segment, and acknowledged.
      const segment = await this.#wal.rotate();
      await this.flushed();
      // The engine has all; an empty segment is left.
      await this.#wal.dropBefore(segment);
    } finally {
      await this.#wal.close();
    }
  }

  #flushLater(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#flush().catch((error: unknown) => {
      const { clock, noun, warn } = this.#options;
      warn(`${noun} could not be handed to the engine yet: ${messageOf(error)}`);
      if (!this.#isClosed) this.#timer ??= clock.after(FLUSH_AFTER_MS, () => this.#flushLater());
    });
  }

  /** Joins a flush under way, which may have begun before the newest rows came. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#handingOver
      .run(() => this.#flushOnce())
      .finally(() => {
        this.#flushing = undefined;
      });
    return this.#flushing;
  }

  async #flushOnce(): Promise<void> {
    if (this.#blocks.length === 0) return;
    const segment = await this.#wal.rotate();
    // All that older segments hold, and perhaps some of the new one: if that is read again after a crash, `newRows` knows it.
    let left = this.#blocks.length;
    while (left > 0) left -= await this.#insertSome(left);
    if (this.#blocks.length === 0) this.#minNs = undefined;
    this.#mayBeHalfStored = false;
    await this.#wal.dropBefore(segment);
  }

  /** Inserts the oldest of the first `count` blocks, as many as go into one insert. */
  async #insertSome(count: number): Promise<number> {
    const { driver, table, columnNames, newRows } = this.#options;
    let taken = 0;
    let bytes = 0;
    while (taken < count && bytes < FLUSH_BYTES) bytes += this.#blocks[taken++]?.length ?? 0;
    try {
      await driver.insertBlocks(table, columnNames, this.#blocks.slice(0, taken), this.#mayBeHalfStored ? newRows : undefined);
    } catch (error) {
      this.#mayBeHalfStored = true;
      throw error;
    }
    this.#blocks = this.#blocks.slice(taken);
    this.#blockBytes -= bytes;
    this.#stored += taken;
    return taken;
  }
}

function ignoreHere(): void {
  // The row is durable; whoever started the flush tells about it.
}
