const FIRST_CAPACITY = 1_024;

/** Texts of series, one behind the other: they stay when the body that they came in is gone. */
export class SeriesTexts {
  /** Replaced by a larger copy when it is full. */
  bytes = Buffer.alloc(0);
  #length = 0;

  /** Copies a text; where it begins now. */
  add(from: Uint8Array, start: number, end: number): number {
    const at = this.#length;
    const length = at + end - start;
    if (length > this.bytes.length) {
      const bigger = Buffer.alloc(Math.max(FIRST_CAPACITY, this.bytes.length * 1.5, length));
      this.bytes.copy(bigger, 0, 0, at);
      this.bytes = bigger;
    }
    this.bytes.set(from.subarray(start, end), at);
    this.#length = length;
    return at;
  }
}
