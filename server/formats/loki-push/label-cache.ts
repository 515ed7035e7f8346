import { AppError } from '../../model/app-error.ts';
import type { Labels } from '../../model/labels.ts';
import { labelsOfEntries, parseStreamLabels } from './stream-labels.ts';

const MAX_TEXTS = 20_000;
const MAX_TEXT_LENGTH = 1_024;
// Lone surrogates do not occur in decoded text, so these cannot be mistaken for a part of it.
const SEPARATOR = '\ud800';

/**
 * Label sets by their notation, so that a stream that is pushed again is not parsed again and has the same object.
 * Bounded: of two generations the older is dropped when the younger is full.
 */
export class LabelCache {
  readonly #maxTexts: number;
  #young = new Map<string, Labels>();
  #old = new Map<string, Labels>();

  constructor(maxTexts = MAX_TEXTS) {
    this.#maxTexts = maxTexts;
  }

  /** The labels of `{name="value", …}`, or the error (`loki_push.bad_labels`) of text that is none. */
  ofText(text: string): Labels | AppError {
    return this.#find(text) ?? this.#keep(text, () => parseStreamLabels(text));
  }

  /** The labels of a JSON object, whose values are known to be strings. */
  ofEntries(entries: readonly (readonly [string, string])[]): Labels | AppError {
    let key = SEPARATOR;
    for (const [name, value] of entries) key += name + SEPARATOR + value + SEPARATOR;
    return this.#find(key) ?? this.#keep(key, () => labelsOfEntries(entries));
  }

  #find(key: string): Labels | undefined {
    const young = this.#young.get(key);
    if (young) return young;
    const old = this.#old.get(key);
    if (old) this.#put(key, old);
    return old;
  }

  #keep(key: string, read: () => Labels): Labels | AppError {
    try {
      const labels = read();
      if (key.length <= MAX_TEXT_LENGTH) this.#put(key, labels);
      return labels;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  #put(key: string, labels: Labels): void {
    if (this.#young.size >= this.#maxTexts / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, labels);
  }
}
