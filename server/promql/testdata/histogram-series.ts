// An hour of native histograms for tests, and of what goes wrong with them: resets with and without a hint, layouts that change,
// gauges, gaps and stale markers, floats in between, observations of NaN, classic and native histograms of one name.
import { type CounterResetHint, CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from '../../model/histogram.ts';
import { spansOf } from '../../model/histogram-spans.ts';
import { Labels } from '../../model/labels.ts';
import { TEST_START_MS, type TestSample, type TestSeries } from './series.ts';

const SCRAPE_MS = 15_000;
const SCRAPES = 240;

/** All series in the order of their labels; the same on every call. */
export function histogramSeries(): TestSeries[] {
  const series = [...counters(), ...layouts(), ...gauges(), ...customBuckets(), ...kinds(), ...oddities(), ...floats()];
  return series.sort((a, b) => Labels.from(a.labels).compare(Labels.from(b.labels)));
}

/** What a histogram is made of; counts by index of bucket. */
export interface HistogramParts {
  readonly schema: number;
  readonly positive?: ReadonlyMap<number, number>;
  readonly negative?: ReadonlyMap<number, number>;
  readonly zeroCount?: number;
  readonly zeroThreshold?: number;
  readonly sum?: number;
  /** Default: what the buckets hold. */
  readonly count?: number;
  readonly hint?: CounterResetHint;
  readonly customValues?: readonly number[];
}

/** A histogram of these parts. */
export function histogramOf({ schema, positive = new Map(), negative = new Map(), zeroCount = 0, ...parts }: HistogramParts): FloatHistogram {
  const [positiveIndexes, negativeIndexes] = [positive, negative].map((buckets) => Int32Array.from([...buckets.keys()].sort((a, b) => a - b)));
  const countsOf = (buckets: ReadonlyMap<number, number>, indexes: Int32Array = new Int32Array()) =>
    Float64Array.from(indexes, (index) => buckets.get(index) as number);
  const positiveBuckets = countsOf(positive, positiveIndexes);
  const negativeBuckets = countsOf(negative, negativeIndexes);
  const inBuckets = [...positiveBuckets, ...negativeBuckets].reduce((sum, count) => sum + count, zeroCount);
  return {
    hint: parts.hint ?? 'unknown',
    schema,
    zeroThreshold: parts.zeroThreshold ?? (schema === CUSTOM_BUCKETS_SCHEMA ? 0 : 2 ** -128),
    zeroCount,
    count: parts.count ?? inBuckets,
    sum: parts.sum ?? inBuckets * 1.25,
    positiveSpans: spansOf(positiveIndexes ?? new Int32Array()),
    negativeSpans: spansOf(negativeIndexes ?? new Int32Array()),
    positiveBuckets,
    negativeBuckets,
    ...(parts.customValues && { customValues: Float64Array.from(parts.customValues) }),
  };
}

type SampleAt = (n: number) => Omit<TestSample, 'timestampMs'> | undefined;

/** A sample every scrape, where there is one. */
function every(labels: Readonly<Record<string, string>>, sampleAt: SampleAt, delayMs = 0): TestSeries {
  const samples: TestSample[] = [];
  for (let n = 0; n < SCRAPES; n++) {
    const sample = sampleAt(n);
    if (sample) samples.push({ timestampMs: TEST_START_MS + n * SCRAPE_MS + delayMs, ...sample });
  }
  return { labels, samples };
}

const of = (parts: HistogramParts) => ({ value: 0, histogram: histogramOf(parts) });

/** Counts that grow unevenly with n in the buckets from … to. */
function growing(n: number, from: number, to: number, speed: number): Map<number, number> {
  const buckets = new Map<number, number>();
  for (let index = from; index <= to; index++) {
    const count = Math.floor((n * speed * (1 + ((index * 7) & 3))) / 3);
    if (count > 0) buckets.set(index, count);
  }
  return buckets;
}

function counters(): TestSeries[] {
  return ['a:1', 'b:1', 'c:1'].map((instance, i) =>
    every(
      { __name__: 'latency', job: i === 2 ? 'batch' : 'api', instance },
      (n) => {
        // b restarts at 97, c every 50 scrapes; c misses some.
        const age = i === 1 && n >= 97 ? n - 97 : i === 2 ? n % 50 : n;
        if (i === 2 && n % 29 === 7) return undefined;
        return of({ schema: 1 + i, positive: growing(age, -2 + i, 4 + i, 1 + i), zeroCount: age, sum: age * (2.5 + i) });
      },
      i * 137,
    ),
  );
}

/** Both signs, a zero bucket that grows, schemas that fall and rise again. */
function layouts(): TestSeries[] {
  const signed = every({ __name__: 'signed', instance: 'a:1' }, (n) =>
    of({ schema: 0, positive: growing(n, 0, 3, 2), negative: growing(n, -1, 2, 3), zeroCount: 2 * n, zeroThreshold: 0.01, sum: -n }),
  );
  const adapting = every({ __name__: 'adapting', instance: 'a:1' }, (n) => {
    const schema = n < 60 ? 3 : n < 120 ? 1 : n < 180 ? -1 : 2;
    return of({ schema, positive: growing(n, 1, 9, 1), zeroCount: n, zeroThreshold: n < 90 ? 0.001 : 0.5 });
  });
  const extremes = [-4, 8].map((schema) =>
    every({ __name__: 'extreme', schema: String(schema) }, (n) => of({ schema, positive: growing(n, -3, 3, 4), sum: n * 1e3 })),
  );
  // With observations beyond the largest number.
  const unbounded = every({ __name__: 'unbounded', instance: 'a:1' }, (n) =>
    of({ schema: 0, positive: new Map([[-100, n + 1], [1, 2 * n + 1], [1024, n + 2], [1025, n + 1]]), sum: Number.POSITIVE_INFINITY }),
  );
  return [signed, adapting, ...extremes, unbounded];
}

function gauges(): TestSeries[] {
  const wave = (n: number, shift: number) => Math.round(20 + 15 * Math.sin(n / 11 + shift));
  return ['a:1', 'b:1'].map((instance, i) =>
    every({ __name__: 'queue', instance }, (n) =>
      of({
        schema: 0,
        hint: 'gauge',
        positive: new Map([[0, wave(n, i)], [1, wave(n, i + 1) + 0.5], [3, wave(n, i + 2) / 3]]),
        zeroCount: i === 1 ? wave(n, 4) : 0,
        zeroThreshold: 0.125,
        sum: wave(n, 3) * 1.7,
      }),
    ),
  );
}

const BORDERS = [0.1, 0.25, 0.5, 1, 2.5];

function customBuckets(): TestSeries[] {
  const same = ['a:1', 'b:1'].map((instance, i) =>
    every({ __name__: 'sizes', instance }, (n) => {
      const age = i === 1 && n >= 130 ? n - 130 : n;
      return of({ schema: CUSTOM_BUCKETS_SCHEMA, customValues: BORDERS, positive: growing(age, 0, 5, 1 + i), sum: age * 3.3 });
    }),
  );
  const negative = every({ __name__: 'temperature', instance: 'a:1' }, (n) =>
    of({ schema: CUSTOM_BUCKETS_SCHEMA, customValues: [-20, -5, 0, 10], positive: growing(n, 0, 4, 3), sum: n * -2 }),
  );
  const other = every({ __name__: 'other_sizes', instance: 'a:1' }, (n) =>
    of({ schema: CUSTOM_BUCKETS_SCHEMA, customValues: [0.25, 1, 7], positive: growing(n, 0, 3, 2), sum: n }),
  );
  return [...same, negative, other];
}

/** Series that are now a histogram, now a float, now gone. */
function kinds(): TestSeries[] {
  const mixed = every({ __name__: 'mixed', instance: 'a:1' }, (n) =>
    (n >> 4) % 2 === 0 ? { value: n } : of({ schema: 0, positive: growing(n, 0, 2, 1), sum: n }),
  );
  const mixedGroup = every({ __name__: 'mixed', instance: 'b:1' }, (n) => of({ schema: 0, positive: growing(n, 0, 2, 2), sum: n }));
  const switching = every({ __name__: 'switching', instance: 'a:1' }, (n) =>
    n < 100
      ? of({ schema: 1, positive: growing(n, 0, 4, 1) })
      : of({ schema: CUSTOM_BUCKETS_SCHEMA, customValues: BORDERS, positive: growing(n, 0, 4, 1) }),
  );
  const ending = ['old', 'new'].map((pod, i) =>
    every({ __name__: 'pods', pod }, (n) => {
      if (i === 0 ? n > 100 : n < 90) return undefined;
      const histogram = of({ schema: 2, positive: growing(n, 3, 8, 2), zeroCount: n });
      return i === 0 && n === 100 ? { ...histogram, isStale: true } : histogram;
    }),
  );
  const gappy = every({ __name__: 'gappy', instance: 'a:1' }, (n) =>
    n % 60 > 25 ? (n % 60 === 26 ? { value: Number.NaN, isStale: true } : undefined) : of({ schema: 1, positive: growing(n, 1, 3, 3) }),
  );
  return [mixed, mixedGroup, switching, ...ending, gappy];
}

function oddities(): TestSeries[] {
  const withNan = every({ __name__: 'with_nan', instance: 'a:1' }, (n) =>
    of({ schema: 0, positive: growing(n, 0, 3, 3), sum: Number.NaN, count: growingTotal(n) + Math.floor(n / 2) }),
  );
  const empty = every({ __name__: 'empty', instance: 'a:1' }, () => of({ schema: 3, sum: 0 }));
  const fractional = every({ __name__: 'fractional', instance: 'a:1' }, (n) =>
    of({ schema: 2, positive: new Map([[0, n / 3], [1, n / 7], [2, 1e-9 * n]]), zeroCount: n * 0.1, sum: n / 9 }),
  );
  const classicBounds = ['0.1', '1', '10', '+Inf'];
  const classic = classicBounds.map((le, b) => every({ __name__: 'both', job: 'x', le }, (n) => ({ value: n * (b + 1) })));
  const native = ['x', 'y'].map((job) => every({ __name__: 'both', job }, (n) => of({ schema: 0, positive: growing(n, 0, 3, 2) })));
  const bucketOnly = classicBounds.map((le, b) => every({ __name__: 'both_bucket', job: 'z', le }, (n) => ({ value: n * (b + 2) })));
  return [withNan, empty, fractional, ...classic, ...native, ...bucketOnly];
}

function growingTotal(n: number): number {
  return [...growing(n, 0, 3, 3).values()].reduce((sum, count) => sum + count, 0);
}

function floats(): TestSeries[] {
  return ['a:1', 'b:1'].flatMap((instance, i) => [
    every({ __name__: 'requests_total', instance }, (n) => ({ value: (n % 70) * (i + 2) })),
    every({ __name__: 'weight', instance }, (n) => ({ value: i === 0 ? 2 + Math.sin(n / 5) : -1.5 })),
  ]);
}
