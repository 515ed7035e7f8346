// Many series are read as ranges of their numbers, or as the whole of their metric: nobody can tell by the answers.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import { randomFrom } from '../../model/seeded-random.ts';
import { compileMatchers } from '../matching.ts';
import { freshMemory, isPacked } from '../packed/packed-series.ts';
import { unpack } from '../packed/unpacker.ts';
import type { MetricSelection, MetricStore, SeriesSet } from '../store.ts';
import { chdb, NOW } from '../testing/implementations.ts';
import { histogramOf, samplesOf, type TestSample } from '../testing/metric-samples.ts';

// Tells how reads name their series, more than two of which are many here.
const reads = vi.hoisted((): { kinds: string[] } => ({ kinds: [] }));
vi.mock('./in-span.ts', async (importActual) => {
  const actual = await importActual<typeof import('./in-span.ts')>();
  const inSpan: typeof actual.inSpan = (series, span, visible, countOf) => {
    const condition = actual.inSpan(series, span, visible, countOf, 2);
    reads.kinds.push(condition.sql.includes('series IN') ? 'named' : condition.sql.includes('BETWEEN') ? 'ranges of' : 'all');
    return condition;
  };
  return { ...actual, inSpan };
});

const MINUTE = 60_000;
const SERIES = 20;
const METRICS = ['floats', 'mixed', 'other'];
const ALL = { startMs: NOW - 100 * MINUTE, endMs: NOW + 100 * MINUTE };

type Samples = ReadonlyMap<Labels, readonly TestSample[]>;

function found(sets: readonly SeriesSet[]): [string, TestSample[]][] {
  return sets.flatMap((set) => {
    const samples = samplesOf(set);
    return set.labels.map((labels): [string, TestSample[]] => [labels.toString(), samples[labels.toString()] ?? []]);
  });
}

/** What is to be found of everything that was written, by looking at all of it. */
function filtered(all: Samples, { matchers, startMs, endMs }: MetricSelection): [string, TestSample[]][] {
  const isWanted = compileMatchers(matchers);
  return [...all]
    .filter(([labels]) => isWanted(labels))
    .sort(([a], [b]) => a.compare(b))
    .map(([labels, samples]): [string, TestSample[]] => [
      labels.toString(),
      samples.filter(([timeMs]) => timeMs >= startMs && timeMs <= endMs),
    ])
    .filter(([, samples]) => samples.length > 0);
}

