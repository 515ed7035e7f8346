import { storageError } from '../errors.ts';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchWriterDeps<T> {
  /** Writes items in order of arrival; resolves when they are durable. */
  readonly write: (items: readonly T[]) => Promise<void>;
  /** More than this many bytes waiting are refused. */
  readonly maxBytes: number;
  /** What the full buffer holds, for the message: `log lines`. */
  readonly noun: string;
}

/** Group commit: everything that arrives while one write is under way goes into the next one. */
export class BatchWriter<T> {
  readonly #deps: BatchWriterDeps<T>;
  #items: T[] = [];
  #itemsBytes = 0;
  #waiting: Waiting[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(deps: BatchWriterDeps<T>) {
    this.#deps = deps;
  }

  /** Bytes accepted and not yet durable. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Resolves when all items are durable; rejects with `storage.overloaded` when they do not fit. */
  add(items: readonly T[], bytes: number): Promise<void> {
    const { maxBytes, noun } = this.#deps;
    if (this.#isClosed) return Promise.reject(storageError('storage.closed'));
    if (this.#pendingBytes + bytes > maxBytes && this.#pendingBytes > 0)
      return Promise.reject(
        storageError(
          'storage.overloaded',
          `${this.#pendingBytes} bytes of ${noun} wait for the disk; nothing was stored, send again later`,
        ),
      );
    for (const item of items) this.#items.push(item);
    this.#itemsBytes += bytes;
    this.#pendingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when everything accepted so far is written or has failed. */
  async drain(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.drain();
  }

  async #writeAll(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const items = this.#items;
      const waiting = this.#waiting;
      const bytes = this.#itemsBytes;
      this.#items = [];
      this.#waiting = [];
      this.#itemsBytes = 0;
      try {
        await this.#deps.write(items);
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        for (const { reject } of waiting) reject(error);
      } finally {
        this.#pendingBytes -= bytes;
      }
    }
    this.#writing = undefined;
  }
}
