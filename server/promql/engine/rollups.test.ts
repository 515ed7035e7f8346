// Answers from rollups beside answers from all samples: the same, digit by digit, on random data and random questions, with late and
// deleted samples in between.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { randomFrom } from '../../model/seeded-random.ts';
import { isPacked, type PackedSeries } from '../../storage/packed/packed-series.ts';
import type { MetricStore, SeriesSet, Store } from '../../storage/store.ts';
import { chdb, memory } from '../../storage/testing/implementations.ts';
import { bySelector, histogramOf } from '../../storage/testing/metric-samples.ts';
import type { Matrix } from '../query.ts';
import { createQueryEngine } from './query-engine.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const END = Date.UTC(2026, 4, 20, 12);
const START = END - 50 * HOUR;
const LIMITS = { outOfOrderMs: 30 * HOUR, maxFutureMs: HOUR };
const SEED = Number(process.env.ALIDADE_SEED ?? 1);
const QUESTIONS = process.env.ALIDADE_FULL === '1' ? 2_000 : 400;

type Next = (before: number, random: () => number) => number;
/** How the values of each kind of series go on. */
const KINDS: Readonly<Record<string, Next>> = {
  counter: (before, random) => (random() < 0.002 ? 0 : before + Math.floor(random() * 20)),
  steady: (before) => before + 1,
  seconds: (before, random) => (random() < 0.002 ? random() : before + random() * 3),
  huge: (before, random) => (random() < 0.001 ? before / 7 : before + Math.floor(random() * 3e9)),
  gauge: (_, random) => Math.floor(random() * 1000) - 500,
  temperature: (before, random) => before + random() - 0.5,
  odd: (before, random) =>
    random() < 0.01
      ? ([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0][Math.floor(random() * 4)] as number)
      : before + 1,
  mostly_zero: (_, random) => (random() < 0.999 ? 0 : 1),
};
const SHAPES = ['regular', 'jittered', 'slow', 'gaps', 'ends', 'stale'] as const;
const functions = ['rate', 'increase', 'resets', 'delta', 'irate', 'idelta', 'last_over_time', 'first_over_time', 'count_over_time'];
const others = ['present_over_time', 'ts_of_last_over_time', 'ts_of_first_over_time', 'sum_over_time', 'avg_over_time', 'min_over_time'];
const more = ['max_over_time', 'changes', 'stddev_over_time', 'quantile_over_time', 'deriv', 'absent_over_time'];

interface Sample {
  readonly timeMs: number;
  readonly value: number | 'stale' | 'histogram';
}

function samplesOf(kind: string, shape: (typeof SHAPES)[number], random: () => number): Sample[] {
  const next = KINDS[kind] as Next;
  const interval = shape === 'slow' ? 3 * MINUTE : 20_000;
  const samples: Sample[] = [];
  let value = kind === 'steady' ? 0 : Math.floor(random() * 100);
  for (let at = START + Math.floor(random() * interval); at <= END; at += interval) {
    if (shape === 'gaps' && random() < 0.002) at += Math.floor(random() * 3 * HOUR);
    if (shape === 'ends' && at > END - 20 * HOUR) break;
    value = next(Number.isFinite(value) ? value : 0, random);
    const timeMs = shape === 'jittered' ? at + Math.floor(random() * 500) : at;
    samples.push({ timeMs, value: shape === 'stale' && random() < 0.01 ? 'stale' : value });
  }
  return samples;
}

/** Metrics by name, each with one series of every shape. */
function dataset(random: () => number): Map<Labels, Sample[]> {
  const series = new Map<Labels, Sample[]>();
  for (const kind of Object.keys(KINDS))
    for (const shape of SHAPES) series.set(Labels.from({ __name__: `${kind}_total`, shape }), samplesOf(kind, shape, random));
  const mixed = samplesOf('counter', 'regular', random).filter((_, i) => i % 9 === 0);
  series.set(
    Labels.from({ __name__: 'counter_total', shape: 'mixed' }),
    mixed.map((sample, i) => (Math.floor(i / 20) % 5 === 4 ? { ...sample, value: 'histogram' } : sample)),
  );
  return series;
}

async function write(metrics: MetricStore, series: Map<Labels, Sample[]>, fromMs: number, toMs: number): Promise<void> {
  const appender = metrics.appender();
  for (const [labels, samples] of series) {
    const ref = appender.seriesRef(labels);
    for (const { timeMs, value } of samples) {
      if (timeMs < fromMs || timeMs >= toMs) continue;
      if (value === 'stale') appender.appendStale(ref, timeMs);
      else if (value === 'histogram') appender.appendHistogram(ref, timeMs, histogramOf(timeMs % 1000));
      else appender.append(ref, timeMs, value);
    }
  }
  await appender.commit();
}

