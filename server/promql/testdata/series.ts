// Series for tests: two hours of what instrumented services produce, and of what goes wrong: resets, gaps, stale markers,
// replaced instances, NaN and infinities, uneven scrapes, histograms whose counts fall.
import type { FloatHistogram } from '../../model/histogram.ts';
import { Labels } from '../../model/labels.ts';

/** One series with its samples in order. */
export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly TestSample[];
}

export interface TestSample {
  readonly timestampMs: number;
  readonly value: number;
  /** Where the sample is a histogram, whose value means nothing. */
  readonly histogram?: FloatHistogram | undefined;
  readonly isStale?: boolean | undefined;
}

/** The first sample's time; a multiple of an hour plus a little, so that nothing falls on round steps by chance. */
export const TEST_START_MS = 1_700_000_000_000;
export const TEST_END_MS = TEST_START_MS + 2 * 3_600_000;
const SCRAPE_MS = 15_000;

/** All test series in the order of their labels; the same on every call. */
export function testSeries(): TestSeries[] {
  const series = [...requests(), ...predictions(), ...histograms(), ...gauges(), ...oddities()];
  return series.sort((a, b) => Labels.from(a.labels).compare(Labels.from(b.labels)));
}

function requests(): TestSeries[] {
  const series: TestSeries[] = [];
  for (const [i, instance] of ['a:1', 'b:1', 'c:1'].entries())
    for (const [s, status] of ['200', '404', '500'].entries())
      series.push(counter({ __name__: 'http_requests_total', job: 'ml-inference', instance, status }, 3 * i + s, 5 / (s + 1)));
  return series;
}

function predictions(): TestSeries[] {
  const series: TestSeries[] = [];
  for (const [v, model_version] of ['v1', 'v2'].entries())
    for (const [s, status] of ['success', 'error', 'failure'].entries())
      for (const [r, prediction_result] of ['churn', 'stay'].entries()) {
        const labels = { job: 'ml-api', instance: 'a:1', model_version, status, prediction_result };
        const seed = 20 + 4 * v + 2 * s + r;
        series.push(counter({ __name__: 'ml_predictions_total', ...labels }, seed, 0.4));
        if (r === 0) series.push(counter({ __name__: 'ml_model_predictions_total', ...labels }, seed + 50, 1.5));
      }
  return series;
}

function histograms(): TestSeries[] {
  const bounds = ['0.005', '0.1', '0.25', '0.5', '1', '2.5', '+Inf'];
  const series: TestSeries[] = [];
  for (const name of ['http_request_duration_seconds', 'ml_prediction_duration_seconds', 'ml_model_inference_duration_seconds'])
    for (const [i, instance] of ['a:1', 'b:1'].entries()) {
      const labels = { job: name.startsWith('http') ? 'ml-inference' : 'ml-api', instance };
      bounds.forEach((le, b) => {
        series.push(
          line({ __name__: `${name}_bucket`, ...labels, le }, (n) => Math.floor((n * (b + 1) * (1 + i)) / 3 + Math.sin(n / 9 + i) * b)),
        );
      });
      series.push(line({ __name__: `${name}_sum`, ...labels }, (n) => n * 0.31 * (1 + i)));
      series.push(line({ __name__: `${name}_count`, ...labels }, (n) => Math.floor((n * bounds.length * (1 + i)) / 3)));
    }
  // Counts that fall from bucket to bucket, no +Inf, a bound twice, and one that is no number.
  for (const [le, factor] of [
    ['1', 5],
    ['2', 3],
    ['4', 9],
    ['4.0', 1],
    ['+Inf', 8],
  ] as const)
    series.push(line({ __name__: 'broken_bucket', job: 'x', instance: 'a:1', le }, (n) => n * factor));
  series.push(line({ __name__: 'broken_bucket', job: 'y', instance: 'a:1', le: '1' }, (n) => n));
  series.push(line({ __name__: 'broken_bucket', job: 'z', instance: 'a:1', le: 'many' }, (n) => n));
  series.push(line({ __name__: 'broken_bucket', job: 'empty', instance: 'a:1', le: '-1' }, () => 0));
  series.push(line({ __name__: 'broken_bucket', job: 'empty', instance: 'a:1', le: '+Inf' }, () => 0));
  return series;
}

