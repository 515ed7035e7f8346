// Panels of a dashboard ask at the same time for the same thing in different clothes: the sum, the top five and the share of errors of one
// rate. What each series is reduced to is found once for all of them, as long as one of them is under way and no sample has come in between.
import type { ReducedRows } from './job.ts';
import type { PassedRows } from './wire.ts';

/** Of no reduction in particular: each query has its own numbers for them. */
export type SharedRows = Omit<ReducedRows, 'reduction'> | Omit<PassedRows, 'reduction'>;

/** The rows of all series of a selection: a list for each of its reductions, of one piece or more. */
export interface Reduced {
  readonly rows: readonly (readonly SharedRows[])[];
  readonly samples: number;
  readonly cells: number;
  /** Memory that the rows lie in, to be used again when nobody looks at them any more. */
  readonly memory: readonly SharedArrayBuffer[];
  /** Others may look at them, too: all of it is in that memory, and there is nothing to say about the one query. */
  readonly isSharable: boolean;
}

export interface Lease {
  readonly reduced: Reduced;
  /** Whether another query has found it. */
  readonly isOfOther: boolean;
  /** To be called once. Memory is used again when all have `isDone`: what was given up may still be looked at. */
  release(isDone: boolean): void;
}

interface Entry {
  readonly finding: Promise<Reduced | undefined>;
  users: number;
  isDone: boolean;
}

export class SharedReductions {
  readonly #entries = new Map<string, Entry>();
  readonly #giveBack: (memory: SharedArrayBuffer, isDone: boolean) => void;

  constructor(giveBack: (memory: SharedArrayBuffer, isDone: boolean) => void) {
    this.#giveBack = giveBack;
  }

  /** What another query is finding or has found under the same key, or else what `find` finds; undefined when that is undefined. */
  async lease(key: string, find: () => Promise<Reduced | undefined>, signal: AbortSignal): Promise<Lease | undefined> {
    const known = this.#entries.get(key);
    if (known) {
      known.users++;
      const reduced = await unlessAborted(known.finding.catch(nothing), signal).catch((error: unknown) => {
        this.#release(key, known, undefined, true);
        throw error;
      });
      if (reduced?.isSharable) return this.#leaseOf(key, known, reduced, true);
      this.#release(key, known, reduced, true);
    }
    const entry: Entry = { finding: find(), users: 1, isDone: true };
    if (!this.#entries.has(key)) this.#entries.set(key, entry);
    try {
      const reduced = await entry.finding;
      if (reduced) return this.#leaseOf(key, entry, reduced, false);
    } catch (error) {
      this.#release(key, entry, undefined, false);
      throw error;
    }
    this.#release(key, entry, undefined, false);
    return undefined;
  }

  #leaseOf(key: string, entry: Entry, reduced: Reduced, isOfOther: boolean): Lease {
    return { reduced, isOfOther, release: (isDone) => this.#release(key, entry, reduced, isDone) };
  }

  #release(key: string, entry: Entry, reduced: Reduced | undefined, isDone: boolean): void {
    entry.users--;
    if (!isDone) entry.isDone = false;
    if (entry.users > 0) return;
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    for (const memory of reduced?.memory ?? []) this.#giveBack(memory, entry.isDone);
  }
}

/** What the promise resolves to, unless the signal comes first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Whoever was finding it hears of the error; who waits finds it anew. */
function nothing(): undefined {
  return undefined;
}
