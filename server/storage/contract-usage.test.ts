// What the store knows about its series without reading them, on every implementation.
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import type { MetricStore, SeriesLife } from './store.ts';
import { chdb, memory, NOW, useStore } from './testing/implementations.ts';

async function append(metrics: MetricStore, labels: Record<string, string>, fromMs: number, count: number, endsStale = false) {
  const appender = metrics.appender();
  const ref = appender.seriesRef(Labels.from(labels));
  for (let i = 0; i < count; i++) appender.append(ref, fromMs + i * 1_000, i);
  if (endsStale) appender.appendStale(ref, fromMs + count * 1_000);
  await appender.commit();
}

async function allLives(metrics: MetricStore): Promise<[string, number, number, boolean][]> {
  const lives: SeriesLife[] = [];
  for await (const slice of metrics.lives({})) lives.push(...slice);
  return lives
    .map(({ labels, firstMs, lastMs, hasEnded }): [string, number, number, boolean] => [String(labels), firstMs, lastMs, hasEnded])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

describe.each([memory, chdb('chdb')])('$name', (implementation) => {
  const { open, reopen, current } = useStore(implementation);

  it('tells when series live and how many samples their metrics have', async () => {
    const { metrics } = await open();
    const START = NOW - 3_600_000;
    await append(metrics, { __name__: 'a', pod: 'x' }, START, 10);
    await append(metrics, { __name__: 'a', pod: 'y' }, START + 60_000, 10, true);
    await append(metrics, { __name__: 'b' }, START, 5);
    const unused = metrics.appender();
    unused.seriesRef(Labels.from({ __name__: 'never' }));
    unused.rollback();
    for (const next of [async () => current(), () => reopen(), async () => current()]) {
      const from = (await next()).metrics;
      expect(await allLives(from)).toEqual([
        ['a{pod="x"}', START, START + 9_000, false],
        ['a{pod="y"}', START + 60_000, START + 70_000, true],
        ['b', START, START + 4_000, false],
      ]);
      expect(await from.samplesByMetric(START, {})).toEqual(
        new Map([
          ['a', 21],
          ['b', 5],
        ]),
      );
      expect(await from.samplesByMetric(START + 60_000, {})).toEqual(new Map([['a', 11]]));
    }
    const aborted = AbortSignal.abort();
    await expect(current().metrics.samplesByMetric(START, { signal: aborted })).rejects.toMatchObject({ code: 'storage.cancelled' });
  });

  it('tells what signals take on disk', async () => {
    const { metrics } = await open();
    await append(metrics, { __name__: 'a' }, NOW - 3_600_000, 1_000);
    const sizes = await (await reopen()).sizes({});
    if (implementation === memory) return expect(sizes.metrics).toEqual({ bytes: 0, entries: 0, rawBytes: 0 });
    expect(sizes.metrics).toMatchObject({ entries: 1_000, rawBytes: 16_000 });
    expect(sizes.metrics.bytes).toBeGreaterThan(0);
    expect(sizes.traces).toEqual({ bytes: 0, entries: 0, rawBytes: 0 });
  });
});
