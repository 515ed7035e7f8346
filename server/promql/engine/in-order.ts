/** Some pieces of work at a time, whose results are taken in the order in which they were begun. */
export class InOrder<T> {
  readonly #running: Promise<T>[] = [];
  readonly #limit: number;
  readonly #take: (result: T) => void;

  constructor(limit: number, take: (result: T) => void) {
    this.#limit = limit;
    this.#take = take;
  }

  async add(work: Promise<T>): Promise<void> {
    work.catch(ignoreUntilAwaited);
    this.#running.push(work);
    if (this.#running.length >= this.#limit) this.#take(await (this.#running.shift() as Promise<T>));
  }

  async end(): Promise<void> {
    for (const work of this.#running) this.#take(await work);
  }
}

/** For a promise that is awaited later: the rejection is seen then, or stands for one that was thrown before. */
export function ignoreUntilAwaited(): void {
  // As it says.
}
