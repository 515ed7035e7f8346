/**
 * Hands the thread to one piece of work in each turn of the event loop, first come, first served. `setImmediate` alone would not do:
 * everything that waits for it runs in the same turn, and thirty reads of ten milliseconds become one stop of 300.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;

  /** Resolves when it is the caller's turn; what the caller does until it next awaits something else should take few milliseconds. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#waiting.shift()?.();
      this.#schedule();
    });
  }
}
