interface Waiter {
  readonly enter: () => void;
  readonly leaveQueue: () => void;
}

/** Lets a bounded number of queries in at a time and a bounded number wait. */
export class Gate {
  readonly #capacity: number;
  readonly #overloaded: (message: string) => Error;
  readonly #maxWaiting: number;
  #inside = 0;
  readonly #waiting = new Set<Waiter>();

  /** `overloaded` makes the error of a query that cannot even wait. */
  constructor(capacity: number, maxWaiting: number, overloaded: (message: string) => Error) {
    this.#capacity = capacity;
    this.#overloaded = overloaded;
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves once there is room. Rejects with the error of overload when too many wait, or with the signal's reason. */
  async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inside < this.#capacity) {
      this.#inside++;
      return;
    }
    if (this.#waiting.size >= this.#maxWaiting)
      throw this.#overloaded(
        `${this.#inside} queries are running and ${this.#waiting.size} are waiting; ask again later or raise the limit on concurrent queries`,
      );
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(waiter);
        reject(signal.reason);
      };
      const waiter = { enter: resolve, leaveQueue: () => signal.removeEventListener('abort', onAbort) };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#inside--;
      return;
    }
    this.#waiting.delete(next);
    next.leaveQueue();
    next.enter();
  }
}
