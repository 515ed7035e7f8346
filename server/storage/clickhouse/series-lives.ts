// What can be said of series without reading samples: when they live, and how many samples their metrics have.
import { throwIfAborted } from '../errors.ts';
import type { ReadLimits, SeriesLife } from '../store.ts';
import { type Driver, queryAll } from './driver.ts';
import { VISIBLE, type Visible } from './generations.ts';
import type { Series } from './head.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import { METRIC_PARTITION_MS } from './tables.ts';
import type { Turns } from './turns.ts';

/** Series looked at before other work gets its turn. */
const SLICE = 2_000;

/** All series with samples, a slice in each turn. */
export async function* livesOf(catalog: SeriesCatalog, turns: Turns, limits: ReadLimits): AsyncGenerator<readonly SeriesLife[]> {
  for await (const slice of slicesOf(catalog, turns, limits)) {
    const lives: SeriesLife[] = [];
    for (const series of slice) {
      if (!series.hasHead && !series.hasDisk) continue;
      const { labels, oldestMs, lastMs, lastKind } = series;
      lives.push({ labels, firstMs: oldestMs, lastMs, hasEnded: lastKind === 'stale' });
    }
    yield lives;
  }
}

/** As MetricStore.samplesByMetric. */
export async function countSamplesByMetric(
  { catalog, turns, driver, visible }: { catalog: SeriesCatalog; turns: Turns; driver: Driver; visible: Visible },
  startMs: number,
  limits: ReadLimits,
): Promise<ReadonlyMap<string, number>> {
  const names = new Map<number, string>();
  const counts = new Map<string, number>();
  const add = (name: string, count: number) => {
    if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
  };
  for await (const slice of slicesOf(catalog, turns, limits)) {
    for (const { metric, labels, count, columns, late } of slice) {
      let name = names.get(metric);
      if (name === undefined) {
        name = labels.metricName;
        names.set(metric, name);
      }
      add(name, (count > 0 ? count - columns.lowerBound(count, startMs) : 0) + (late?.count ?? 0));
    }
  }
  // Of a block that lies across the start, its share by time.
  const sql = `SELECT metric, sum(count * if(min_t >= {start:Int64}, 1, (max_t - {start:Int64} + 1) / (max_t - min_t + 1))) AS samples
    FROM samples WHERE min_t >= {from:Int64} AND max_t >= {start:Int64} AND ${VISIBLE} GROUP BY metric`;
  const from = Math.floor(startMs / METRIC_PARTITION_MS) * METRIC_PARTITION_MS;
  for (const block of await queryAll(driver, sql, { start: startMs, from, ...visible }, limits)) {
    const samples = block.fixed('samples', 'Float64');
    block.fixed('metric', 'UInt32').forEach((metric, i) => {
      const name = names.get(metric);
      if (name !== undefined) add(name, Math.round(samples[i] as number));
    });
  }
  return counts;
}

async function* slicesOf(catalog: SeriesCatalog, turns: Turns, limits: ReadLimits): AsyncGenerator<Series[]> {
  const all = [...catalog.indexed()];
  for (let from = 0; from < all.length; from += SLICE) {
    if (from > 0) await turns.next();
    throwIfAborted(limits);
    yield all.slice(from, from + SLICE);
  }
}
