import { Labels } from '../model/labels.ts';

/** Labels under change. Iterates like upstream's builder (untouched labels by name, then set ones in order), which decides clashes of labelmap. */
export class LabelBuilder {
  readonly #base: Labels;
  readonly #entries: Map<string, string>;
  readonly #added = new Set<string>();
  #isChanged = false;

  constructor(base: Labels) {
    this.#base = base;
    this.#entries = new Map(base);
  }

  get(name: string): string {
    return this.#entries.get(name) ?? '';
  }

  /** An empty value removes the label. */
  set(name: string, value: string): void {
    if (value === '') {
      this.delete(name);
      return;
    }
    if (this.#entries.get(name) === value && this.#added.has(name)) return;
    this.#isChanged = true;
    if (!this.#added.has(name)) {
      this.#entries.delete(name);
      this.#added.add(name);
    }
    this.#entries.set(name, value);
  }

  delete(name: string): void {
    if (!this.#entries.delete(name)) return;
    this.#added.delete(name);
    this.#isChanged = true;
  }

  /** A copy, so that the labels may be changed while it is read. */
  snapshot(): readonly (readonly [name: string, value: string])[] {
    return [...this.#entries];
  }

  build(): Labels {
    return this.#isChanged ? Labels.fromEntries(this.#entries) : this.#base;
  }
}
