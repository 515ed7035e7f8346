import { EXERCISE_PRICES, GB, type Prices } from '@alidade/sdk/advise';
import type { Cost } from '@alidade/sdk/schema';
import type { StoredSizes } from '../storage/store.ts';

export { EXERCISE_PRICES, type Prices };

const DAY_MS = 86_400_000;
/** While less is on disk, the measured size of a sample says nothing yet. */
const ENOUGH_SAMPLES = 50_000;
const ENOUGH_LINES = 10_000;
/** The exercise's. */
const ASSUMED_BYTES_PER_SAMPLE = 2;
const ASSUMED_LOG_COMPRESSION = 10;
/** What is kept for ever is priced as if for so long. */
export const FOR_EVER_DAYS = 365;

/** Turns series, samples and lines into bytes and money. */
export class Costs {
  readonly prices: Prices;
  readonly retentionDays: number;
  readonly logRetentionDays: number;
  readonly bytesPerSample: number;
  readonly isMeasured: boolean;
  /** Bytes that arrive for each on disk. */
  readonly logCompression: number;

  constructor(prices: Prices, retention: { readonly metricsMs: number; readonly logsMs: number }, { metrics, logs }: StoredSizes) {
    this.prices = prices;
    this.retentionDays = retention.metricsMs > 0 ? retention.metricsMs / DAY_MS : FOR_EVER_DAYS;
    this.logRetentionDays = retention.logsMs > 0 ? retention.logsMs / DAY_MS : FOR_EVER_DAYS;
    this.isMeasured = metrics.entries >= ENOUGH_SAMPLES;
    this.bytesPerSample = this.isMeasured ? metrics.bytes / metrics.entries : ASSUMED_BYTES_PER_SAMPLE;
    this.logCompression = logs.entries >= ENOUGH_LINES && logs.bytes > 0 ? logs.rawBytes / logs.bytes : ASSUMED_LOG_COMPRESSION;
  }

  /** Of series that bring so many samples a day, kept for `days`. */
  ofSamples(samplesPerDay: number, series: number, days = this.retentionDays): Cost {
    const { replicas, storageGbMonth, thousandSeriesMonth } = this.prices;
    const bytes = samplesPerDay * days * this.bytesPerSample * replicas;
    return { bytes, monthlyCost: (bytes / GB) * storageGbMonth + (series / 1_000) * thousandSeriesMonth };
  }

  /** Of log lines that come to so many bytes a day. */
  ofLogs(bytesPerDay: number): Cost {
    const { replicas, storageGbMonth, logGbIngested } = this.prices;
    const bytes = (bytesPerDay * this.logRetentionDays * replicas) / this.logCompression;
    return { bytes, monthlyCost: (bytes / GB) * storageGbMonth + ((bytesPerDay * 30) / GB) * logGbIngested };
  }
}

/** The sum of costs. */
export function addCosts(...costs: readonly Cost[]): Cost {
  return {
    bytes: costs.reduce((sum, { bytes }) => sum + bytes, 0),
    monthlyCost: costs.reduce((sum, { monthlyCost }) => sum + monthlyCost, 0),
  };
}

/** What is left of a cost. */
export function subtractCosts(a: Cost, b: Cost): Cost {
  return { bytes: a.bytes - b.bytes, monthlyCost: a.monthlyCost - b.monthlyCost };
}
