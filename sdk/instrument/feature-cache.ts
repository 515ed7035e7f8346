import { InstrumentError } from './errors.ts';
import type { FeatureMetrics } from './features.ts';

/** What a `FeatureCache` is made from. */
export interface FeatureCacheDeps {
  readonly metrics: FeatureMetrics;
  /** Label `cache_type`. */
  readonly cacheType: string;
  /** Label `feature_store` of what a miss fetches. */
  readonly featureStore: string;
  /** Entries at most; the one not used for longest gives way. */
  readonly maxEntries: number;
  /** How long an entry may be used; for ever when left out. */
  readonly ttlMs?: number;
  /** Milliseconds of a clock that never goes back; default `performance.now`. */
  readonly now?: () => number;
}

interface Entry<V> {
  readonly value: V;
  readonly expiresAtMs: number;
}

/**
 * A bounded cache in front of a feature store, least recently used out first. Every look-up counts as hit or miss, every fetch behind a
 * miss is timed. Look-ups of a key that is already being fetched wait for that fetch (and count as hits: they cost the store nothing).
 *
 * Layout: a Map in the order of last use, oldest first; using an entry puts it at the end.
 */
export class FeatureCache<V> {
  readonly #deps: FeatureCacheDeps;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry<V>>();
  readonly #fetching = new Map<string, Promise<V>>();

  /** Throws `invalid_option` when `maxEntries` is not a whole number above 0. */
  constructor(deps: FeatureCacheDeps) {
    const { maxEntries, metrics, cacheType } = deps;
    if (!Number.isInteger(maxEntries) || maxEntries < 1) {
      throw new InstrumentError('invalid_option', `maxEntries is ${maxEntries}, expected a whole number above 0`);
    }
    this.#deps = deps;
    this.#now = deps.now ?? (() => performance.now());
    metrics.setEntries(cacheType, 0);
    metrics.recordEvictions(cacheType, 0);
  }

  /** Number of entries. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value of `key`: from the cache, or from `fetch`, whose failure reaches every caller that waits for it and is not kept. */
  async get(key: string, fetch: () => V | Promise<V>): Promise<V> {
    const { metrics, cacheType, featureStore } = this.#deps;
    const entry = this.#entries.get(key);
    const isFresh = entry !== undefined && this.#now() < entry.expiresAtMs;
    const running = isFresh ? undefined : this.#fetching.get(key);
    metrics.recordLookup(cacheType, isFresh || running !== undefined);
    if (isFresh) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      return entry.value;
    }
    if (running) return running;
    const fetching = metrics
      .fetch(featureStore, async () => fetch())
      .then((value) => {
        this.#store(key, value);
        return value;
      })
      .finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }

  /** Forgets one entry, because its source has changed. */
  delete(key: string): void {
    this.#entries.delete(key);
    this.#deps.metrics.setEntries(this.#deps.cacheType, this.#entries.size);
  }

  #store(key: string, value: V): void {
    const { metrics, cacheType, maxEntries, ttlMs } = this.#deps;
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: ttlMs === undefined ? Number.POSITIVE_INFINITY : this.#now() + ttlMs });
    const oldest = this.#entries.size > maxEntries ? this.#entries.keys().next().value : undefined;
    if (oldest !== undefined) {
      this.#entries.delete(oldest);
      metrics.recordEvictions(cacheType, 1);
    }
    metrics.setEntries(cacheType, this.#entries.size);
  }
}
