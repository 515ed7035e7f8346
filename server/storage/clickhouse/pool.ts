import type { AppError } from '../../model/app-error.ts';
import { storageError } from '../errors.ts';

/** Hands out each of a few things to one user at a time, first come, first served. */
export class Pool<T> {
  readonly #free: T[];
  readonly #waiting: ((item: T) => void)[] = [];
  #isClosed = false;

  constructor(items: readonly T[]) {
    this.#free = [...items];
  }

  /** Waits for a free one; rejects with `stopError()` when `stop` is aborted first. */
  acquire(stop?: AbortSignal, stopError?: () => AppError): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(storageError('storage.closed'));
      if (stop?.aborted) return reject(stopError?.() ?? stop.reason);
      const item = this.#free.pop();
      if (item !== undefined) return resolve(item);
      const onFree = (freed: T) => {
        stop?.removeEventListener('abort', onAbort);
        resolve(freed);
      };
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(onFree), 1);
        reject(stopError?.() ?? stop?.reason);
      };
      stop?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(onFree);
    });
  }

  /** Refuses new users and waits for all `count` things to come back. */
  async close(count: number): Promise<void> {
    const all = Array.from({ length: count }, () => this.acquire());
    this.#isClosed = true;
    await Promise.all(all);
  }

  release(item: T): void {
    const next = this.#waiting.shift();
    if (next) next(item);
    else this.#free.push(item);
  }
}
