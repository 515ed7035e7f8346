/** Lets one piece of work run at a time, first come, first served. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all before it have ended, however they did. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(ignoreHere);
    return result;
  }
}

function ignoreHere(): void {
  // Whoever asked for the work sees how it ended.
}