function gauges(): TestSeries[] {
  const series: TestSeries[] = [];
  for (const [i, instance] of ['a:1', 'b:1', 'c:1'].entries()) {
    series.push(line({ __name__: 'up', job: 'ml-api', instance }, (n) => (n > 200 && n < 260 && i === 1 ? 0 : 1)));
    series.push(
      line(
        { __name__: 'gpu_utilization_percent', job: 'ml-inference', instance, extra: `gpu-${i}` },
        (n) => 50 + 40 * Math.sin(n / 20 + i),
      ),
    );
    series.push(line({ __name__: 'node_memory_MemTotal_bytes', job: 'node', instance }, () => 16 * 1024 ** 3));
    series.push(line({ __name__: 'node_memory_MemAvailable_bytes', job: 'node', instance }, (n) => 1e9 * (i + 1) + n * 1_234_567.25));
    series.push(
      line({ __name__: 'node_filesystem_avail_bytes', job: 'node', instance, mountpoint: '/' }, (n) => 5e10 - n * 7.7e7 * (i + 1)),
    );
    series.push(line({ __name__: 'node_filesystem_size_bytes', job: 'node', instance, mountpoint: '/' }, () => 1e11));
    for (const mode of ['idle', 'user'])
      series.push(counter({ __name__: 'node_cpu_seconds_total', job: 'node', instance, cpu: '0', mode }, 90 + i, 0.9));
    series.push(line({ __name__: 'ml_model_accuracy', job: 'ml-api', instance, model: `m${i}` }, (n) => 0.95 - n * 0.0003 * (i + 1)));
    series.push(line({ __name__: 'app_memory_usage_bytes', job: 'ml-api', instance }, (n) => 1e8 + ((n * 7919) % 1000) * 1e4));
  }
  return series;
}

function oddities(): TestSeries[] {
  const values = [1, Number.NaN, Number.POSITIVE_INFINITY, -2.5, 0, -0, 1e300, Number.NEGATIVE_INFINITY, 3e-300, 1e16, 1, -1e16];
  return [
    line({ __name__: 'odd_values', job: 'odd', instance: 'a:1' }, (n) => values[n % values.length] as number),
    line({ __name__: 'odd_values', job: 'odd', instance: 'b:1' }, (n) => [1e16, 1, -1e16, 0.1][n % 4] as number),
    line({ __name__: 'odd_values', job: 'huge', instance: 'a:1' }, () => 1.5e308),
    line({ __name__: 'resetting_total', job: 'ml-api', instance: 'a:1' }, (n) => (n % 37) * 1.5),
    line({ __name__: 'resetting_total', job: 'ml-api', instance: 'b:1' }, (n) => (n % 5) + (n % 11) / 7),
    { labels: { __name__: 'sparse', job: 'ml-api', instance: 'a:1' }, samples: sparse(7) },
    { labels: { __name__: 'sparse', job: 'ml-api', instance: 'b:1' }, samples: sparse(13) },
    ...replaced(),
  ];
}

/** Uneven samples with long gaps and a stale marker at the begin of some of them. */
function sparse(seed: number): TestSample[] {
  const samples: TestSample[] = [];
  let timestampMs = TEST_START_MS + seed;
  for (let n = 0; timestampMs < TEST_END_MS; n++) {
    const isStale = (n * seed) % 17 === 16;
    samples.push(isStale ? { timestampMs, value: Number.NaN, isStale } : { timestampMs, value: (n * seed) % 10 });
    timestampMs += 1 + ((n * seed * 7919) % 47_000) + ((n * seed) % 23 === 0 ? 400_000 : 0);
  }
  return samples;
}

/** The same service under one name after another, each ended by a stale marker; once two overlap. */
function replaced(): TestSeries[] {
  return [0, 1, 2].map((k) => {
    const from = k * 160 - (k === 2 ? 30 : 0);
    const samples: TestSample[] = [];
    for (let n = from; n < from + 160; n++) samples.push({ timestampMs: TEST_START_MS + n * SCRAPE_MS, value: n * (k + 1) });
    samples.push({ timestampMs: TEST_START_MS + (from + 160) * SCRAPE_MS, value: Number.NaN, isStale: true });
    return { labels: { __name__: 'replaced', job: 'ml-api', instance: 'a:1', pod: `pod-${k}` }, samples };
  });
}

/** A counter that grows unevenly, restarts now and then, misses scrapes, and is scraped a little late. */
function counter(labels: Record<string, string>, seed: number, perScrape: number): TestSeries {
  const samples: TestSample[] = [];
  let value = 0;
  for (let n = 0; TEST_START_MS + n * SCRAPE_MS < TEST_END_MS; n++) {
    const dice = (n * 7919 + seed * 104_729) % 997;
    value = dice === 13 ? 0 : value + Math.floor((dice / 300) * perScrape);
    if (dice % 89 === 7) continue;
    samples.push({ timestampMs: TEST_START_MS + n * SCRAPE_MS + (seed % 10) * 100 + (dice % 5), value });
  }
  return { labels, samples };
}

function line(labels: Record<string, string>, valueAt: (n: number) => number): TestSeries {
  const samples: TestSample[] = [];
  for (let n = 0; TEST_START_MS + n * SCRAPE_MS < TEST_END_MS; n++)
    samples.push({ timestampMs: TEST_START_MS + n * SCRAPE_MS, value: valueAt(n) });
  return { labels, samples };
}
