// Memory for the texts of answers, which the main thread and workers share: a worker writes a text there, and when that has been sent the memory is
// used again. Fresh memory for each answer would have to be mapped, cleared and collected: of answers of two megabytes V8's main thread spent a
// fifth of its time on that. Nor is it moved between threads (wire.ts says why).

/** Longer texts have memory of their own. */
export const MOST_BYTES = 3 << 20;
/** Of what is shared V8 does not know how large it is, and would not hurry to collect it. */
export const MOST_MADE = 4;

export class TextMemory {
  readonly #free: SharedArrayBuffer[] = [];
  /** Who was to send a text may have gone away: then it is for the garbage collector to tell that nobody looks at it. */
  readonly #lost = new FinalizationRegistry(() => this.#made--);
  #made = 0;

  /** Undefined when all there may be is in use. */
  take(): SharedArrayBuffer | undefined {
    const free = this.#free.pop();
    if (free || this.#made >= MOST_MADE) return free;
    const memory = new SharedArrayBuffer(MOST_BYTES);
    this.#lost.register(memory, undefined);
    this.#made++;
    return memory;
  }

  /** To be called for memory that nobody looks at any more: it is used again. */
  giveBack(memory: SharedArrayBuffer): void {
    this.#free.push(memory);
  }
}

/** What one query takes of it, until its answer was sent. */
export class QueryTexts {
  readonly #memory: TextMemory;
  readonly #held: SharedArrayBuffer[] = [];
  #isEnded = false;

  constructor(memory: TextMemory) {
    this.#memory = memory;
  }

  /** Has `write` write a text, in memory of ours if there is any; that is free when it fails, else when the query ends. */
  async writing<T>(write: (memory: SharedArrayBuffer | undefined) => Promise<T>): Promise<T> {
    const memory = this.#memory.take();
    if (!memory) return write(undefined);
    let isHeld = false;
    try {
      const written = await write(memory);
      isHeld = !this.#isEnded;
      return written;
    } finally {
      if (isHeld) this.#held.push(memory);
      else this.#memory.giveBack(memory);
    }
  }

  /** To be called when nobody looks at the texts any more. */
  end(): void {
    this.#isEnded = true;
    for (const memory of this.#held.splice(0)) this.#memory.giveBack(memory);
  }
}
