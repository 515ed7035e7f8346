import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { createQueryEngine } from './engine/query-engine.ts';
import type { InstantQuery, RangeQuery } from './query.ts';
import { warmUp } from './warm-up.ts';

const NOW = Date.UTC(2026, 4, 1);
const MINUTE = 60_000;

async function storeWith(metrics: Readonly<Record<string, number>>) {
  const store = openMemoryStore(new FakeClock(NOW), {}).metrics;
  const appender = store.appender();
  for (const [name, series] of Object.entries(metrics))
    for (let i = 0; i < series; i++) {
      const ref = appender.seriesRef(Labels.from({ __name__: name, pod: `p${i}`, le: '1' }));
      for (let t = NOW - 50 * MINUTE; t <= NOW; t += MINUTE) appender.append(ref, t, i);
    }
  await appender.commit();
  return store;
}

/** An engine that notes what it is asked. */
function noting(store: Awaited<ReturnType<typeof storeWith>>) {
  const engine = createQueryEngine({ store, clock: new FakeClock(NOW), workers: 0 });
  const asked: (RangeQuery | InstantQuery)[] = [];
  const failed: unknown[] = [];
  const note = <Q extends RangeQuery | InstantQuery, A>(query: Q, answer: (query: Q) => Promise<A>) => {
    asked.push(query);
    return answer(query).catch((error: unknown) => {
      failed.push(error);
      throw error;
    });
  };
  const watched = {
    ...engine,
    isBusy: false,
    rangeJson: (query: RangeQuery) => note(query, (each) => engine.rangeJson(each)),
    instantJson: (query: InstantQuery) => note(query, (each) => engine.instantJson(each)),
  };
  return { watched: watched as typeof watched & typeof engine, asked, failed };
}

describe('before anybody asks', () => {
  it('the engine is asked about the largest counter, histogram and gauge, of times when they had samples', async () => {
    const store = await storeWith({ small_total: 5, requests_total: 30, seconds_bucket: 40, depth: 25, other_total: 21 });
    const { watched, asked, failed } = noting(store);
    await warmUp(watched, store, new AbortController().signal);
    const texts = asked.map(({ expr }) => expr).join('\n');
    expect(failed).toEqual([]);
    for (const name of ['requests_total', 'seconds_bucket', 'depth']) expect(texts).toContain(`"${name}"`);
    expect(texts).not.toMatch(/small_total|other_total/);
    const ranges = asked.filter((query): query is RangeQuery => 'stepMs' in query);
    expect(new Set(ranges.map(({ stepMs }) => stepMs))).toEqual(new Set([15_000]));
    expect(ranges.every(({ endMs, noCache }) => endMs <= NOW && endMs > NOW - MINUTE && noCache)).toBe(true);
  });

  it('nothing is asked where there is little, and nothing more once the server stops', async () => {
    const little = await storeWith({ small_total: 5 });
    const { watched, asked } = noting(little);
    await warmUp(watched, little, new AbortController().signal);
    expect(asked).toEqual([]);
    const store = await storeWith({ requests_total: 30 });
    const stopping = noting(store);
    const stop = new AbortController();
    const rangeJson = stopping.watched.rangeJson;
    stopping.watched.rangeJson = (query) => {
      stop.abort();
      return rangeJson(query);
    };
    await warmUp(stopping.watched, store, stop.signal);
    expect(stopping.asked.length).toBeLessThanOrEqual(4);
  });

  it('others come first', async () => {
    const store = await storeWith({ requests_total: 30 });
    const { watched, asked } = noting(store);
    let looks = 0;
    Object.defineProperty(watched, 'isBusy', { get: () => ++looks < 4 });
    await warmUp(watched, store, new AbortController().signal);
    expect(looks).toBeGreaterThan(3);
    expect(asked.length).toBeGreaterThan(0);
  });
});
