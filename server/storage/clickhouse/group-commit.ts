import { storageError } from '../errors.ts';

/** Rows that are written together. */
export interface Batch {
  readonly rows: number;
  readonly sizeBytes: number;
}

export interface GroupCommitDeps<B extends Batch> {
  readonly create: () => B;
  /** Writes a batch; resolves when it is durable. Called for one batch at a time, in order of arrival. */
  readonly write: (batch: B) => Promise<void>;
  /** More than this many bytes waiting are refused. */
  readonly maxPendingBytes: number;
  /** A batch that has grown so large is written at once, and what comes after it goes into the next. */
  readonly maxBatchBytes: number;
  /** Between the beginnings of two writes, unless a batch is full: every write leaves a part that must be merged later. */
  readonly minIntervalMs: number;
  /** What the buffer holds, for the message when it is full: `log lines`. */
  readonly noun: string;
}

interface Entry<B> {
  readonly batch: B;
  readonly settled: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  pendingBytes: number;
}

/** Group commit: everything that arrives while a write is under way, or shortly after the last one, goes into the next. */
export class GroupCommit<B extends Batch> {
  readonly #deps: GroupCommitDeps<B>;
  /** What waits, oldest first; only the last may still grow. */
  readonly #entries: Entry<B>[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(deps: GroupCommitDeps<B>) {
    this.#deps = deps;
  }

  /** Bytes accepted and not yet durable. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Throws what `add` would reject with for so many bytes, before anything is done about them. */
  admit(sizeBytes: number): void {
    const { maxPendingBytes, noun } = this.#deps;
    if (this.#isClosed) throw storageError('storage.closed');
    if (this.#pendingBytes + sizeBytes > maxPendingBytes && this.#pendingBytes > 0)
      throw storageError(
        'storage.overloaded',
        `${this.#pendingBytes} bytes of ${noun} wait for the disk; nothing was stored, send again later`,
      );
  }

  /**
   * `fill` adds rows, each to the batch that `next()` hands out for it. Resolves when all of them are durable; throws `storage.overloaded`
   * when `sizeBytes` more do not fit.
   */
  add(sizeBytes: number, fill: (next: () => B) => void): Promise<void> {
    this.admit(sizeBytes);
    const last = this.#entries.at(-1);
    const first = this.#entries.length - (last && !this.#isFull(last) ? 1 : 0);
    fill(() => this.#growing().batch);
    const touched = this.#entries.slice(first);
    const end = touched.at(-1);
    if (!end) return Promise.resolve();
    end.pendingBytes += sizeBytes;
    this.#pendingBytes += sizeBytes;
    if (this.#isFull(end) || touched.length > 1) this.#wake?.();
    this.#writing ??= this.#writeAll();
    return touched.length === 1 ? end.settled : Promise.all(touched.map(({ settled }) => settled)).then(() => undefined);
  }

  /** Resolves when everything accepted so far is written or has failed. */
  async drain(): Promise<void> {
    while (this.#writing) {
      this.#wake?.();
      await this.#writing;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.drain();
  }

  #isFull({ batch }: Entry<B>): boolean {
    return batch.sizeBytes >= this.#deps.maxBatchBytes;
  }

  #growing(): Entry<B> {
    const last = this.#entries.at(-1);
    if (last && !this.#isFull(last)) return last;
    const entry = createEntry(this.#deps.create());
    this.#entries.push(entry);
    return entry;
  }

  async #writeAll(): Promise<void> {
    // One turn of the event loop lets the appends of the same moment join.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let entry = this.#entries[0]; entry; entry = this.#entries[0]) {
      await this.#pace(entry);
      this.#entries.shift();
      this.#lastWriteMs = performance.now();
      try {
        await this.#deps.write(entry.batch);
        entry.resolve();
      } catch (error) {
        entry.reject(error);
      } finally {
        this.#pendingBytes -= entry.pendingBytes;
      }
    }
    this.#writing = undefined;
  }

  /** Waits in real time, whatever clock the store runs on: it spares the disk and means nothing to anybody else. */
  async #pace(entry: Entry<B>): Promise<void> {
    const leftMs = this.#deps.minIntervalMs - (performance.now() - this.#lastWriteMs);
    if (leftMs <= 0 || this.#isClosed || this.#entries.length > 1 || this.#isFull(entry)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, leftMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

function createEntry<B>(batch: B): Entry<B> {
  let resolve = (): void => undefined;
  let reject = (_error: unknown): void => undefined;
  const settled = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { batch, settled, resolve, reject, pendingBytes: 0 };
}
