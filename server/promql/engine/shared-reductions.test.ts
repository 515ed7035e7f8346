import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { NO_FEATURES } from '../../model/language-features.ts';
import type { MetricStore, Store } from '../../storage/store.ts';
import { chdb } from '../../storage/testing/implementations.ts';
import type { EncodedResult } from '../query.ts';
import { createQueryEngine } from './query-engine.ts';
import { ResultCache } from './result-cache.ts';
import { type Reduced, SharedReductions } from './shared-reductions.ts';

const never = new AbortController().signal;
const reducedOf = (isSharable = true): Reduced => ({
  rows: [],
  unreduced: [],
  samples: 1,
  cells: 1,
  memory: [new SharedArrayBuffer(8)],
  isSharable,
});

function later<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((...ways) => {
    [resolve, reject] = ways;
  });
  let calls = 0;
  const find = () => {
    calls++;
    return promise;
  };
  return { find, resolve, reject, calls: () => calls };
}

describe('what is found for several queries', () => {
  it('is found once, and its memory used again when all are done', async () => {
    const back: SharedArrayBuffer[] = [];
    const shared = new SharedReductions((memory) => back.push(memory));
    const work = later<Reduced>();
    const leases = [0, 1, 2].map(() => shared.lease('a', work.find, never));
    const reduced = reducedOf();
    work.resolve(reduced);
    const [first, ...others] = await Promise.all(leases);
    expect(work.calls()).toBe(1);
    expect([first, ...others].map((lease) => [lease?.reduced === reduced, lease?.isOfOther])).toEqual([
      [true, false],
      [true, true],
      [true, true],
    ]);
    first?.release(true);
    const late = await shared.lease('a', work.find, never);
    expect(work.calls()).toBe(1);
    for (const lease of [...others, late]) {
      expect(back).toEqual([]);
      lease?.release(true);
    }
    expect(back).toEqual(reduced.memory);
    const again = later<Reduced>();
    again.resolve(reducedOf());
    await shared.lease('a', again.find, never);
    expect(again.calls()).toBe(1);
  });

  it('keeps its memory from others when one of them was given up', async () => {
    const back: boolean[] = [];
    const shared = new SharedReductions((_, isDone) => back.push(isDone));
    const work = later<Reduced>();
    work.resolve(reducedOf());
    const leases = await Promise.all([0, 1].map(() => shared.lease('a', work.find, never)));
    leases[0]?.release(false);
    expect(back).toEqual([]);
    leases[1]?.release(true);
    expect(back).toEqual([false]);
  });

  it.each(['fails', 'yields too much', 'cannot be shared'])('is found anew when it %s', async (how) => {
    const shared = new SharedReductions(() => undefined);
    const [work, own] = [later<Reduced | undefined>(), later<Reduced | undefined>()];
    const first = shared.lease('a', work.find, never);
    const second = shared.lease('a', own.find, never);
    if (how === 'fails') work.reject(new Error('gone'));
    else work.resolve(how === 'cannot be shared' ? reducedOf(false) : undefined);
    const reduced = reducedOf();
    own.resolve(reduced);
    if (how === 'fails') await expect(first).rejects.toThrow('gone');
    else expect((await first)?.reduced.isSharable).toBe(how === 'cannot be shared' ? false : undefined);
    expect((await second)?.reduced).toBe(reduced);
    expect((await second)?.isOfOther).toBe(false);
  });

  it('is found anew as soon as it is known that it is for one query alone', async () => {
    const back: boolean[] = [];
    const shared = new SharedReductions((_, isFree) => back.push(isFree));
    const work = later<Reduced>();
    const find = (unshare: () => void) => {
      setImmediate(unshare);
      return work.find();
    };
    const first = shared.lease('a', find, never);
    const own = later<Reduced>();
    own.resolve(reducedOf());
    const second = await shared.lease('a', own.find, never);
    expect(second?.isOfOther).toBe(false);
    work.resolve(reducedOf(false));
    (await first)?.release(true);
    second?.release(true);
    expect(back).toEqual([true, true]);
  });

  it('is not waited for by who was stopped', async () => {
    const shared = new SharedReductions(() => undefined);
    const work = later<Reduced>();
    const first = shared.lease('a', work.find, never);
    const stop = new AbortController();
    const second = shared.lease('a', work.find, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(second).rejects.toThrow('stopped');
    work.resolve(reducedOf());
    expect((await first)?.isOfOther).toBe(false);
  });

  it('gives its memory back although the last who waited was stopped', async () => {
    const back: boolean[] = [];
    const shared = new SharedReductions((_, isFree) => back.push(isFree));
    const work = later<Reduced>();
    const stop = new AbortController();
    const first = shared.lease('a', work.find, never);
    const second = shared.lease('a', work.find, stop.signal);
    stop.abort(new Error('stopped'));
    work.resolve(reducedOf());
    (await first)?.release(true);
    await expect(second).rejects.toThrow('stopped');
    expect(back).toEqual([true]);
  });
});

describe('panels asked together', () => {
  const START = Date.UTC(2026, 2, 1);
  const MINUTE = 60_000;
  const HOURS = 9;
  const END = START + HOURS * 60 * MINUTE;
  let store: Store;
  let finish: () => Promise<void>;
  let reads = 0;
  const series = Array.from({ length: 60 }, (_, i) => Labels.from({ __name__: 'c_total', pod: `p${i}`, service: `s${i % 7}` }));
  const clock = new FakeClock(END);

  beforeAll(async () => {
    const { open, end } = await chdb('chdb').start();
    store = await open({ clock });
    finish = end;
    const appender = store.metrics.appender();
    for (const [i, labels] of series.entries()) {
      const ref = appender.seriesRef(labels);
      for (let t = START; t < END; t += MINUTE) appender.append(ref, t, ((t - START) / MINUTE) * i);
    }
    await appender.commit();
  });

  afterAll(async () => {
    await store.close();
    await finish();
  });

  const watched = (): MetricStore => {
    const { metrics } = store;
    const selectPacked: MetricStore['selectPacked'] = (...args) => {
      reads++;
      return metrics.selectPacked(...args);
    };
    const watching: Partial<MetricStore> = { select: (...args) => metrics.select(...args), selectPacked, changes: metrics.changes };
    return watching as MetricStore;
  };
  const panels = [
    'sum by (service) (rate(c_total[5m]))',
    'topk(3, rate(c_total[5m]))',
    'rate(c_total[5m])',
    'sum(rate(c_total{pod=~"p1.*"}[5m])) / sum(rate(c_total[5m]))',
    'sum(rate(c_total[10m]))',
  ];
  const span = { startMs: START + 10 * MINUTE, endMs: END, stepMs: MINUTE };

  it.each([0, 2])('are answered as one by one, with less reading, with %i workers', async (workers) => {
    const cache = new ResultCache({ maxBytes: 1e7 });
    const [engine, alone] = [
      createQueryEngine({ store: watched(), clock, workers, cache }),
      createQueryEngine({ store: store.metrics, clock, workers: 0 }),
    ];
    const expected = [];
    for (const expr of panels) expected.push(text(await alone.rangeJson({ expr, ...span })));
    for (const noCache of [true, false]) {
      reads = 0;
      const answers = await Promise.all([...panels, ...panels].map((expr) => engine.rangeJson({ expr, ...span, noCache })));
      expect(answers.map(text)).toEqual([...expected, ...expected]);
      // Without sharing they are twelve; small ones are not shared, and some begin when others have ended.
      expect(reads).toBeLessThan(noCache ? 7 : 12);
    }
    await Promise.all([engine.close(), alone.close()]);
  });

  it.each([
    ['names that are dropped late', { delayedNameRemoval: true }],
    ['labels of type and unit', { typeAndUnitLabels: true }],
  ])('are answered as one by one with %s', async (_, feature) => {
    const features = { ...NO_FEATURES, ...feature };
    const [engine, alone] = [2, 0].map((workers) => createQueryEngine({ store: store.metrics, clock, workers, features }));
    // Enough for what is above the rates to be evaluated in workers.
    const asked = { ...span, stepMs: 6_000 };
    const answers = await Promise.all([...panels, ...panels].map((expr) => engine?.rangeJson({ expr, ...asked })));
    for (const [i, answer] of answers.entries())
      expect(text(answer as EncodedResult)).toBe(
        text((await alone?.rangeJson({ expr: panels[i % panels.length] as string, ...asked })) as EncodedResult),
      );
    await Promise.all([engine?.close(), alone?.close()]);
  });

  it('see what was written before they were asked', async () => {
    const engine = createQueryEngine({ store: store.metrics, clock, workers: 1 });
    const expr = 'sum(last_over_time(c_total[2m]))';
    const newest = async () => {
      const { value } = await engine.range({ expr, ...span });
      return value.values[value.steps - 1];
    };
    const answers: Promise<number | undefined>[] = [];
    for (let round = 0; round < 5; round++) {
      const appender = store.metrics.appender();
      for (const labels of series) appender.append(appender.seriesRef(labels), END - MINUTE + 1 + round, round);
      await appender.commit();
      answers.push(newest(), newest());
    }
    // Maybe more: a query reads a little after it was asked.
    const sums = await Promise.all(answers);
    for (const [i, sum] of sums.entries()) expect(sum).toBeGreaterThanOrEqual(60 * Math.floor(i / 2));
    expect(sums.at(-1)).toBe(240);
    await engine.close();
  });
});

function text({ dataJson }: { readonly dataJson: readonly Uint8Array[] }): string {
  return Buffer.concat(dataJson).toString();
}
