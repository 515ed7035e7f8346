import { decodeHistogram } from '../../model/histogram-codec.ts';
import { histogramJson } from '../../model/histogram-text.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { MetricStore, SeriesSet } from '../../storage/store.ts';

/** A sample as tests compare it; a histogram is what the query API says of it. */
export type StoredSample = readonly [timestampMs: number, value: number | string];

/** Everything in the store whose name matches, by series in PromQL's notation. */
export async function storedSamples(store: MetricStore, namePattern = '.+'): Promise<Record<string, StoredSample[]>> {
  const matchers = [{ type: '=~', name: '__name__', value: namePattern } as const];
  const [set] = await store.select([{ matchers, startMs: 0, endMs: Number.MAX_SAFE_INTEGER }], {});
  if (!set) return {};
  const bits = bitsOf(set.values);
  const samplesOf = (series: number) => {
    const samples: StoredSample[] = [];
    for (let i = set.offsets[series] as number; i < (set.offsets[series + 1] as number); i++) {
      samples.push([set.timestampsMs[i] as number, isStaleAt(bits, i) ? 'stale' : (histogramAt(set, i) ?? (set.values[i] as number))]);
    }
    return samples;
  };
  return Object.fromEntries(set.labels.map((labels, i) => [labels.toString(), samplesOf(i)]));
}

/** As `storedSamples`, without the report series of scrapes. */
export async function storedTargetSamples(store: MetricStore): Promise<Record<string, StoredSample[]>> {
  const all = await storedSamples(store);
  return Object.fromEntries(Object.entries(all).filter(([series]) => !/^(up|scrape_)/.test(series)));
}

function histogramAt({ histograms }: SeriesSet, i: number): string | undefined {
  const [start = 0, end = 0] = histograms?.offsets.subarray(i, i + 2) ?? [];
  return histograms && end > start ? histogramJson(decodeHistogram(histograms.bytes.subarray(start, end))) : undefined;
}
