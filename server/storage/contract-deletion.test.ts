// The contract of deleted samples, on every implementation.
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { openMemoryStore } from './memory/open.ts';
import { chdb, DAY, memory, NOW, useStore } from './testing/implementations.ts';
import { ALL, bySelector, histogramOf, ofMetrics, read, samplesOf, type TestSample, write, writeAll } from './testing/metric-samples.ts';

/** Of random writes and deletions. */
const ROUNDS = process.env.ALIDADE_FULL === '1' ? 40 : 10;

const everything = ofMetrics([]);

describe.each([memory, chdb('chdb'), chdb('chdb, flushing always', { flushSamples: 1 })])('deletion: $name', (implementation) => {
  const tested = useStore(implementation);
  const { open, reopen } = tested;
  const line = (from: number, to: number): TestSample[] => Array.from({ length: to - from }, (_, i) => [NOW + from + i, from + i]);
  /** Now, after a restart, after a cleaning and after a restart of that. */
  const always = [
    async () => tested.current(),
    () => reopen(),
    async () => {
      await tested.current().metrics.cleanTombstones();
      return tested.current();
    },
    () => reopen(),
  ];

  it('hides the span, both ends included, of matching series', async () => {
    const { metrics } = await open();
    await writeAll(metrics, 'a', line(0, 100));
    await writeAll(metrics, 'b', line(0, 100));
    await writeAll(metrics, 'h', [
      [NOW, histogramOf(1)],
      [NOW + 10, histogramOf(2)],
      [NOW + 11, histogramOf(3)],
    ]);
    await metrics.deleteSamples(ofMetrics(['a', 'h'], { startMs: NOW + 10, endMs: NOW + 89 }), {});
    for (const next of always) {
      const from = (await next()).metrics;
      expect(await read(from, 'a')).toEqual([...line(0, 10), ...line(90, 100)]);
      expect(await read(from, 'b')).toEqual(line(0, 100));
      expect(await read(from, 'h')).toEqual([[NOW, histogramOf(1)]]);
      const inside = { startMs: NOW + 10, endMs: NOW + 89 };
      expect(await from.labelValues('__name__', ofMetrics([], inside), {})).toEqual(['b']);
      expect((await from.series(ofMetrics([], { ...inside, endMs: NOW + 90 }), {})).map(String)).toEqual(['a', 'b']);
      expect(from.cardinality(5).seriesByMetricName.map(({ name }) => name)).toEqual(['a', 'b', 'h']);
    }
    await writeAll(tested.current().metrics, 'h', [[NOW + 10, histogramOf(4)]]);
    await writeAll(tested.current().metrics, 'a', [[NOW + 100, 1]]);
  });

  it('forgets series without samples left, and all that counts them', async () => {
    const { metrics } = await open();
    await writeAll(metrics, Labels.from({ __name__: 'gone', pod: 'x' }), line(0, 10));
    await writeAll(metrics, 'kept', line(0, 10));
    await metrics.deleteSamples(ofMetrics(['gone']), {});
    for (const next of always) {
      const store = await next();
      expect(store.stats().series).toBe(1);
      expect(await store.metrics.labelNames(everything, {})).toEqual(['__name__']);
      expect(store.metrics.cardinality(5)).toEqual({
        series: 1,
        labelPairs: 1,
        minMs: NOW,
        maxMs: NOW + 9,
        seriesByMetricName: [{ name: 'kept', count: 1 }],
        valuesByLabelName: [{ name: '__name__', count: 1 }],
        bytesByLabelName: [{ name: '__name__', count: 4 }],
        seriesByLabelPair: [{ name: '__name__=kept', count: 1 }],
      });
    }
  });

  it('takes later samples at the same times as new ones, again and again', { timeout: 120_000 }, async () => {
    let { metrics } = await open();
    const appender = metrics.appender();
    const heldRef = appender.seriesRef(Labels.from({ __name__: 'm' }));
    appender.rollback();
    for (let round = 0; round < 4; round++) {
      const samples = line(0, 50).map(([time, value]): TestSample => [time - NOW + round, Number(value) * 10 + round]);
      await writeAll(metrics, 'm', samples);
      await writeAll(metrics, 'other', samples);
      expect(await read(metrics, 'm')).toEqual(samples);
      if (round === 2) metrics = (await reopen()).metrics;
      expect(await read(metrics, 'm')).toEqual(samples);
      await metrics.deleteSamples(everything, {});
      expect(await metrics.select([{ matchers: [], ...ALL }], {})).toMatchObject([{ labels: [] }]);
      expect(metrics.cardinality(1)).toMatchObject({ series: 0, labelPairs: 0 });
      if (round === 1) {
        // A reference from before the deletion is still good.
        const again = metrics.appender();
        expect(again.append(heldRef, 3, 3)).toBe('ok');
        await again.commit();
        expect(await read(metrics, 'm')).toEqual([[3, 3]]);
        await metrics.deleteSamples(everything, {});
      }
    }
    await writeAll(metrics, 'm', [[1, 1]]);
    for (const next of always) {
      expect(await read((await next()).metrics, 'm')).toEqual([[1, 1]]);
      expect((await next()).metrics.cardinality(1).series).toBe(1);
    }
  });

  it('knows the newest sample that is left', async () => {
    const { metrics } = await open();
    await writeAll(metrics, 'm', line(0, 10));
    await writeAll(metrics, 'm', [[NOW + 10, histogramOf(10)]]);
    await reopen();
    await writeAll(tested.current().metrics, 'm', line(11, 20));
    await tested.current().metrics.deleteSamples(ofMetrics([], { startMs: NOW + 11, endMs: NOW + 500 }), {});
    const attempt: TestSample[] = [
      [NOW + 10, histogramOf(10)],
      [NOW + 10, histogramOf(11)],
      [NOW + 9, 9],
    ];
    for (const next of always)
      expect(await write((await next()).metrics, 'm', attempt)).toEqual(['duplicate', 'duplicate_other_value', 'out_of_order']);
    await writeAll(tested.current().metrics, 'm', [[NOW + 11, 7]]);
    expect(await read(tested.current().metrics, 'm')).toEqual([...line(0, 10), [NOW + 10, histogramOf(10)], [NOW + 11, 7]]);
  });

  it('is not undone by a deletion of nothing, and obeys abort', async () => {
    const { metrics } = await open();
    await writeAll(metrics, 'm', line(0, 10));
    await metrics.deleteSamples(ofMetrics(['unknown']), {});
    await metrics.deleteSamples(ofMetrics(['m'], { startMs: NOW + 100, endMs: NOW + 200 }), {});
    await metrics.deleteSamples(ofMetrics(['m'], { startMs: Number.MIN_SAFE_INTEGER, endMs: NOW - 1 }), {});
    await expect(metrics.deleteSamples(everything, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'storage.cancelled' });
    for (const next of always) expect(await read((await next()).metrics, 'm')).toEqual(line(0, 10));
  });

  it('leaves a reader what it had seen, and shows others nothing, while samples come', async () => {
    const { metrics } = await open();
    for (let round = 0; round < 5; round++) {
      await writeAll(metrics, 'm', line(0, 50));
      const parts = metrics.selectParts(bySelector('m'), 10, {})[Symbol.asyncIterator]();
      const first = await parts.next();
      await metrics.deleteSamples(everything, {});
      expect(samplesOf(first.value).m).toHaveLength(50);
      await parts.return?.(undefined);
      expect(await read(metrics, 'm')).toEqual([]);
    }
  });

  it('equals the reference on random writes and deletions', { timeout: 120_000 }, async () => {
    const limits = { outOfOrderMs: DAY };
    let { metrics } = await open(limits);
    const reference = openMemoryStore(new FakeClock(NOW), { maxFutureMs: 600_000, ...limits }).metrics;
    let seed = 5;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % n;
    };
    const same = async () => {
      const of = async (from: typeof metrics) => samplesOf((await from.select([{ matchers: [], ...ALL }], {}))[0]);
      expect(await of(metrics)).toEqual(await of(reference));
      expect(metrics.cardinality(9)).toEqual(reference.cardinality(9));
      const span = { startMs: NOW - random(2 * DAY), endMs: NOW - random(DAY) };
      expect(await metrics.labelValues('__name__', ofMetrics([], span), {})).toEqual(
        await reference.labelValues('__name__', ofMetrics([], span), {}),
      );
    };
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < 3; i++) {
        const name = `m${random(3)}`;
        const startMs = NOW - 2 * DAY + round * 3_600_000 - random(20) * 3_600_000;
        const samples = Array.from({ length: 20 }, (_, k): TestSample => {
          const at = startMs + k * 60_000;
          return [at, at % 7 === 0 ? histogramOf(at % 97) : at % 1009];
        });
        expect(await write(metrics, name, samples)).toEqual(await write(reference, name, samples));
      }
      if (random(2) === 0) {
        const startMs = NOW - 3 * DAY + random(3 * DAY);
        const query = ofMetrics([`m${random(3)}`], { startMs, endMs: startMs + random(DAY) });
        await Promise.all([metrics.deleteSamples(query, {}), reference.deleteSamples(query, {})]);
      }
      if (random(6) === 0) metrics = (await reopen(limits)).metrics;
      if (random(6) === 0) await metrics.cleanTombstones();
      if (random(3) === 0) await same();
    }
    await same();
    metrics = (await reopen(limits)).metrics;
    await same();
    await metrics.cleanTombstones();
    await same();
    metrics = (await reopen(limits)).metrics;
    await same();
  });
});
