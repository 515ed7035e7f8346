// The contract of metrics, on every implementation.
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import type { Matcher, MatchType } from '../model/matcher.ts';
import { randomFrom } from '../model/seeded-random.ts';
import { bitsOf, isStaleAt, writeStaleAt } from '../model/stale.ts';
import { openMemoryStore } from './memory/open.ts';
import type { AppendOutcome, LabelQuery, MetricSelection, SeriesSet, Store } from './store.ts';
import { chdb, DAY, memory, NOW, useStore } from './testing/implementations.ts';

const ALL = { startMs: 0, endMs: NOW + 10 * DAY };

describe.each([memory, chdb('chdb'), chdb('chdb, flushing always', { flushSamples: 1 })])('metrics: $name', (implementation) => {
  const tested = useStore(implementation);
  const { open, reopen } = tested;
  const current = async (): Promise<Store> => tested.current();

  it('gives back what was appended, in label order and time order', async () => {
    const { metrics } = await open();
    await append(metrics, { __name__: 'b', x: '2' }, [[NOW, 1.5]]);
    await append(metrics, { __name__: 'b', x: '1' }, [
      [NOW - 30_000, 1],
      [NOW - 15_000, 2],
      [NOW, 3],
    ]);
    await append(metrics, { __name__: 'a' }, [[NOW, 7]]);
    const { metrics: later } = await reopen();
    const [b, a] = await later.select([select('b'), select('a')], {});
    expect(plain(b)).toEqual([
      [
        'b{x="1"}',
        [
          [NOW - 30_000, 1],
          [NOW - 15_000, 2],
          [NOW, 3],
        ],
      ],
      ['b{x="2"}', [[NOW, 1.5]]],
    ]);
    expect(plain(a)).toEqual([['a', [[NOW, 7]]]]);
  });

  it('shows a batch at once, before it is durable', async () => {
    const { metrics } = await open();
    const appender = metrics.appender();
    appender.append(appender.seriesRef(labels({ __name__: 'm' })), NOW, 1);
    expect(plain((await metrics.select([select('m')], {}))[0])).toEqual([]);
    const durable = appender.commit();
    expect(plain((await metrics.select([select('m')], {}))[0])).toEqual([['m', [[NOW, 1]]]]);
    await durable;
  });

  it('takes a run of samples as it takes them one by one', async () => {
    const { metrics } = await open({ outOfOrderMs: 5_000 });
    const random = randomFrom(11);
    for (let round = 0; round < 20; round++) {
      const values = new Float64Array(40).map(() => [1, 1, 2, -0, Number.NaN][Math.floor(random() * 5)] as number);
      const run = { timesMs: values.map(() => NOW + round * 20_000 + Math.floor(random() * 12) * 1_000), values, bits: bitsOf(values) };
      for (let i = 0; i < values.length; i++) if (random() < 0.1) writeStaleAt(run.bits, i);
      run.timesMs[7] = random() < 0.5 ? 2 ** 60 : -(2 ** 60);
      const appender = metrics.appender();
      const [one, whole] = ['one', 'whole'].map((series) => appender.seriesRef(labels({ __name__: 'm', series })));
      const outcomes = [...run.timesMs].map((time, i): AppendOutcome => {
        if (!Number.isSafeInteger(time)) return time < 0 ? 'too_old' : 'too_far_in_future';
        return isStaleAt(run.bits, i)
          ? appender.appendStale(one as number, time)
          : appender.append(one as number, time, values[i] as number);
      });
      const refused = new Map<number, AppendOutcome>();
      const taken = appender.appendRun(whole as number, run, values.length, (i, outcome) => refused.set(i, outcome));
      const isTaken = (outcome: AppendOutcome) => outcome === 'ok' || outcome === 'duplicate';
      expect([...refused]).toEqual([...outcomes.entries()].filter(([, outcome]) => !isTaken(outcome)));
      expect(taken).toBe(outcomes.filter(isTaken).length);
      await appender.commit();
    }
    const [set] = await (await reopen()).metrics.select([select('m')], {});
    const [one, whole] = plain(set);
    expect(whole?.[1]).toEqual(one?.[1]);
    expect(one?.[1]).not.toHaveLength(0);
  });

  it('includes both ends of the span', async () => {
    const { metrics } = await open();
    await append(
      metrics,
      { __name__: 'm' },
      range(0, 100).map((i) => [NOW + i * 10, i * 2]),
    );
    const [set] = await (await reopen()).metrics.select([{ ...select('m'), startMs: NOW + 100, endMs: NOW + 120 }], {});
    expect(plain(set)).toEqual([
      [
        'm',
        [
          [NOW + 100, 20],
          [NOW + 110, 22],
          [NOW + 120, 24],
        ],
      ],
    ]);
  });

  it('keeps appending to a series after a restart, over disk and memory', async () => {
    const first = await open();
    await append(
      first.metrics,
      { __name__: 'm' },
      range(0, 500).map((i) => [NOW + i * 1000, i]),
    );
    const second = await reopen();
    await append(
      second.metrics,
      { __name__: 'm' },
      range(500, 600).map((i) => [NOW + i * 1000, i]),
    );
    const third = await reopen();
    const [set] = await third.metrics.select([select('m')], {});
    expect(set?.offsets).toEqual(Uint32Array.of(0, 600));
    expect([...(set?.values ?? [])]).toEqual(range(0, 600));
    expect([...(set?.timestampsMs ?? [])]).toEqual(range(0, 600).map((i) => NOW + i * 1000));
  });

  it('refuses duplicates and samples out of order, as Prometheus does', async () => {
    const { metrics } = await open();
    await append(metrics, { __name__: 'm' }, [[NOW, 1]]);
    const attempt = async (from: Store) => {
      const appender = from.metrics.appender();
      const ref = appender.seriesRef(labels({ __name__: 'm' }));
      const outcomes: AppendOutcome[] = [
        appender.append(ref, NOW, 1),
        appender.append(ref, NOW, 2),
        appender.append(ref, NOW - 1, 1),
        appender.appendStale(ref, NOW),
        appender.append(ref, NOW + 600_001, 1),
        appender.append(ref, -1, 1),
      ];
      appender.rollback();
      return outcomes;
    };
    const expected = ['duplicate', 'duplicate_other_value', 'out_of_order', 'duplicate_other_value', 'too_far_in_future', 'too_old'];
    expect(await attempt(tested.current())).toEqual(expected);
    expect(await attempt(await reopen())).toEqual(expected);
    expect(tested.current().stats().samplesRefused).toMatchObject({
      duplicate_other_value: expect.any(Number),
      out_of_order: expect.any(Number),
    });
  });

  it('applies the same rules within a batch and between two open batches', async () => {
    const { metrics } = await open();
    const [one, two] = [metrics.appender(), metrics.appender()];
    const ref = one.seriesRef(labels({ __name__: 'm' }));
    expect(one.append(ref, NOW + 10, 1)).toBe('ok');
    expect(one.append(ref, NOW + 10, 1)).toBe('duplicate');
    expect(one.append(ref, NOW + 10, 2)).toBe('duplicate_other_value');
    expect(one.append(ref, NOW + 9, 2)).toBe('out_of_order');
    expect(two.append(ref, NOW + 5, 5)).toBe('ok');
    await one.commit();
    await two.commit();
    expect(plain((await metrics.select([select('m')], {}))[0])).toEqual([['m', [[NOW + 10, 1]]]]);
    expect(tested.current().stats().samplesRefused.out_of_order).toBe(2);
    const [again] = await (await reopen()).metrics.select([select('m')], {});
    expect(plain(again)).toEqual([['m', [[NOW + 10, 1]]]]);
  });

  it('forgets a batch that is rolled back', async () => {
    const { metrics } = await open();
    const appender = metrics.appender();
    const ref = appender.seriesRef(labels({ __name__: 'm' }));
    appender.append(ref, NOW, 1);
    appender.rollback();
    expect(appender.append(ref, NOW - 5, 2)).toBe('ok');
    await appender.commit();
    expect(plain((await metrics.select([select('m')], {}))[0])).toEqual([['m', [[NOW - 5, 2]]]]);
  });

  it('keeps special values and stale markers by their bits', async () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324, 2 ** 53, -(2 ** 53), 1e300, 0.1];
    const { metrics } = await open();
    const appender = metrics.appender();
    const ref = appender.seriesRef(labels({ __name__: 'm' }));
    const whole = appender.seriesRef(labels({ __name__: 'w' }));
    values.forEach((value, i) => {
      expect(appender.append(ref, NOW + i, value)).toBe('ok');
    });
    expect(appender.appendStale(ref, NOW + values.length)).toBe('ok');
    [0, 2 ** 53 - 1, -(2 ** 53 - 1), 7, 2 ** 31 + 7, 8].forEach((value, i) => {
      appender.append(whole, NOW + i, value);
    });
    await appender.commit();
    for (const next of [current, () => reopen()]) {
      const from = await next();
      const [set, wholeSet] = (await from.metrics.select([select('m'), select('w')], {})) as [SeriesSet, SeriesSet];
      expect([...set.values.slice(0, values.length)]).toEqual(values);
      const bits = bitsOf(set.values);
      expect(isStaleAt(bits, values.length)).toBe(true);
      expect(isStaleAt(bits, 0)).toBe(false);
      expect([...wholeSet.values]).toEqual([0, 2 ** 53 - 1, -(2 ** 53 - 1), 7, 2 ** 31 + 7, 8]);
      const appending = from.metrics.appender();
      expect(appending.appendStale(appending.seriesRef(labels({ __name__: 'm' })), NOW + values.length)).toBe('duplicate');
      appending.rollback();
    }
  });

  it('keeps irregular times, long gaps and times since 1970', async () => {
    const { metrics } = await open();
    const samples: [number, number][] = [
      [0, 1],
      [1, 2],
      [15_001, 3],
      [3 * DAY - 1, 4],
      [3 * DAY, 5],
      [3 * DAY + 1, 6],
      [400 * DAY, 7],
      [NOW, 8],
    ];
    await append(metrics, { __name__: 'm' }, samples);
    const { metrics: later } = await reopen();
    expect(plain((await later.select([select('m')], {}))[0])).toEqual([['m', samples]]);
    expect(plain((await later.select([{ ...select('m'), startMs: 2, endMs: 3 * DAY }], {}))[0])).toEqual([['m', samples.slice(2, 5)]]);
    expect(plain((await later.select([{ ...select('m'), startMs: 4 * DAY, endMs: 399 * DAY }], {}))[0])).toEqual([]);
  });

  it('takes any UTF-8 in names and values', async () => {
    const { metrics } = await open();
    const odd = { __name__: 'größe.in m²', 'ünï "code"': "it's a \\ back\nslash", emoji: '📈', quote: '"; DROP TABLE samples; --' };
    await append(metrics, odd, [[NOW, 1]]);
    const { metrics: later } = await reopen();
    const [set] = await later.select([{ matchers: [m('emoji', '=', '📈')], ...ALL }], {});
    expect(set?.labels.map((l) => l.toObject())).toEqual([odd]);
    expect(await later.labelValues('ünï "code"', all(), {})).toEqual(["it's a \\ back\nslash"]);
  });

  it.each<[Matcher[], string[]]>([
    [[m('__name__', '=', 'up')], ['1', '2', '3', '4']],
    [
      [m('__name__', '=', 'up'), m('job', '=', 'api')],
      ['1', '2'],
    ],
    [
      [m('__name__', '=', 'up'), m('job', '!=', 'api')],
      ['3', '4'],
    ],
    [[m('__name__', '=', 'up'), m('job', '=', '')], ['4']],
    [
      [m('__name__', '=', 'up'), m('job', '!=', '')],
      ['1', '2', '3'],
    ],
    [
      [m('__name__', '=', 'up'), m('job', '=~', 'api|db')],
      ['1', '2', '3'],
    ],
    [[m('__name__', '=', 'up'), m('job', '=~', 'ap')], []],
    [
      [m('__name__', '=', 'up'), m('job', '=~', 'ap.*|')],
      ['1', '2', '4'],
    ],
    [
      [m('__name__', '=', 'up'), m('job', '!~', 'ap.*')],
      ['3', '4'],
    ],
    [[m('__name__', '=', 'up'), m('job', '!~', '.+')], ['4']],
    [[m('__name__', '=', 'up'), m('env', '=~', 'a.b')], ['3']],
    [
      [m('__name__', '=~', 'u.'), m('nothing', '=', '')],
      ['1', '2', '3', '4'],
    ],
    [[m('__name__', '=~', 'u.'), m('nothing', '=', 'x')], []],
    [[m('id', '=~', '[24]')], ['2', '4']],
    [[m('job', '=', '')], ['4', '5']],
    [[], ['1', '2', '3', '4', '5']],
  ])('matches %j', async (matchers, ids) => {
    const { metrics } = await open();
    await append(metrics, { __name__: 'up', id: '1', job: 'api', env: 'x' }, [[NOW, 1]]);
    await append(metrics, { __name__: 'up', id: '2', job: 'api', env: 'y' }, [[NOW, 1]]);
    await append(metrics, { __name__: 'up', id: '3', job: 'db', env: 'a\nb' }, [[NOW, 1]]);
    await append(metrics, { __name__: 'up', id: '4' }, [[NOW, 1]]);
    await append(metrics, { __name__: 'down', id: '5' }, [[NOW, 1]]);
    const [set] = await metrics.select([{ matchers, ...ALL }], {});
    expect(set?.labels.map((l) => l.get('id')).sort()).toEqual(ids);
    expect((await metrics.series({ ...all(), matcherSets: [matchers] }, {})).map((l) => l.get('id')).sort()).toEqual(ids);
  });

  it('rejects a bad regular expression', async () => {
    const { metrics } = await open();
    await expect(metrics.select([{ matchers: [m('a', '=~', '(')], ...ALL }], {})).rejects.toMatchObject({ code: 'matcher.bad_regexp' });
  });

  it('answers series, names and values with samples in the span only', async () => {
    const { metrics } = await open();
    await append(metrics, { __name__: 'early', a: '1' }, [
      [NOW - 9 * DAY, 1],
      [NOW - 9 * DAY + 1000, 1],
    ]);
    await append(metrics, { __name__: 'gap', b: '1' }, [
      [NOW - 2 * DAY, 1],
      [NOW - DAY, 1],
      [NOW, 1],
    ]);
    await append(metrics, { __name__: 'late', b: '2' }, [[NOW, 1]]);
    for (const next of [current, () => reopen()]) {
      const from = await next();
      const names = async (startMs: number, endMs: number) => from.metrics.labelValues('__name__', { matcherSets: [], startMs, endMs }, {});
      expect(await names(0, NOW)).toEqual(['early', 'gap', 'late']);
      expect(await names(0, NOW - 8 * DAY)).toEqual(['early']);
      expect(await names(NOW - DAY + 1, NOW - 1)).toEqual([]);
      expect(await names(NOW - 1.5 * DAY, NOW - 1)).toEqual(['gap']);
      expect(await names(NOW - 9 * DAY + 1, NOW - 9 * DAY + 999)).toEqual([]);
      expect(await from.metrics.labelNames({ ...all(), matcherSets: [[m('b', '!=', '')]] }, {})).toEqual(['__name__', 'b']);
      expect(await from.metrics.labelValues('b', { ...all(), limit: 1 }, {})).toEqual(['1']);
      const two = { ...all(), matcherSets: [[m('__name__', '=', 'late')], [m('a', '=', '1')], [m('b', '=', '2')]] };
      expect((await from.metrics.series(two, {})).map(String)).toEqual(['early{a="1"}', 'late{b="2"}']);
      expect(await from.metrics.series({ ...two, limit: 1 }, {})).toHaveLength(1);
    }
  });

  it('limits series and samples and obeys abort', async () => {
    const { metrics } = await open({ maxSeries: 2 });
    await append(metrics, { __name__: 'a' }, [
      [NOW, 1],
      [NOW + 1, 1],
    ]);
    await append(metrics, { __name__: 'b' }, [[NOW, 1]]);
    expect(() => metrics.appender().seriesRef(labels({ __name__: 'c' }))).toThrowError(/limit of 2 series/);
    expect(tested.current().stats().series).toBe(2);
    for (const next of [current, () => reopen({ maxSeries: 2 })]) {
      const from = await next();
      await expect(from.metrics.select([select('a'), select('b')], { maxSamples: 2 })).rejects.toMatchObject({
        code: 'storage.too_many_samples',
      });
      expect(await from.metrics.select([select('a'), select('b')], { maxSamples: 3 })).toHaveLength(2);
      await expect(from.metrics.select([select('a'), select('b')], { maxMatched: 1 })).rejects.toMatchObject({
        code: 'storage.too_many_samples',
      });
      expect(await from.metrics.select([select('a'), select('b')], { maxMatched: 2 })).toHaveLength(2);
      await expect(from.metrics.select([select('a')], { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'storage.cancelled',
      });
    }
  });

  it('gives the same in parts', async () => {
    const { metrics } = await open();
    for (let i = 0; i < 10; i++)
      await append(
        metrics,
        { __name__: 'm', id: `${i}` },
        range(0, 10 + i).map((k) => [NOW - DAY + k, i * k]),
      );
    const later = await reopen();
    await append(later.metrics, { __name__: 'm', id: '3' }, [[NOW, 7]]);
    const selection = { ...select('m'), startMs: NOW - DAY + 5 };
    for (const partSamples of [1, 30, 1000]) {
      const parts: SeriesSet[] = [];
      for await (const part of later.metrics.selectParts(selection, partSamples, {})) parts.push(part);
      expect(parts.flatMap(plain)).toEqual(plain((await later.metrics.select([selection], {}))[0]));
      expect(parts.length).toBeGreaterThanOrEqual(partSamples === 1 ? 10 : partSamples === 30 ? 4 : 1);
    }
    const readAll = async (limits: object) => {
      for await (const part of later.metrics.selectParts(selection, 20, limits)) expect(part.labels.length).toBeGreaterThan(0);
    };
    await expect(readAll({ maxSamples: 50 })).rejects.toMatchObject({ code: 'storage.too_many_samples' });
    await expect(readAll({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'storage.cancelled' });
  });

  it('drops what is older than its retention, and the series with it', async () => {
    const clock = new FakeClock(NOW);
    const retention = { metricsMs: 10 * DAY, logsMs: 10 * DAY, tracesMs: 10 * DAY };
    const { metrics } = await open({ clock, retention });
    const appender = metrics.appender();
    expect(appender.append(appender.seriesRef(labels({ __name__: 'x' })), NOW - 11 * DAY, 1)).toBe('too_old');
    appender.rollback();
    const old = metrics.appender();
    const oldRef = old.seriesRef(labels({ __name__: 'old' }));
    old.append(oldRef, NOW - DAY, 1);
    await old.commit();
    await append(metrics, { __name__: 'both' }, [
      [NOW - DAY, 1],
      [NOW, 2],
    ]);
    await clock.advance(20 * DAY);
    await append(metrics, { __name__: 'both' }, [[NOW + 20 * DAY, 3]]);
    await tested.current().enforceRetention();
    const wide = { startMs: 0, endMs: NOW + 100 * DAY };
    expect(plain((await metrics.select([{ matchers: [], ...wide }], {}))[0])).toEqual([['both', [[NOW + 20 * DAY, 3]]]]);
    expect(await metrics.labelValues('__name__', { matcherSets: [], ...wide }, {})).toEqual(['both']);
    if (implementation !== memory) {
      const revived = metrics.appender();
      expect(revived.append(oldRef, NOW + 20 * DAY, 9)).toBe('ok');
      await revived.commit();
      const again = await reopen({ clock, retention });
      expect(await again.metrics.labelValues('__name__', { matcherSets: [], ...wide }, {})).toEqual(['both', 'old']);
    }
  });

  it('never gives out a sample twice or loses one while flushes run', async () => {
    const { metrics } = await open();
    let stop = false;
    const writer = async () => {
      for (let i = 0; i < 400; i++) await append(metrics, { __name__: 'm' }, [[NOW + i, i]]);
      stop = true;
    };
    const reader = async () => {
      while (!stop) {
        const [set] = await metrics.select([select('m')], {});
        expect([...(set?.values ?? [])]).toEqual(range(0, set?.values.length ?? 0));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([writer(), reader()]);
    const [set] = await (await reopen()).metrics.select([select('m')], {});
    expect([...(set?.values ?? [])]).toEqual(range(0, 400));
  });

  it('equals the reference on random batches', async () => {
    const { metrics } = await open();
    const reference = openMemoryStore(new FakeClock(NOW)).metrics;
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % n;
    };
    for (let batch = 0; batch < 60; batch++) {
      const [a, b] = [metrics.appender(), reference.appender()];
      for (let i = 0; i < 100; i++) {
        const set = labels({ __name__: `m${random(3)}`, id: `${random(5)}` });
        const at = NOW - 4 * DAY + batch * 5_000_000 + i * 50_000 - random(200_000);
        const value = random(4) === 0 ? random(1000) / 7 : random(100_000);
        const [refA, refB] = [a.seriesRef(set), b.seriesRef(set)];
        if (random(20) === 0) expect(a.appendStale(refA, at)).toBe(b.appendStale(refB, at));
        else expect(a.append(refA, at, value)).toBe(b.append(refB, at, value));
      }
      await Promise.all([a.commit(), b.commit()]);
    }
    const { metrics: later } = await reopen();
    for (let i = 0; i < 20; i++) {
      const startMs = NOW - 4 * DAY + random(4 * DAY);
      const selection = { matchers: [m('__name__', '=~', `m[${random(3)}1]`)], startMs, endMs: startMs + random(DAY) };
      const [[ours], [theirs]] = (await Promise.all([later.select([selection], {}), reference.select([selection], {})])) as [
        [SeriesSet],
        [SeriesSet],
      ];
      expect(ours.labels.map(String)).toEqual(theirs.labels.map(String));
      expect(ours.offsets).toEqual(theirs.offsets);
      expect(ours.timestampsMs).toEqual(theirs.timestampsMs);
      expect(bitsOf(ours.values)).toEqual(bitsOf(theirs.values));
    }
  });
});

function labels(object: Record<string, string>): Labels {
  return Labels.from(object);
}

function m(name: string, type: MatchType, value: string): Matcher {
  return { name, type, value };
}

function select(metric: string): MetricSelection {
  return { matchers: [m('__name__', '=', metric)], ...ALL };
}

function all(): LabelQuery {
  return { matcherSets: [], ...ALL };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

async function append(
  metrics: Store['metrics'],
  set: Record<string, string>,
  samples: readonly (readonly [number, number])[],
): Promise<void> {
  const appender = metrics.appender();
  const ref = appender.seriesRef(labels(set));
  for (const [at, value] of samples) expect(appender.append(ref, at, value)).toBe('ok');
  await appender.commit();
}

function plain(set: SeriesSet | undefined): [string, [number, number][]][] {
  if (!set) return [];
  return set.labels.map((l, i) => {
    const from = set.offsets[i] as number;
    const to = set.offsets[i + 1] as number;
    return [l.toString(), range(from, to).map((k) => [set.timestampsMs[k] as number, set.values[k] as number])];
  });
}
