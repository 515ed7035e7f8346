// The view must show what a store would hold whose samples had been relabelled before they were written.
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import { randomFrom } from '../model/seeded-random.ts';
import { relabel } from '../relabel/relabel.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import type { MetricStore, SeriesSet } from '../storage/store.ts';
import { ReducedStore } from './reduced-store.ts';
import { dropLabel, dropMetrics, replaceIds, toRule } from './reduction.ts';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;

interface Written {
  readonly labels: Labels;
  readonly timesMs: readonly number[];
  readonly endsStale: boolean;
}

async function storeOf(series: readonly Written[]): Promise<MetricStore> {
  const { metrics } = openMemoryStore(new FakeClock(NOW), { outOfOrderMs: 10 * 3_600_000 });
  for (const { labels, timesMs, endsStale } of series) {
    const appender = metrics.appender();
    const ref = appender.seriesRef(labels);
    for (const timeMs of timesMs) appender.append(ref, timeMs, timeMs % 1_009);
    if (endsStale) appender.appendStale(ref, (timesMs.at(-1) as number) + 1);
    await appender.commit();
  }
  return metrics;
}

/** Every sample by its bits. */
function shown(set: SeriesSet | undefined): unknown[] {
  if (!set) return [];
  const { labels, offsets, timestampsMs, values } = set;
  const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  return labels.map((one, i) => [
    String(one),
    Array.from({ length: (offsets[i + 1] as number) - (offsets[i] as number) }, (_, k) => {
      const row = (offsets[i] as number) + k;
      return [timestampsMs[row], String(bits[row])];
    }),
  ]);
}

const RULES = [dropMetrics(['gone', 'odd.name']), dropLabel('merges', 'pod'), ...replaceIds('paths', 'path')].map(toRule);
const REDUCTION = { rules: RULES, metrics: new Set(['gone', 'odd.name', 'merges', 'paths']), labels: new Set(['pod', 'path']) };
const SELECTORS: readonly (readonly Matcher[])[] = [
  [{ type: '=~', name: '__name__', value: '.+' }],
  [{ type: '=', name: '__name__', value: 'merges' }],
  [{ type: '=', name: '__name__', value: 'gone' }],
  [{ type: '=', name: 'path', value: '/users/:id' }],
  [
    { type: '=', name: 'zone', value: 'a' },
    { type: '=', name: 'pod', value: '' },
  ],
  [
    { type: '=~', name: '__name__', value: 'merges|kept' },
    { type: '!=', name: 'pod', value: 'pod-3' },
  ],
];

/** Series of each kind; those that become one follow each other in time. */
function randomSeries(random: () => number): Written[] {
  const series: Written[] = [];
  const add = (labels: Record<string, string>, fromMinute: number, minutes: number) => {
    const timesMs = Array.from({ length: minutes }, (_, i) => NOW - (600 - fromMinute - i) * MINUTE);
    series.push({ labels: Labels.from(labels), timesMs, endsStale: random() < 0.5 });
  };
  for (const zone of ['a', 'b']) {
    for (const name of ['gone', 'odd.name', 'kept']) for (let i = 0; i < 3; i++) add({ __name__: name, zone, pod: `pod-${i}` }, 0, 5);
    for (let i = 0, at = 0; i < 8; i++) {
      const minutes = 1 + Math.floor(random() * 10);
      add({ __name__: 'merges', zone, ...(i > 0 && { pod: `pod-${i}` }) }, at, minutes);
      add({ __name__: 'paths', zone, path: `/users/${Math.floor(random() * 1e6)}` }, at, minutes);
      at += minutes + Math.floor(random() * 5);
    }
    add({ __name__: 'paths', zone, path: '/health' }, 0, 100);
  }
  return series;
}

describe('reduced store', () => {
  it.each([1, 2, 3, 4])('shows what relabelling before writing would have stored (%i)', async (seed) => {
    const series = randomSeries(randomFrom(seed));
    const expected = await storeOf(
      series.flatMap((one) => {
        const labels = relabel(one.labels, RULES);
        return labels ? [{ ...one, labels }] : [];
      }),
    );
    const view = new ReducedStore(await storeOf(series), REDUCTION);
    for (const matchers of SELECTORS) {
      for (const span of [
        { startMs: 0, endMs: NOW },
        { startMs: NOW - 590 * MINUTE, endMs: NOW - 570 * MINUTE },
      ]) {
        const [own] = await view.select([{ matchers, ...span }], {});
        const [wanted] = await expected.select([{ matchers, ...span }], {});
        expect(shown(own), JSON.stringify(matchers)).toEqual(shown(wanted));
        const parts: unknown[] = [];
        for await (const part of view.selectParts({ matchers, ...span }, 10, {})) parts.push(...shown(part));
        expect(parts).toEqual(shown(wanted));
      }
    }
  });
});
