// A dashboard's question over 30 days of 200 counters scraped every 15 s (34.6 million samples), first asked, then asked again a step later,
// with new samples in between. The samples are made up as they are read.
import { bench, describe } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { Labels } from '../../model/labels.ts';
import { ChangeLog } from '../../storage/change-log.ts';
import type { MetricSelection, MetricStore, SeriesSet } from '../../storage/store.ts';
import { createQueryEngine } from './query-engine.ts';
import { ResultCache } from './result-cache.ts';

const SERIES = 200;
const SCRAPE_MS = 15_000;
const STEP_MS = 30 * 60_000;
const START_MS = 1_750_000_200_000;
const STEPS = 1440;
/** How often a question may move on within the samples. */
const MOVES = 400;

const labels = Array.from({ length: SERIES }, (_, i) =>
  Labels.from({ __name__: 'http_requests_total', service: `s${i % 20}`, pod: `p${i}`, le: String(i % 10) }),
);
const firstScrape = Math.floor((START_MS - 3_600_000) / SCRAPE_MS);
const base = Float64Array.from({ length: ((STEPS + MOVES) * STEP_MS) / SCRAPE_MS + 1000 }, (_, n) => n * 3 + ((n * 31) % 3));

function setOf(series: readonly Labels[], { startMs, endMs }: MetricSelection): SeriesSet {
  const first = Math.ceil(startMs / SCRAPE_MS);
  const count = Math.floor(endMs / SCRAPE_MS) - first + 1;
  const times = Float64Array.from({ length: count }, (_, i) => (first + i) * SCRAPE_MS);
  const timestampsMs = new Float64Array(count * series.length);
  const values = new Float64Array(count * series.length);
  for (let s = 0; s < series.length; s++) {
    timestampsMs.set(times, s * count);
    values.set(base.subarray(first - firstScrape, first - firstScrape + count), s * count);
  }
  return { labels: series, offsets: Uint32Array.from({ length: series.length + 1 }, (_, s) => s * count), timestampsMs, values };
}

const changes = new ChangeLog();
const store: Partial<MetricStore> = {
  changes,
  select: async (selections) => selections.map((selection) => setOf(labels, selection)),
  /** Ten series at a time, as a store hands out long reads. */
  async *selectPacked(selection) {
    for (let s = 0; s < SERIES; s += 10) yield setOf(labels.slice(s, s + 10), selection);
  },
};
const cache = new ResultCache({ maxBytes: 32 * 1024 * 1024 });
const engine = createQueryEngine({ store: store as MetricStore, clock: systemClock, workers: 1, cache });
const options = { iterations: 5, time: 0, warmupIterations: 1, warmupTime: 0 };

describe.each([
  'sum by (service) (rate(x[5m]))',
  'topk(5, sum by (service) (rate(x[30m])))',
  'histogram_quantile(0.95, sum by (le, service) (rate(x[30m])))',
  'x',
])('%s', (expr) => {
  let moved = 0;
  const ask = async (noCache: boolean) => {
    const startMs = START_MS + moved * STEP_MS;
    await engine.rangeJson({ expr, startMs, endMs: startMs + (STEPS - 1) * STEP_MS, stepMs: STEP_MS, noCache });
  };
  bench('first time', () => ask(true), options);
  bench(
    'refreshed: a step later, after new samples',
    async () => {
      changes.record(START_MS + (STEPS + moved++) * STEP_MS);
      await ask(false);
    },
    { ...options, iterations: 50, warmupIterations: 2 },
  );
  bench('the same again', () => ask(false), { ...options, iterations: 50 });
});
