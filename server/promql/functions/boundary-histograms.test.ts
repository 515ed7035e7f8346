import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { ALL_FEATURES } from '../../model/language-features.ts';
import { createQueryEngine } from '../engine/query-engine.ts';
import type { QueryEngine } from '../query.ts';
import { histogramOf } from '../testdata/histogram-series.ts';
import { storeWith } from '../testdata/store.ts';

const MINUTE = 60_000;

describe('histograms in ranges with edges', () => {
  let engine: QueryEngine;
  beforeAll(async () => {
    const series = (name: string, counts: readonly number[], hint: FloatHistogram['hint'] = 'unknown') => ({
      labels: { __name__: name },
      samples: counts.map((count, n) => ({
        timestampMs: n * MINUTE,
        value: 0,
        histogram: histogramOf({ schema: 0, positive: new Map([[0, count]]), hint }),
      })),
    });
    const store = await storeWith([
      series('steady', [0, 2, 4, 6, 8, 10, 12]),
      series('reset', [5, 10, 2, 4, 6]),
      series('gauge', [5, 10, 2], 'gauge'),
      { labels: { __name__: 'mixed' }, samples: [...series('', [1, 2]).samples, { timestampMs: 2 * MINUTE, value: 3 }] },
    ]);
    engine = createQueryEngine({ store, clock: systemClock, workers: 0, features: { ...ALL_FEATURES, delayedNameRemoval: false } });
  });

  async function at(expr: string, timeMs: number): Promise<number | undefined> {
    const { value } = await engine.instant({ expr: `histogram_count(${expr})`, timeMs });
    return value.type === 'vector' ? value.values[0] : undefined;
  }

  it('anchored begin with the last sample up to the left edge, and add what resets lost', async () => {
    expect(await at('increase(steady[90s] anchored)', 4 * MINUTE)).toBe(4);
    expect(await at('rate(steady[80s] anchored)', 4 * MINUTE)).toBe(4 / 80);
    expect(await at('increase(reset[4m] anchored)', 4 * MINUTE)).toBe(11);
    expect(await at('delta(gauge[2m] anchored)', 2 * MINUTE)).toBe(-3);
  });

  it('smoothed begin and end with what lies between', async () => {
    expect(await at('increase(steady[90s] smoothed)', 3 * MINUTE + 15_000)).toBe(3);
    expect(await at('increase(reset[90s] smoothed)', 3 * MINUTE)).toBe(3);
    expect(await at('increase(reset[1m] smoothed)', 90_000)).toBe(3.5);
    expect(await at('steady smoothed', 90_000)).toBe(3);
    expect(await at('steady smoothed', 7 * MINUTE)).toBe(12);
  });

  it('are counted, where floats in between are changes', async () => {
    const counted = async (expr: string) => {
      const { value } = await engine.instant({ expr, timeMs: 4 * MINUTE });
      return value.type === 'vector' ? [...value.values] : [];
    };
    expect(await counted('resets(reset[150s] anchored)')).toEqual([1]);
    expect(await counted('changes(reset[150s] anchored)')).toEqual([3]);
    expect(await counted('changes(mixed[5m] anchored)')).toEqual([2]);
  });

  it('are not mixed with floats, and gauges are no counters', async () => {
    const warningsOf = async (expr: string) => (await engine.instant({ expr, timeMs: 2 * MINUTE })).warnings;
    expect(await warningsOf('rate(mixed[5m] anchored)')).toEqual([
      'PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:6)',
    ]);
    expect(await warningsOf('rate(gauge[5m] anchored)')).toEqual([
      'PromQL warning: this native histogram metric is not a counter: "gauge" (1:6)',
    ]);
    await expect(engine.instant({ expr: 'steady[1m] anchored', timeMs: MINUTE })).rejects.toThrow(
      'histograms cannot be shown with anchored edges',
    );
  });
});
