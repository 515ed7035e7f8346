// The contract of native histograms among samples, on every implementation.
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '../model/histogram.ts';
import { encodeHistogram } from '../model/histogram-codec.ts';
import { Labels } from '../model/labels.ts';
import type { SeriesSet } from './store.ts';
import { chdb, DAY, memory, NOW, useStore } from './testing/implementations.ts';
import { bySelector, histogramOf, read, samplesOf, type TestSample, write, writeAll } from './testing/metric-samples.ts';

const UNUSUAL: readonly FloatHistogram[] = [
  histogramOf(1, { hint: 'gauge', schema: -4, positiveSpans: [], positiveBuckets: new Float64Array(0), sum: Number.NaN }),
  histogramOf(2, { schema: 8, negativeSpans: [{ offset: 0, length: 2 }], negativeBuckets: Float64Array.of(0.5, -1.25) }),
  histogramOf(3, {
    schema: CUSTOM_BUCKETS_SCHEMA,
    zeroThreshold: 0,
    zeroCount: 0,
    positiveSpans: [{ offset: 0, length: 3 }],
    customValues: Float64Array.of(-1, 2.5, 1e9),
  }),
  histogramOf(4, { hint: 'reset', sum: Number.POSITIVE_INFINITY, count: 2 ** 60 }),
];

describe.each([memory, chdb('chdb'), chdb('chdb, flushing always', { flushSamples: 1 })])('histograms: $name', (implementation) => {
  const tested = useStore(implementation);
  const { open, reopen } = tested;
  const stores = [async () => tested.current(), () => reopen()];

  it('come back as they were, among floats and stale markers', async () => {
    const { metrics } = await open();
    const samples: TestSample[] = [
      [NOW - 7 * DAY, histogramOf(1)],
      [NOW - 7 * DAY + 1, 1.5],
      [NOW - 60_000, histogramOf(2)],
      [NOW - 45_000, 'stale'],
      ...UNUSUAL.map((histogram, i): TestSample => [NOW - 30_000 + i, histogram]),
      [NOW, Number.NaN],
    ];
    for (const sample of samples) await writeAll(metrics, 'h', [sample]);
    await writeAll(metrics, 'f', [[NOW, 1]]);
    for (const next of stores) {
      const from = (await next()).metrics;
      expect(await read(from, 'h')).toEqual(samples);
      expect(await read(from, 'h', { startMs: NOW - 50_000, endMs: NOW - 29_999 })).toEqual(samples.slice(3, 6));
      const [floats] = await from.select([bySelector('f')], {});
      expect(floats?.histograms).toBeUndefined();
    }
  });

  it('come in parts, too, next to series without any', async () => {
    const { metrics } = await open();
    const samples = (id: number): TestSample[] =>
      Array.from({ length: 40 }, (_, i) => [NOW + i * 1000, id % 2 === 0 ? i : histogramOf(i * id)]);
    for (let id = 0; id < 6; id++) await writeAll(metrics, Labels.from({ __name__: 'm', id: `${id}` }), samples(id));
    for (const next of stores) {
      const from = (await next()).metrics;
      const parts: SeriesSet[] = [];
      for await (const part of from.selectParts(bySelector('m'), 50, {})) parts.push(part);
      expect(parts.length).toBeGreaterThan(3);
      expect(Object.assign({}, ...parts.map(samplesOf))).toEqual(
        Object.fromEntries(Array.from({ length: 6 }, (_, id) => [`m{id="${id}"}`, samples(id)])),
      );
      for (const part of parts)
        expect(part.histograms !== undefined).toBe(part.labels.some((labels) => Number(labels.get('id')) % 2 === 1));
    }
  });

  it('follow the rules of floats: a duplicate is one by its bytes', async () => {
    await open();
    await writeAll(tested.current().metrics, 'h', [[NOW, histogramOf(1)]]);
    for (const next of stores) {
      const { metrics } = await next();
      const again: TestSample[] = [
        [NOW, histogramOf(1)],
        [NOW, histogramOf(2)],
        [NOW, histogramOf(1, { hint: 'gauge' })],
        [NOW, 1],
        [NOW, 'stale'],
        [NOW - 1, histogramOf(1)],
        [NOW + 600_001, histogramOf(1)],
        [-1, histogramOf(1)],
      ];
      const other = 'duplicate_other_value';
      expect(await write(metrics, 'h', again)).toEqual([
        'duplicate',
        other,
        other,
        other,
        other,
        'out_of_order',
        'too_far_in_future',
        'too_old',
      ]);
    }
    const { metrics } = tested.current();
    const mixed: TestSample[] = [
      [NOW + 1, 7],
      [NOW + 1, histogramOf(7)],
      [NOW + 2, histogramOf(8)],
      [NOW + 2, histogramOf(8)],
    ];
    expect(await write(metrics, 'h', mixed)).toEqual(['ok', 'duplicate_other_value', 'ok', 'duplicate']);
    expect(await read(metrics, 'h')).toEqual([[NOW, histogramOf(1)], mixed[0], mixed[2]]);
  });

  it('are not mixed up with a float that has the bits of their mark', async () => {
    const { metrics } = await open();
    const bits = Uint32Array.of(0, 0x7ffb1a7e);
    const value = new Float64Array(bits.buffer)[0] as number;
    await writeAll(metrics, 'h', [
      [NOW, histogramOf(1)],
      [NOW + 1, value],
      [NOW + 2, histogramOf(2)],
    ]);
    for (const next of stores)
      expect(await read((await next()).metrics, 'h')).toEqual([
        [NOW, histogramOf(1)],
        [NOW + 1, Number.NaN],
        [NOW + 2, histogramOf(2)],
      ]);
  });

  it('count for the memory of the head', async () => {
    const { metrics } = await open();
    const wide = histogramOf(1, {
      positiveSpans: [{ offset: 0, length: 1000 }],
      positiveBuckets: Float64Array.from({ length: 1000 }, (_, i) => i / 7),
    });
    const appender = metrics.appender();
    appender.appendHistogram(appender.seriesRef(Labels.from({ __name__: 'h' })), NOW, wide);
    const durable = appender.commit();
    if (implementation !== memory) expect(tested.current().stats().pendingBytes).toBeGreaterThan(encodeHistogram(wide).length);
    await durable;
    expect(await read(tested.current().metrics, 'h')).toEqual([[NOW, wide]]);
    if (implementation.name !== 'chdb, flushing always') return;
    await expect.poll(() => tested.current().stats().pendingBytes).toBe(0);
  });

  it('go with their retention', async () => {
    const clock = new FakeClock(NOW);
    const retention = { metricsMs: 10 * DAY, logsMs: 10 * DAY, tracesMs: 10 * DAY };
    const { metrics } = await open({ clock, retention });
    await writeAll(metrics, 'h', [[NOW, histogramOf(1)]]);
    await writeAll(metrics, 'gone', [[NOW, histogramOf(1)]]);
    await clock.advance(20 * DAY);
    await writeAll(metrics, 'h', [[NOW + 20 * DAY, histogramOf(2)]]);
    await tested.current().enforceRetention();
    for (const next of [stores[0], () => reopen({ clock, retention })]) {
      const from = (await next?.())?.metrics;
      if (!from) throw new Error('no store');
      expect(await read(from, 'h')).toEqual([[NOW + 20 * DAY, histogramOf(2)]]);
      expect(await read(from, 'gone')).toEqual([]);
    }
  });
});