describe('reads of a part of a metric', () => {
  let metrics: MetricStore;
  const written = new Map<Labels, TestSample[]>();
  const random = randomFrom(Number(process.env.ALIDADE_SEED ?? 1));

  beforeAll(async () => {
    const { open, end } = await chdb('chdb').start();
    const clock = new FakeClock(NOW);
    // No block is kept in memory, and the newest samples are not on disk.
    const limits = { clock, outOfOrderMs: 60 * MINUTE, maxFutureMs: 100 * MINUTE, metricCacheBytes: 0 };
    const first = await open(limits);
    const write = async (to: MetricStore, fromMs: number) => {
      const appender = to.appender();
      for (const name of METRICS)
        for (let i = 0; i < SERIES; i++) {
          const known = [...written.keys()].find((labels) => labels.metricName === name && labels.get('i') === `${i}`);
          const labels = known ?? Labels.from({ __name__: name, i: `${i}`, half: `${i % 2}`, few: i < 7 ? '1' : '' });
          const samples = written.get(labels) ?? [];
          written.set(labels, samples);
          const ref = appender.seriesRef(labels);
          for (let at = fromMs + i; at < fromMs + 30 * MINUTE; at += MINUTE) {
            const value = name === 'mixed' && random() < 0.2 ? histogramOf(Math.floor(random() * 9)) : random();
            if (typeof value === 'number') appender.append(ref, at, value);
            else appender.appendHistogram(ref, at, value);
            samples.push([at, value]);
          }
        }
      await appender.commit();
    };
    await write(first.metrics, NOW - 90 * MINUTE);
    await write(first.metrics, NOW - 60 * MINUTE);
    // What is closed is on disk.
    await first.close();
    const store = await open(limits);
    metrics = store.metrics;
    const late = metrics.appender();
    for (const [labels, samples] of written) {
      if (labels.get('half') === '1') continue;
      const timeMs = NOW - 45 * MINUTE - 500;
      late.append(late.seriesRef(labels), timeMs, 7);
      samples.push([timeMs, 7]);
      samples.sort(([a], [b]) => a - b);
    }
    await late.commit();
    await write(metrics, NOW - 30 * MINUTE);
    const [startMs, endMs] = [NOW - 80 * MINUTE, NOW - 75 * MINUTE];
    await metrics.deleteSamples({ matcherSets: [[{ name: 'i', type: '=~', value: '3|4' }]], startMs, endMs }, {});
    for (const [labels, samples] of written)
      if (/^[34]$/.test(labels.get('i')))
        written.set(
          labels,
          samples.filter(([timeMs]) => timeMs < startMs || timeMs > endMs),
        );
    return async () => {
      await store.close();
      await end();
    };
  }, 60_000);

  const name = (value: string, type: Matcher['type'] = '='): Matcher => ({ name: '__name__', type, value });
  const of = (label: string, type: Matcher['type'], value: string): Matcher => ({ name: label, type, value });
  const some = (metric: Matcher, ...matchers: Matcher[]): [string, Matcher[]] => [
    [metric, ...matchers].map((matcher) => `${matcher.name}${matcher.type}${matcher.value}`).join(', '),
    [metric, ...matchers],
  ];
  const readings: readonly (readonly ['all' | 'ranges of' | 'named', text: string, matchers: readonly Matcher[]])[] = [
    ['all', ...some(name('floats'))],
    ['all', ...some(name('floats'), of('half', '=', '0'))],
    ['all', ...some(name('mixed'), of('half', '=', '1'))],
    ['all', ...some(name('mixed'), of('few', '=', ''))],
    ['all', ...some(name('floats|mixed', '=~'), of('half', '!=', '0'))],
    ['all', ...some(name('floats', '!='))],
    ['ranges of', ...some(name('floats'), of('half', '=', '0'), of('i', '!=', '2'))],
    ['ranges of', ...some(name('mixed'), of('few', '=', '1'))],
    ['ranges of', ...some(name('.+', '=~'), of('i', '=~', '1.?'), of('half', '=', '1'))],
    ['named', ...some(name('other'), of('i', '=', '3'))],
  ];

  it.each(readings)('finds the same by %s series: %s', async (which, _, matchers) => {
    for (let round = 0; round < 6; round++) {
      const startMs = round === 0 ? ALL.startMs : NOW - Math.floor(random() * 95 * MINUTE);
      // Within what is on disk, so that the engine is asked.
      const span = round === 0 ? ALL : { startMs: Math.min(startMs, NOW - 40 * MINUTE), endMs: startMs + 50 * MINUTE };
      const selection = { matchers, ...span };
      const expected = filtered(written, selection);
      const count = expected.reduce((sum, [, samples]) => sum + samples.length, 0);
      reads.kinds.length = 0;
      const isFloat = matchers[0]?.value === 'floats' && matchers[0].type === '=';
      // Others do not count against a limit.
      const limits = isFloat ? { maxSamples: count + 5 * SERIES } : {};
      expect(found(await metrics.select([selection], limits))).toEqual(expected);
      expect(reads.kinds).toEqual([which]);
      const parts: SeriesSet[] = [];
      for await (const part of metrics.selectPacked(selection, limits, freshMemory(100 + Math.floor(random() * 1_000))))
        parts.push(isPacked(part) ? unpack(part) : part);
      expect(found(parts)).toEqual(expected);
    }
  });
});