describe('rollups', () => {
  const random = randomFrom(SEED);
  const series = dataset(random);
  const stores: Store[] = [];
  const ends: (() => Promise<void>)[] = [];
  let withOrdinals = 0;
  let parts = 0;

  /** The store of rollups, which counts what it is asked. */
  const watched = (): MetricStore => {
    const { metrics } = stores[1] as Store;
    async function* selectPacked(...args: Parameters<MetricStore['selectPacked']>): AsyncGenerator<PackedSeries | SeriesSet> {
      for await (const part of metrics.selectPacked(...args)) {
        parts++;
        if (isPacked(part) && part.isRolled) withOrdinals++;
        yield part;
      }
    }
    const watching: Partial<MetricStore> = { select: (...args) => metrics.select(...args), selectPacked, changes: metrics.changes };
    return watching as MetricStore;
  };

  beforeAll(async () => {
    for (const implementation of [memory, chdb('chdb')]) {
      const { open, end } = await implementation.start();
      const clock = new FakeClock(END);
      const flushSamples = implementation === memory ? {} : { flushSamples: 60_000 };
      const store = await open({ clock, ...LIMITS, ...flushSamples } as never);
      stores.push(store);
      ends.push(end);
      for (let at = START; at < END; at += HOUR) {
        await write(store.metrics, series, at, at + HOUR);
        clock.advance(10_000);
        // A flush begins at once and ends after some queries to the engine.
        if (implementation !== memory) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }, 120_000);

  afterAll(async () => {
    for (const store of stores) await store.close();
    for (const end of ends) await end();
  });

  const question = (): { readonly expr: string; readonly startMs: number; readonly endMs: number; readonly stepMs: number } => {
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    const kind = pick(Object.keys(KINDS));
    const selector = random() < 0.5 ? `${kind}_total` : `${kind}_total{shape=~"${pick(SHAPES)}|${pick(SHAPES)}"}`;
    const windowMin = pick([5, 10, 15, 30, 60, 120, 600, 1440, 7, 31]);
    const offset = pick(['', '', '', ' offset 5m', ' offset 1h', ' offset -30m', ' offset 7s']);
    const name = pick(random() < 0.75 ? functions : [...others, ...more]);
    const range = `${name}(${name === 'quantile_over_time' ? '0.3, ' : ''}${selector}[${windowMin}m]${offset})`;
    const inner = random() < 0.2 ? `${selector}${offset}` : range;
    const expr = pick([inner, `sum by (shape) (${inner})`, `count(${inner}) + 1`, `topk(2, ${inner})`, `${inner} / ${range}`, `-${inner}`]);
    const stepMs = pick([5, 5, 10, 30, 30, 60, 60, 3, 7.5]) * MINUTE;
    const isAligned = random() < 0.8;
    const endMs = isAligned ? END - pick([0, 0, 5, 30, 60]) * MINUTE : END - Math.floor(random() * HOUR);
    const steps = random() < 0.2 ? 0 : Math.floor(random() * 100);
    const startMs = Math.max(endMs - steps * stepMs, isAligned ? START - 2 * HOUR : START + 1);
    return { expr, stepMs, endMs, startMs: isAligned ? Math.ceil(startMs / stepMs) * stepMs : startMs };
  };

  const compareAll = async (count: number): Promise<void> => {
    const clock = new FakeClock(END);
    const [raw, rolled] = [(stores[0] as Store).metrics, watched()].map((store) => createQueryEngine({ store, clock, workers: 0 }));
    for (let i = 0; i < count; i++) {
      const asked = question();
      if (asked.startMs > asked.endMs) continue;
      const ask = (engine: typeof raw) =>
        engine?.range(asked).then(
          ({ value, warnings, infos }) => ({ rows: rowsOf(value), warnings, infos }),
          (error: Error) => error.message,
        );
      expect(await ask(rolled), JSON.stringify(asked)).toEqual(await ask(raw));
    }
  };

  it('answer as all samples do', async () => {
    await compareAll(QUESTIONS);
    expect(withOrdinals / parts).toBeGreaterThan(0.1);
  }, 300_000);

  it('answer so when samples come late', async () => {
    const late = new Map<Labels, Sample[]>();
    for (const labels of series.keys()) {
      if (random() < 0.6) continue;
      const count = 1 + Math.floor(random() * 30);
      const from = END - Math.floor(random() * 25 * HOUR);
      late.set(
        labels,
        Array.from({ length: count }, (_, i) => ({ timeMs: from + i * 7_003, value: Math.floor(random() * 1e6) })),
      );
    }
    for (const { metrics } of stores) await write(metrics, late, 0, END);
    await compareAll(QUESTIONS / 4);
  }, 120_000);

  it('answer so when samples are deleted', async () => {
    for (const kind of Object.keys(KINDS)) {
      const startMs = END - Math.floor(random() * 40 * HOUR);
      const span = { startMs, endMs: startMs + Math.floor(random() * 5 * HOUR) };
      const query = { ...span, matcherSets: [bySelector(`${kind}_total`).matchers] };
      for (const { metrics } of stores) await metrics.deleteSamples(query, {});
    }
    await compareAll(QUESTIONS / 4);
    for (const { metrics } of stores) await metrics.cleanTombstones();
    await compareAll(QUESTIONS / 4);
  }, 120_000);
});

/** Every present cell, by its bits but for NaN. */
function rowsOf({ labels, values, present, steps }: Matrix): unknown {
  return labels.map((each, row) => [
    each.toString(),
    Array.from({ length: steps }, (_, t) => (present[row * steps + t] === 1 ? values[row * steps + t] : null)),
  ]);
}
