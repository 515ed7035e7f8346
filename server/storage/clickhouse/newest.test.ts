// Lookups, which are answered from memory where it knows the newest samples, find what a look at all samples finds.
import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import { randomFrom } from '../../model/seeded-random.ts';
import { freshMemory, isPacked } from '../packed/packed-series.ts';
import { unpack } from '../packed/unpacker.ts';
import type { MetricSelection, MetricStore, SeriesSet } from '../store.ts';
import { chdb, memory, NOW, useStore } from '../testing/implementations.ts';
import { histogramOf, samplesOf, type TestSample, type TestValue } from '../testing/metric-samples.ts';

// Counts how many lookups memory answers alone.
const answered = vi.hoisted(() => ({ byMemory: 0, otherwise: 0 }));
vi.mock('./newest.ts', async (importActual) => {
  const actual = await importActual<typeof import('./newest.ts')>();
  const newestSamples: typeof actual.newestSamples = (...args) => {
    const found = actual.newestSamples(...args);
    if (!found) answered.otherwise++;
    else if (found.labels.length > 0) answered.byMemory++;
    return found;
  };
  return { ...actual, newestSamples };
});

const MINUTE = 60_000;
const SEED = Number(process.env.ALIDADE_SEED ?? 1);
const ROUNDS = process.env.ALIDADE_FULL === '1' ? 2_000 : 60;

/** The newest sample of each series, in the order of the series. */
type Newest = readonly (readonly [series: string, sample: TestSample | undefined])[];

function newestOf(sets: readonly SeriesSet[]): Newest {
  return sets.flatMap((set) => {
    const samples = samplesOf(set);
    const names = set.labels.map((labels) => labels.toString());
    // Nothing is there twice.
    expect(Object.keys(samples)).toHaveLength(names.length);
    if (set.isWithoutStale) expect(Object.values(samples).flat()).not.toContainEqual([expect.anything(), 'stale']);
    return names.map((name) => [name, samples[name]?.at(-1)] as const);
  });
}

/** What there is of a selection: by a look at all samples, and by lookups at once and in parts. */
async function ways(metrics: MetricStore, selection: MetricSelection, most = 1_000): Promise<Record<'all' | 'lookup' | 'parts', Newest>> {
  const lookup = { ...selection, isLookup: true };
  const parts: SeriesSet[] = [];
  for await (const part of metrics.selectPacked(lookup, {}, freshMemory(most))) parts.push(isPacked(part) ? unpack(part) : part);
  return {
    all: newestOf(await metrics.select([selection], {})),
    lookup: newestOf(await metrics.select([lookup], {})),
    parts: newestOf(parts),
  };
}

const named = (metric: string, ...others: Matcher[]): Matcher[] => [{ name: '__name__', type: '=', value: metric }, ...others];

