const MAX_MESSAGES = 10;

/** Collects why parts of a request were refused, each text once and only so many texts; reads as Loki's grouped errors. */
export class RefusalList {
  readonly #counts = new Map<string, number>();
  #more = 0;
  #total = 0;

  /** `message` is only built while it can still be shown. */
  add(message: () => string, count = 1): void {
    this.#total += count;
    if (this.#counts.size >= MAX_MESSAGES) {
      this.#more += count;
      return;
    }
    const text = message();
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + count);
  }

  /** How many lines or spans were refused. */
  get total(): number {
    return this.#total;
  }

  /** `2 errors like: …; …; and 7 more`; '' when nothing was refused. */
  toString(): string {
    const texts = [...this.#counts].map(([text, count]) => (count > 1 ? `${count} errors like: ${text}` : text));
    if (this.#more > 0) texts.push(`and ${this.#more} more`);
    return texts.join('; ');
  }
}
