// Panels of a dashboard ask at the same time for the same thing in different clothes: the sum, the top five and the share of errors of one
// rate. What each series is reduced to is found once for all of them, as long as one of them is under way and no sample has come in between.
import type { PackedSeries } from '../../storage/packed/packed-series.ts';
import type { ReducedRows } from './job.ts';
import type { PassedRows } from './wire.ts';

/** Of no reduction in particular: each query has its own numbers for them. */
export type SharedRows = Omit<ReducedRows, 'reduction'> | Omit<PassedRows, 'reduction'>;

/** The rows of all series of a selection: a list for each of its reductions, of one piece or more. */
export interface Reduced {
  readonly rows: readonly (readonly SharedRows[])[];
  /** Series that have no rows yet. */
  readonly unreduced: readonly PackedSeries[];
  readonly samples: number;
  readonly cells: number;
  /** Memory that their cells lie in, and series without rows, to be used again when nobody looks at them any more. */
  readonly memory: readonly SharedArrayBuffer[];
  /** Others may look at them, too: all cells are in that memory, and there is nothing to say about the one query. */
  readonly isSharable: boolean;
}

export interface Lease {
  readonly reduced: Reduced;
  /** Whether another query has found it. */
  readonly isOfOther: boolean;
  /** To be called once. Memory is used again when it `isFree` for all: what was given up may still be looked at. */
  release(isFree: boolean): void;
}

/** Finds what is wanted; `unshare` is to be called as soon as it is known that it is not for others. */
export type Find = (unshare: () => void) => Promise<Reduced | undefined>;

class Entry {
  /** What others may look at; undefined when finding it fails, or when it is not for them, which may be known early. */
  readonly forOthers: Promise<Reduced | undefined>;
  users = 1;
  isFree = true;
  reduced: Reduced | undefined;
  #tellOthers: (reduced: Reduced | undefined) => void = () => undefined;

  constructor() {
    this.forOthers = new Promise((resolve) => {
      this.#tellOthers = resolve;
    });
  }

  async find(find: Find, onUnshare: () => void): Promise<Reduced | undefined> {
    const unshare = () => {
      onUnshare();
      this.#tellOthers(undefined);
    };
    try {
      this.reduced = await find(unshare);
      return this.reduced;
    } finally {
      this.#tellOthers(this.reduced?.isSharable ? this.reduced : undefined);
    }
  }
}

export class SharedReductions {
  readonly #entries = new Map<string, Entry>();
  readonly #giveBack: (memory: SharedArrayBuffer, isFree: boolean) => void;

  constructor(giveBack: (memory: SharedArrayBuffer, isFree: boolean) => void) {
    this.#giveBack = giveBack;
  }

  /** What another query is finding or has found under the same key, or else what `find` finds; undefined when that is undefined. */
  async lease(key: string, find: Find, signal: AbortSignal): Promise<Lease | undefined> {
    // Nothing is awaited before its own entry is there, lest two that come at once both find it.
    const entry = this.#entries.get(key);
    return (entry && (await this.#ofOther(key, entry, signal))) ?? this.#own(key, find);
  }

  async #ofOther(key: string, entry: Entry, signal: AbortSignal): Promise<Lease | undefined> {
    entry.users++;
    let reduced: Reduced | undefined;
    try {
      reduced = await unlessAborted(entry.forOthers, signal);
    } finally {
      if (!reduced) this.#release(key, entry, true);
    }
    return reduced && { reduced, isOfOther: true, release: (isFree) => this.#release(key, entry, isFree) };
  }

  async #own(key: string, find: Find): Promise<Lease | undefined> {
    const entry = new Entry();
    if (!this.#entries.has(key)) this.#entries.set(key, entry);
    let reduced: Reduced | undefined;
    try {
      reduced = await entry.find(find, () => this.#forget(key, entry));
    } finally {
      if (!reduced) this.#release(key, entry, false);
    }
    return reduced && { reduced, isOfOther: false, release: (isFree) => this.#release(key, entry, isFree) };
  }

  #release(key: string, entry: Entry, isFree: boolean): void {
    entry.users--;
    if (!isFree) entry.isFree = false;
    if (entry.users > 0) return;
    this.#forget(key, entry);
    for (const memory of entry.reduced?.memory ?? []) this.#giveBack(memory, entry.isFree);
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
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
