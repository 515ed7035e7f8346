// Which series a selector finds, in order: dashboards and rules ask for the same again and again, and to find and sort a thousand series takes
// longer than to look at them.
import { LRUCache } from 'lru-cache';
import type { Matcher } from '../../model/matcher.ts';
import type { Series } from './head.ts';
import type { SeriesCatalog } from './series-catalog.ts';

/** References kept in all (eight bytes each, as four letters of a selector), and of one selector. */
const MOST_SERIES = 1_000_000;
export const MOST_OF_ONE = 250_000;

export class MatchedSeries {
  readonly #catalog: SeriesCatalog;
  readonly #kept = new LRUCache<string, readonly Series[]>({
    maxSize: MOST_SERIES,
    maxEntrySize: MOST_OF_ONE,
    sizeCalculation: ({ length }, key) => length + Math.ceil(key.length / 4),
  });
  /** Of the catalog, when what is kept was found. */
  #version = -1;

  constructor(catalog: SeriesCatalog) {
    this.#catalog = catalog;
  }

  get(matchers: readonly Matcher[]): readonly Series[] | undefined {
    if (this.#version !== this.#catalog.version) this.#kept.clear();
    return this.#kept.get(keyOf(matchers));
  }

  /** Keeps what was found since the catalog had `version`, unless it has another one by now. */
  set(matchers: readonly Matcher[], found: readonly Series[], version: number): void {
    if (version !== this.#catalog.version) return;
    if (this.#version !== version) this.#kept.clear();
    this.#version = version;
    this.#kept.set(keyOf(matchers), found);
  }
}

function keyOf(matchers: readonly Matcher[]): string {
  return JSON.stringify(matchers.map(({ type, name, value }) => [type, name, value]));
}
