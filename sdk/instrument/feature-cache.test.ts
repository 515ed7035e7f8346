import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FeatureCache, featureMetrics, Instrument } from './index.ts';

function cacheOf<V>(options: { maxEntries: number; ttlMs?: number; now?: () => number }) {
  const instrument = new Instrument();
  const cache = new FeatureCache<V>({ metrics: featureMetrics(instrument), cacheType: 'features', featureStore: 'redis', ...options });
  const values = async () => {
    const text = await instrument.metrics();
    const value = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')
          .at(-1) ?? Number.NaN,
      );
    return {
      ratio: value('cache_hit_ratio{cache_type="features"}'),
      hits: value('cache_requests_total{cache_type="features",result="hit"}'),
      misses: value('cache_requests_total{cache_type="features",result="miss"}'),
      evictions: value('cache_evictions_total{cache_type="features"}'),
      entries: value('cache_entries{cache_type="features"}'),
      fetches: value('feature_fetch_duration_seconds_count{feature_store="redis"}'),
    };
  };
  return { cache, values };
}

describe('FeatureCache', () => {
  it('fetches once, counts hits and misses, and gives up what was not used for longest', async () => {
    const { cache, values } = cacheOf<string>({ maxEntries: 2 });
    const fetched: string[] = [];
    const get = (key: string) =>
      cache.get(key, async () => {
        fetched.push(key);
        return key.toUpperCase();
      });
    expect([await get('a'), await get('b'), await get('a'), await get('c'), await get('a'), await get('b')]).toEqual([...'ABACAB']);
    expect(fetched).toEqual(['a', 'b', 'c', 'b']);
    expect(cache.size).toBe(2);
    expect(await values()).toEqual({ ratio: 2 / 6, hits: 2, misses: 4, evictions: 2, entries: 2, fetches: 4 });
  });

  it('lets look-ups of the same key wait for one fetch', async () => {
    const { cache, values } = cacheOf<number>({ maxEntries: 2 });
    let fetches = 0;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        cache.get('k', async () => {
          await sleep(5);
          return ++fetches;
        }),
      ),
    );
    expect(answers).toEqual([1, 1, 1, 1, 1]);
    expect(await values()).toMatchObject({ hits: 4, misses: 1, fetches: 1 });
  });

  it('passes failures on and does not keep them', async () => {
    const { cache, values } = cacheOf<number>({ maxEntries: 2 });
    const failing = () => Promise.reject(new Error('store is away'));
    await expect(Promise.all([cache.get('k', failing), cache.get('k', failing)])).rejects.toThrow('store is away');
    await expect(
      cache.get('k', () => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect(await cache.get('k', () => 7)).toBe(7);
    expect(await values()).toMatchObject({ entries: 1, misses: 3, fetches: 3 });
  });

  it('forgets what is too old or was deleted', async () => {
    let nowMs = 0;
    const { cache, values } = cacheOf<number>({ maxEntries: 2, ttlMs: 100, now: () => nowMs });
    let count = 0;
    const get = () => cache.get('k', () => ++count);
    expect([await get(), await get()]).toEqual([1, 1]);
    nowMs = 99;
    expect(await get()).toBe(1);
    nowMs = 100;
    expect(await get()).toBe(2);
    cache.delete('k');
    expect(await get()).toBe(3);
    expect(await values()).toMatchObject({ hits: 2, misses: 3, evictions: 0, entries: 1 });
  });

  it('refuses a size that is none', () => {
    expect(() => cacheOf({ maxEntries: 0 })).toThrow('maxEntries is 0, expected a whole number above 0');
  });
});
