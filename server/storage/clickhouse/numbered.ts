/** Numbers in one page. */
const PAGE = 1_024;

interface Page<T> {
  readonly entries: (T | undefined)[];
  count: number;
}

/** Entries by their number, which were given one after the other: pages of memory, of which empty ones go. */
export class Numbered<T extends { readonly id: number }> {
  readonly #pages = new Map<number, Page<T>>();

  get(id: number): T | undefined {
    return this.#pages.get(Math.floor(id / PAGE))?.entries[id % PAGE];
  }

  set(entry: T): void {
    const number = Math.floor(entry.id / PAGE);
    let page = this.#pages.get(number);
    if (!page) {
      page = { entries: new Array(PAGE).fill(undefined), count: 0 };
      this.#pages.set(number, page);
    }
    const at = entry.id % PAGE;
    if (page.entries[at] === undefined) page.count++;
    page.entries[at] = entry;
  }

  delete(id: number): void {
    const number = Math.floor(id / PAGE);
    const page = this.#pages.get(number);
    if (page?.entries[id % PAGE] === undefined) return;
    page.entries[id % PAGE] = undefined;
    page.count--;
    if (page.count === 0) this.#pages.delete(number);
  }

  /** All entries, in no order. */
  *values(): Iterable<T> {
    for (const { entries } of this.#pages.values()) for (const entry of entries) if (entry !== undefined) yield entry;
  }
}
