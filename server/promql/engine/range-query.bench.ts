// 30 days of 200 counters scraped every 15 s (34.6 million samples), asked at 1,440 steps. The samples are made up as they are
// read; `reading alone` is what that takes.
import { bench, describe } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { Labels } from '../../model/labels.ts';
import { ChangeLog } from '../../storage/change-log.ts';
import type { MetricSelection, MetricStore, SeriesSet } from '../../storage/store.ts';
import { createQueryEngine } from './query-engine.ts';

const SERIES = 200;
const SCRAPE_MS = 15_000;
const STEP_MS = 30 * 60_000;
const START_MS = 1_750_000_200_000;
const END_MS = START_MS + 1439 * STEP_MS;

const labels = Array.from({ length: SERIES }, (_, i) =>
  Labels.from({ __name__: 'http_requests_total', service: `s${i % 20}`, pod: `p${i}`, le: String(i % 10) }),
);
const base = Float64Array.from({ length: (END_MS - START_MS) / SCRAPE_MS + 1000 }, (_, n) => n * 3 + ((n * 31) % 3));

async function select(selections: readonly MetricSelection[]): Promise<SeriesSet[]> {
  return selections.map(({ startMs, endMs }) => {
    const first = Math.ceil(startMs / SCRAPE_MS);
    const count = Math.floor(endMs / SCRAPE_MS) - first + 1;
    const from = first - Math.floor((START_MS - 3_600_000) / SCRAPE_MS);
    const times = Float64Array.from({ length: count }, (_, i) => (first + i) * SCRAPE_MS);
    const timestampsMs = new Float64Array(count * SERIES);
    const values = new Float64Array(count * SERIES);
    for (let s = 0; s < SERIES; s++) {
      timestampsMs.set(times, s * count);
      values.set(base.subarray(from, from + count), s * count);
    }
    return { labels, offsets: Uint32Array.from({ length: SERIES + 1 }, (_, s) => s * count), timestampsMs, values };
  });
}

/** Ten series at a time, as a store hands out long reads. */
async function* selectPacked(selection: MetricSelection): AsyncGenerator<SeriesSet> {
  const [all] = (await select([selection])) as [SeriesSet];
  const count = all.offsets[1] as number;
  for (let s = 0; s < SERIES; s += 10) {
    const [from, to] = [s * count, (s + 10) * count];
    const offsets = Uint32Array.from({ length: 11 }, (_, i) => i * count);
    yield {
      labels: labels.slice(s, s + 10),
      offsets,
      timestampsMs: all.timestampsMs.slice(from, to),
      values: all.values.slice(from, to),
    };
  }
}

const store: Partial<MetricStore> = { select, selectPacked, changes: new ChangeLog() };
const engine = createQueryEngine({ store: store as MetricStore, clock: systemClock, workers: 1 });
const ask = (expr: string) => engine.rangeJson({ expr, startMs: START_MS, endMs: END_MS, stepMs: STEP_MS });
const options = { iterations: 5, time: 0, warmupIterations: 1, warmupTime: 0 };

describe('34.6 million samples', () => {
  bench(
    'reading alone',
    async () => {
      for (let t = START_MS; t < END_MS; t += 3 * 86_400_000)
        await select([{ matchers: [], startMs: t, endMs: Math.min(t + 3 * 86_400_000, END_MS) }]);
    },
    options,
  );
  bench('sum by (service) (rate(x[30m]))', async () => void (await ask('sum by (service) (rate(x[30m]))')), options);
  bench('sum by (service) (rate(x[5m]))', async () => void (await ask('sum by (service) (rate(x[5m]))')), options);
  bench(
    'histogram_quantile of rate(x[30m])',
    async () => void (await ask('histogram_quantile(0.95, sum by (le) (rate(x[30m])))')),
    options,
  );
  bench('avg_over_time(x[30m])', async () => void (await ask('sum(avg_over_time(x[30m]))')), options);
});
