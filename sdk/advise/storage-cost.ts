/** Bytes of a gigabyte as disks are sold (10^9). */
export const GB = 1e9;

const SECONDS_PER_DAY = 86_400;
/** Upstream's default limit on the samples that one query may load (`--query.max-samples`). */
const MOST_QUERY_SAMPLES = 50_000_000;

/** How questions over the whole retention fare. */
export type QueryPerformance = 'good' | 'moderate' | 'poor';

/** What is stored and for how long. */
export interface StoredSeries {
  /** Metric names; at least one is assumed. */
  readonly metrics: number;
  /** Series of all metrics together. */
  readonly series: number;
  readonly scrapeIntervalSeconds: number;
  readonly retentionDays: number;
  /** Two in the exercise; measured figures are better. */
  readonly bytesPerSample: number;
}

/** Bytes on one replica: `series × (86400 / interval) × days × bytes`. Throws RangeError for what cannot be. */
export function storageBytes({ series, scrapeIntervalSeconds, retentionDays, bytesPerSample }: Omit<StoredSeries, 'metrics'>): number {
  for (const [name, value] of Object.entries({ series, retentionDays, bytesPerSample }))
    if (!(value >= 0)) throw new RangeError(`${name} must be 0 or more, not ${value}`);
  if (!(scrapeIntervalSeconds > 0)) throw new RangeError(`scrapeIntervalSeconds must be above 0, not ${scrapeIntervalSeconds}`);
  const samplesPerDay = series * (SECONDS_PER_DAY / scrapeIntervalSeconds);
  return samplesPerDay * retentionDays * bytesPerSample;
}

/**
 * Judged by the samples that a question about one average metric over the whole retention reads: good up to a tenth of what Prometheus
 * lets one query load (50 million), poor beyond that limit.
 */
export function queryPerformance({ metrics, series, scrapeIntervalSeconds, retentionDays }: StoredSeries): QueryPerformance {
  const samples = (series / Math.max(1, metrics)) * (SECONDS_PER_DAY / scrapeIntervalSeconds) * retentionDays;
  return samples > MOST_QUERY_SAMPLES ? 'poor' : samples > MOST_QUERY_SAMPLES / 10 ? 'moderate' : 'good';
}
