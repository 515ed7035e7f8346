// The contract of samples that come late, on every implementation.
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { openMemoryStore } from './memory/open.ts';
import type { MetricStore } from './store.ts';
import { chdb, DAY, memory, NOW, useStore } from './testing/implementations.ts';
import { ALL, bySelector, histogramOf, ofMetrics, read, samplesOf, type TestSample, write, writeAll } from './testing/metric-samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WINDOW = { outOfOrderMs: HOUR };

describe.each([memory, chdb('chdb'), chdb('chdb, flushing always', { flushSamples: 1 })])('late samples: $name', (implementation) => {
  const tested = useStore(implementation);
  const { open, reopen } = tested;
  const stores = [async () => tested.current(), () => reopen(WINDOW)];

  it('are refused without a window', async () => {
    const { metrics } = await open();
    await writeAll(metrics, 'm', [[NOW, 1]]);
    expect(
      await write(metrics, 'm', [
        [NOW - 1, 1],
        [NOW - DAY, 1],
      ]),
    ).toEqual(['out_of_order', 'out_of_order']);
  });

  it('are taken as soon as there is a window, and refused when it is gone', async () => {
    const { metrics } = await open();
    await writeAll(metrics, 'm', [[NOW, 1]]);
    expect(await write(metrics, 'm', [[NOW - MINUTE, 2]])).toEqual(['out_of_order']);
    metrics.setOutOfOrderMs(HOUR);
    expect(
      await write(metrics, 'm', [
        [NOW - MINUTE, 2],
        [NOW - DAY, 3],
      ]),
    ).toEqual(['ok', 'too_old']);
    metrics.setOutOfOrderMs(0);
    expect(await write(metrics, 'm', [[NOW - 2 * MINUTE, 4]])).toEqual(['out_of_order']);
    for (const next of [async () => tested.current(), () => reopen()]) {
      expect(await read((await next()).metrics, 'm')).toEqual([
        [NOW - MINUTE, 2],
        [NOW, 1],
      ]);
    }
  });

  it('are taken within the window, which ends at the newest sample of all', async () => {
    const { metrics } = await open(WINDOW);
    await writeAll(metrics, 'm', [
      [NOW - 2 * HOUR, 1],
      [NOW, 2],
    ]);
    expect(
      await write(metrics, 'm', [
        [NOW - HOUR, 3],
        [NOW - HOUR - 1, 4],
        [NOW - 1, histogramOf(5)],
        [NOW - 2, 'stale'],
        [NOW, 6],
      ]),
    ).toEqual(['ok', 'too_old', 'ok', 'ok', 'duplicate_other_value']);
    await writeAll(metrics, 'newer', [[NOW + 5 * MINUTE, 1]]);
    expect(
      await write(metrics, 'm', [
        [NOW - HOUR + 4 * MINUTE, 7],
        [NOW - 55 * MINUTE, 8],
      ]),
    ).toEqual(['too_old', 'ok']);
    expect(tested.current().stats().samplesRefused).toMatchObject({ too_old: 2, duplicate_other_value: 1 });
    for (const next of stores) {
      const from = (await next()).metrics;
      expect(await read(from, 'm')).toEqual([
        [NOW - 2 * HOUR, 1],
        [NOW - HOUR, 3],
        [NOW - 55 * MINUTE, 8],
        [NOW - 2, 'stale'],
        [NOW - 1, histogramOf(5)],
        [NOW, 2],
      ]);
      expect(await read(from, 'm', { startMs: NOW - HOUR, endMs: NOW - 2 })).toHaveLength(3);
      expect(await from.labelValues('__name__', { matcherSets: [], startMs: NOW - HOUR, endMs: NOW - HOUR }, {})).toEqual(['m']);
    }
  });

  it('of a series that is hours behind are measured against its own newest sample', async () => {
    const { metrics } = await open(WINDOW);
    await writeAll(metrics, 'now', [[NOW, 1]]);
    await writeAll(metrics, 'history', [
      [0, 0],
      [DAY, 1],
    ]);
    expect(
      await write(metrics, 'history', [
        [DAY - HOUR, 2],
        [DAY - HOUR - 1, 3],
      ]),
    ).toEqual(['ok', 'too_old']);
    for (const next of stores)
      expect(await read((await next()).metrics, 'history')).toEqual([
        [0, 0],
        [DAY - HOUR, 2],
        [DAY, 1],
      ]);
  });

  it('take the place of what was there, but the first of several at one time stays', async () => {
    const { metrics } = await open(WINDOW);
    const times = [NOW - 3 * MINUTE, NOW - 2 * MINUTE, NOW - MINUTE, NOW];
    for (const [i, time] of times.entries()) await writeAll(metrics, 'm', [[time, i]]);
    await writeAll(metrics, 'm', [
      [NOW - 2 * MINUTE, 10],
      [NOW - 90_000, 20],
      [NOW - 90_000, 30],
    ]);
    const expected: TestSample[] = [
      [NOW - 3 * MINUTE, 0],
      [NOW - 2 * MINUTE, 10],
      [NOW - 90_000, 20],
      [NOW - MINUTE, 2],
      [NOW, 3],
    ];
    for (const next of stores) expect(await read((await next()).metrics, 'm')).toEqual(expected);
    const { metrics: later } = tested.current();
    await expect(later.select([bySelector('m')], { maxSamples: 4 })).rejects.toMatchObject({ code: 'storage.too_many_samples' });
    const parts: TestSample[] = [];
    for await (const part of later.selectParts(bySelector('m'), 10, {})) parts.push(...(samplesOf(part).m ?? []));
    expect(parts).toEqual(expected);
  });

  it('follow the same rules within a batch and between two open batches', async () => {
    const { metrics } = await open(WINDOW);
    const [one, two] = [metrics.appender(), metrics.appender()];
    const ref = one.seriesRef(Labels.from({ __name__: 'm' }));
    expect(one.append(ref, NOW, 1)).toBe('ok');
    // Nothing is stored yet, so the window has no end but the sample before.
    expect(one.append(ref, NOW - HOUR, 2)).toBe('ok');
    expect(two.append(ref, NOW - MINUTE, 3)).toBe('ok');
    expect(two.append(ref, NOW - 2 * MINUTE, 4)).toBe('ok');
    await one.commit();
    await two.commit();
    for (const next of stores)
      expect(await read((await next()).metrics, 'm')).toEqual([
        [NOW - HOUR, 2],
        [NOW - 2 * MINUTE, 4],
        [NOW - MINUTE, 3],
        [NOW, 1],
      ]);
  });

  it('equal the reference on random batches', { timeout: 120_000 }, async () => {
    const limits = { outOfOrderMs: 6 * HOUR };
    let { metrics } = await open(limits);
    const reference = openMemoryStore(new FakeClock(NOW), { maxFutureMs: 600_000, ...limits }).metrics;
    const random = lcg(11);
    const same = async (span: { readonly startMs: number; readonly endMs: number }) => {
      const [ours, theirs] = await Promise.all([allOf(metrics, span), allOf(reference, span)]);
      expect(ours).toEqual(theirs);
      const [names, others] = await Promise.all([
        metrics.labelValues('id', ofMetrics([], span), {}),
        reference.labelValues('id', ofMetrics([], span), {}),
      ]);
      expect(names).toEqual(others);
    };
    for (let batch = 0; batch < 40; batch++) {
      const [a, b] = [metrics.appender(), reference.appender()];
      const baseMs = NOW - 3 * DAY + batch * HOUR;
      for (let i = 0; i < 60; i++) {
        const labels = Labels.from({ __name__: 'm', id: `${random(4)}` });
        const at = baseMs + i * MINUTE - (random(3) === 0 ? random(9 * HOUR) : 0);
        // What comes late at one time is the same: which of two wins may hang on a flush between them.
        const [refA, refB] = [a.seriesRef(labels), b.seriesRef(labels)];
        if (at % 5 === 0) expect(a.appendHistogram(refA, at, histogramOf(at % 89))).toBe(b.appendHistogram(refB, at, histogramOf(at % 89)));
        else expect(a.append(refA, at, at % 1000)).toBe(b.append(refB, at, at % 1000));
      }
      await Promise.all([a.commit(), b.commit()]);
      if (batch % 15 === 7) metrics = (await reopen(limits)).metrics;
      const startMs = baseMs - random(2 * DAY);
      if (batch % 5 === 0) await same({ startMs, endMs: startMs + random(DAY) });
    }
    await same(ALL);
    metrics = (await reopen(limits)).metrics;
    await same(ALL);
    expect(metrics.cardinality(10)).toEqual(reference.cardinality(10));
  });

  it('never show twice or get lost while flushes run', { timeout: 120_000 }, async () => {
    const { metrics } = await open(WINDOW);
    let written = 0;
    const timeOf = (i: number) => NOW - 1000 + (i % 2 === 0 ? i : i - 10 * (i % 40));
    const writer = async () => {
      for (let i = 0; i < 100; i++) {
        await write(metrics, 'm', [[timeOf(i), i]]);
        written = i + 1;
      }
      written = Number.POSITIVE_INFINITY;
    };
    const reader = async () => {
      while (written <= 100) {
        const before = written;
        const samples = await read(metrics, 'm');
        const times = new Set(samples.map(([time]) => time));
        expect(times.size).toBe(samples.length);
        for (let i = 0; i < before; i++) expect(times).toContain(timeOf(i));
        expect([...times]).toEqual([...times].sort((a, b) => a - b));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([writer(), reader()]);
  });
});

async function allOf(
  metrics: MetricStore,
  span: { readonly startMs: number; readonly endMs: number },
): Promise<Record<string, TestSample[]>> {
  const [set] = await metrics.select([{ matchers: [], ...span }], {});
  return samplesOf(set);
}

function lcg(start: number): (n: number) => number {
  let seed = start;
  return (n) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % n;
  };
}
