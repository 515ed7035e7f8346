// Memory for the texts of answers, which goes from the main thread to a worker with the job, comes back with the text, and is used again when
// that has been sent. Fresh memory for each answer would have to be mapped, cleared and collected: of answers of two megabytes V8's main thread
// spent a fifth of its time on that.

/** Less is not worth being kept, and more is not kept. */
const LEAST_BYTES = 1 << 16;
const MOST_BYTES = 3 << 20;
const MOST_KEPT = 3;

export class TextMemory {
  readonly #free: ArrayBuffer[] = [];

  /** The memory of an answer that was sent, if there is some. */
  take(): ArrayBuffer | undefined {
    return this.#free.pop();
  }

  /** To be called for memory that nobody looks at any more. */
  giveBack(memory: ArrayBufferLike): void {
    if (!(memory instanceof ArrayBuffer) || memory.byteLength < LEAST_BYTES || memory.byteLength > MOST_BYTES) return;
    // The largest stay, so that what is taken is mostly large enough.
    this.#free.push(memory);
    if (this.#free.length <= MOST_KEPT) return;
    this.#free.sort((a, b) => a.byteLength - b.byteLength).shift();
  }
}