describe('lookups', () => {
  const tested = useStore(chdb('chdb'));
  const reference = useStore(memory);

  it('find the newest samples, whatever has become of the series', async () => {
    const random = randomFrom(SEED);
    const below = (limit: number) => Math.floor(random() * limit);
    const clock = new FakeClock(NOW);
    // A flush is under way most of the time.
    const limits = { clock, outOfOrderMs: 30 * MINUTE, maxFutureMs: 30 * MINUTE };
    const flushing = { ...limits, flushSamples: 300 };
    let store = await tested.open(flushing);
    const expected = await reference.open(limits);
    const series = ['floats', 'mixed', 'deleted'].flatMap((metric) =>
      Array.from({ length: 12 }, (_, i) => Labels.from({ __name__: metric, i: `${i}`, half: `${i % 2}` })),
    );
    const written = new Set<string>();
    // What is committed is there at once.
    const durable: Promise<void>[] = [];

    const write = async () => {
      const samples: [Labels, number, TestValue][] = [];
      for (const labels of series) {
        // Some end early, and some begin late.
        const i = Number(labels.get('i'));
        if (random() < 0.4 || (i === 0 && clock.nowMs() > NOW + 30 * MINUTE) || (i === 1 && clock.nowMs() < NOW + 60 * MINUTE)) continue;
        const isOutOfOrder = random() < (labels.metricName === 'floats' ? 0.003 : 0.05);
        const timeMs = clock.nowMs() + (isOutOfOrder ? 15 - below(40) : 0) * MINUTE;
        const dice = random();
        const isHistogram = labels.metricName === 'mixed' && dice < 0.3;
        const value = dice > 0.85 ? 'stale' : [below(5), -0, Number.NaN, Number.POSITIVE_INFINITY, random()][below(5)];
        // Which of two late ones at one time stays depends on flushes.
        if (written.has(`${labels} ${timeMs}`)) continue;
        written.add(`${labels} ${timeMs}`);
        samples.push([labels, timeMs, isHistogram ? histogramOf(below(9)) : (value as TestValue)]);
      }
      for (const { metrics } of [store, expected]) {
        const appender = metrics.appender();
        for (const [labels, timeMs, value] of samples) {
          const ref = appender.seriesRef(labels);
          if (value === 'stale') appender.appendStale(ref, timeMs);
          else if (typeof value === 'number') appender.append(ref, timeMs, value);
          else appender.appendHistogram(ref, timeMs, value);
        }
        durable.push(appender.commit());
      }
    };
    const remove = async () => {
      const startMs = clock.nowMs() - below(40) * MINUTE;
      const query = { startMs, endMs: startMs + below(40) * MINUTE };
      const some = random() < 0.1 ? [] : [{ name: 'i', type: '=~', value: `${below(12)}|${below(12)}` } as const];
      for (const { metrics } of [store, expected]) await metrics.deleteSamples({ matcherSets: [named('deleted', ...some)], ...query }, {});
    };
    const compare = async () => {
      const metric = ['floats', 'floats', 'floats', 'mixed', 'deleted', 'deleted'][below(6)] as string;
      const half: Matcher[] = random() < 0.3 ? [{ name: 'half', type: '=', value: `${below(2)}` }] : [];
      const endMs = clock.nowMs() + ([0, 0, MINUTE, -below(40) * MINUTE, 30 * MINUTE][below(5)] as number);
      const startMs = endMs - ([1, 5, 5, 20, 300][below(5)] as number) * MINUTE + 1;
      const selection = { matchers: named(metric, ...half), startMs, endMs };
      const { all } = await ways(expected.metrics, selection);
      expect(await ways(store.metrics, selection, 1 + below(40))).toEqual({ all, lookup: all, parts: all });
    };

    for (let round = 0; round < ROUNDS; round++) {
      await clock.advance(below(90) * 1_000);
      await write();
      if (random() < 0.1) await remove();
      if (random() < 0.03) await store.metrics.cleanTombstones();
      if (random() < 0.03) store = await tested.reopen(flushing);
      for (let i = 0; i < 2; i++) await compare();
    }
    await Promise.all(durable);
    expect(Math.min(answered.byMemory, answered.otherwise)).toBeGreaterThan(ROUNDS / 2);
  });

  it('find what is left when a sample came while it was being deleted', async () => {
    const { metrics } = await tested.open();
    const write = (i: string, timeMs: number) => {
      const appender = metrics.appender();
      appender.append(appender.seriesRef(Labels.from({ __name__: 'm', i })), timeMs, 1);
      return appender.commit();
    };
    for (const i of ['asked', 'other']) await write(i, NOW - MINUTE);
    await write('asked', NOW);
    const reopened = (await tested.reopen()).metrics;
    // The engine is asked about the first; meanwhile the second gets a sample.
    const deleted = reopened.deleteSamples({ matcherSets: [named('m')], startMs: NOW - 1, endMs: NOW + MINUTE }, {});
    await new Promise(setImmediate);
    const appender = reopened.appender();
    appender.append(appender.seriesRef(Labels.from({ __name__: 'm', i: 'other' })), NOW, 2);
    await Promise.all([appender.commit(), deleted]);
    const [asked, other] = ['asked', 'other'].map((i) => [`m{i="${i}"}`, [NOW - MINUTE, 1]]);
    for (const [pattern, left] of [
      ['other', [other]],
      ['.*', [asked, other]],
    ] as const) {
      const matchers = named('m', { name: 'i', type: '=~', value: pattern });
      const found = await ways(reopened, { matchers, startMs: NOW - 5 * MINUTE, endMs: NOW });
      expect(found).toEqual({ all: left, lookup: left, parts: left });
    }
  });

  it('find them in more series than belong to one part', async () => {
    const { metrics } = await tested.open();
    const appender = metrics.appender();
    for (let i = 0; i < 20_500; i++) {
      const ref = appender.seriesRef(Labels.from({ __name__: 'm', i: `${i}` }));
      if (i % 3 === 0) appender.append(ref, NOW - 1_000, -i);
      if (i % 11 === 0) appender.appendStale(ref, NOW);
      // Too old for the lookup.
      else appender.append(ref, i % 7 === 0 ? NOW - 10 * MINUTE : NOW, i);
    }
    await appender.commit();
    const selection = { matchers: named('m'), startMs: NOW - 5 * MINUTE, endMs: NOW };
    const { all, lookup, parts } = await ways(metrics, selection);
    expect(all.length).toBeGreaterThan(10_000);
    // As lists, which are long.
    expect(JSON.stringify(lookup) === JSON.stringify(all)).toBe(true);
    expect(JSON.stringify(parts) === JSON.stringify(all)).toBe(true);
    const limits = { maxSamples: all.length - 1 };
    const isTooMuch = expect.objectContaining({ code: 'storage.too_many_samples' });
    await expect(metrics.select([{ ...selection, isLookup: true }], limits)).rejects.toEqual(isTooMuch);
    const reading = metrics.selectPacked({ ...selection, isLookup: true }, limits, freshMemory(1e6))[Symbol.asyncIterator]();
    await expect(reading.next()).rejects.toEqual(isTooMuch);
    const sizes: number[] = [];
    for await (const { labels } of metrics.selectPacked({ ...selection, isLookup: true }, {}, freshMemory(1e6))) sizes.push(labels.length);
    expect(sizes.slice(0, -1).every((size) => size === 10_000)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length);
  });
});
