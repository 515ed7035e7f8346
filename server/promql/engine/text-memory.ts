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

  /** To be called for the memory of a text that nobody looks at any more: what was taken from here is used again. */
  giveBack(memory: ArrayBufferLike): void {
    if (memory instanceof SharedArrayBuffer) this.#free.push(memory);
  }
}
