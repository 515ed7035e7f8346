// What the contract suites of metrics write and how they look at what comes back.
import { expect } from 'vitest';
import type { FloatHistogram } from '../../model/histogram.ts';
import { decodeHistogram } from '../../model/histogram-codec.ts';
import { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { AppendOutcome, LabelQuery, MetricSelection, MetricStore, SeriesSet } from '../store.ts';
import { DAY, NOW } from './implementations.ts';

export const ALL = { startMs: 0, endMs: NOW + 1000 * DAY };

/** A float, a histogram, or the stale marker. */
export type TestValue = number | FloatHistogram | 'stale';
export type TestSample = readonly [timestampMs: number, value: TestValue];

/** A histogram of some buckets that depend on `n`. */
export function histogramOf(n: number, over: Partial<FloatHistogram> = {}): FloatHistogram {
  return {
    hint: 'unknown',
    schema: 3,
    zeroThreshold: 2 ** -128,
    zeroCount: n % 5,
    count: 3 * n + 4,
    sum: n * 1.5,
    positiveSpans: [
      { offset: -2, length: 2 },
      { offset: 3, length: 1 },
    ],
    negativeSpans: [],
    positiveBuckets: Float64Array.of(n, n + 1, n + 3),
    negativeBuckets: new Float64Array(0),
    ...over,
  };
}

export function bySelector(metric: string, span: { readonly startMs: number; readonly endMs: number } = ALL): MetricSelection {
  return { matchers: [{ name: '__name__', type: '=', value: metric }], ...span };
}

/** All series of the metrics; of every metric without any. */
export function ofMetrics(metrics: readonly string[], span: { readonly startMs: number; readonly endMs: number } = ALL): LabelQuery {
  return { matcherSets: metrics.map((metric) => bySelector(metric).matchers), ...span };
}

/** Appends in one batch and answers what became of each sample. */
export async function write(metrics: MetricStore, name: string | Labels, samples: readonly TestSample[]): Promise<AppendOutcome[]> {
  const appender = metrics.appender();
  const ref = appender.seriesRef(typeof name === 'string' ? Labels.from({ __name__: name }) : name);
  const outcomes = samples.map(([timestampMs, value]) => {
    if (value === 'stale') return appender.appendStale(ref, timestampMs);
    return typeof value === 'number' ? appender.append(ref, timestampMs, value) : appender.appendHistogram(ref, timestampMs, value);
  });
  await appender.commit();
  return outcomes;
}

/** `write`, when everything is to be stored. */
export async function writeAll(metrics: MetricStore, name: string | Labels, samples: readonly TestSample[]): Promise<void> {
  expect(new Set(await write(metrics, name, samples))).toEqual(new Set(samples.length > 0 ? ['ok'] : []));
}

/** The samples of a set by series. */
export function samplesOf(set: SeriesSet | undefined): Record<string, TestSample[]> {
  if (!set) throw new Error('no answer');
  const { values, timestampsMs, histograms } = set;
  const bits = bitsOf(values);
  const valueAt = (i: number): TestValue => {
    const [from, to] = [histograms?.offsets[i] ?? 0, histograms?.offsets[i + 1] ?? 0];
    if (histograms && to > from) {
      expect(isStaleAt(bits, i)).toBe(false);
      return decodeHistogram(histograms.bytes.subarray(from, to));
    }
    return isStaleAt(bits, i) ? 'stale' : (values[i] as number);
  };
  return Object.fromEntries(
    set.labels.map((labels, i) => {
      const [from, to] = [set.offsets[i] as number, set.offsets[i + 1] as number];
      return [labels.toString(), Array.from({ length: to - from }, (_, k) => [timestampsMs[from + k] as number, valueAt(from + k)])];
    }),
  );
}

/** The samples of one metric without other labels. */
export async function read(metrics: MetricStore, metric: string, span = ALL): Promise<TestSample[]> {
  const [set] = await metrics.select([bySelector(metric, span)], {});
  return samplesOf(set)[metric] ?? [];
}
