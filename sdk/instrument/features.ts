import { cacheEntries, cacheEvictionsTotal, cacheHitRatio, cacheRequestsTotal, featureFetchDurationSeconds } from './catalog.ts';
import type { Instrument } from './instrument.ts';
import { settle, startTimer } from './settle.ts';

/** Feature store and cache measurements; from `featureMetrics`. */
export interface FeatureMetrics {
  /** Runs one fetch and times it, also when it throws or rejects. */
  fetch<R>(featureStore: string, run: () => R): R;
  /** Records whether the cache answered a look-up; `cache_hit_ratio` is the share of hits since the start. */
  recordLookup(cacheType: string, isHit: boolean): void;
  /** Records that entries gave way to others. */
  recordEvictions(cacheType: string, count: number): void;
  /** Says how many entries the cache has. */
  setEntries(cacheType: string, count: number): void;
}

/** Registers `feature_fetch_duration_seconds` and the `cache_*` families and returns what feeds them; `FeatureCache` feeds all of them. */
export function featureMetrics(instrument: Instrument): FeatureMetrics {
  const duration = instrument.histogram(featureFetchDurationSeconds);
  const ratio = instrument.gauge(cacheHitRatio);
  const requests = instrument.counter(cacheRequestsTotal);
  const evictions = instrument.counter(cacheEvictionsTotal);
  const entries = instrument.gauge(cacheEntries);
  const lookups = new Map<string, { hits: number; total: number }>();
  return {
    fetch(featureStore, run) {
      const elapsed = startTimer();
      return settle(run, () => duration.observe({ feature_store: featureStore }, elapsed()));
    },
    recordLookup(cacheType, isHit) {
      const count = lookups.get(cacheType) ?? { hits: 0, total: 0 };
      count.hits += isHit ? 1 : 0;
      count.total += 1;
      lookups.set(cacheType, count);
      ratio.set({ cache_type: cacheType }, count.hits / count.total);
      requests.inc({ cache_type: cacheType, result: isHit ? 'hit' : 'miss' });
    },
    recordEvictions: (cacheType, count) => evictions.inc({ cache_type: cacheType }, count),
    setEntries: (cacheType, count) => entries.set({ cache_type: cacheType }, count),
  };
}
