// From a commit of the log to the shards: each sample goes to that of its series, by a hash of the stored labels, or is dropped for a reason
// that is counted.
import type { RemoteWriteConfig } from '../config/remote-write.ts';
import type { Clock } from '../model/clock.ts';
import { CUSTOM_BUCKETS_SCHEMA } from '../model/histogram.ts';
import { encodedSchema } from '../model/histogram-codec.ts';
import { bitsOf } from '../model/stale.ts';
import type { LoggedCommit, LogPosition } from '../storage/store.ts';
import type { ShardCalculation } from './desired-shards.ts';
import type { QueueMetrics } from './metrics.ts';
import { DELIVERED, NEW, type SentBefore } from './progress.ts';
import type { SentSeriesCache } from './sent-series.ts';
import type { Shard } from './shard.ts';

const NO_BITS = new Uint32Array(2);

type LoggedSamples = Extract<LoggedCommit, { kind: 'samples' }>;
type LoggedExemplars = Extract<LoggedCommit, { kind: 'exemplars' }>;

export interface CommitRouterDeps {
  readonly config: RemoteWriteConfig;
  readonly series: SentSeriesCache;
  readonly shards: readonly Shard[];
  readonly before: SentBefore;
  readonly calculation: ShardCalculation;
  readonly metrics: QueueMetrics;
  readonly clock: Clock;
}

/** Gives commits to shards. */
export class CommitRouter {
  readonly #deps: CommitRouterDeps;

  constructor(deps: CommitRouterDeps) {
    this.#deps = deps;
  }

  /** Resolves when the shards have the commit that begins at `at`, or when `signal` was aborted; waits while one is full. */
  take(commit: LoggedCommit, at: LogPosition, signal: AbortSignal): Promise<void> {
    return commit.kind === 'samples' ? this.#takeSamples(commit, at, signal) : this.#takeExemplars(commit, at, signal);
  }

  async #takeSamples(commit: LoggedSamples, at: LogPosition, signal: AbortSignal): Promise<void> {
    const { config, series: cache, clock, metrics, calculation, before, shards } = this.#deps;
    const { series: refs, timestampsMs, values, histograms } = commit;
    const bits = bitsOf(values);
    const isAgain = before.reaches(at);
    const oldestMs = config.queue.sampleAgeLimitMs > 0 ? clock.nowMs() - config.queue.sampleAgeLimitMs : Number.NEGATIVE_INFINITY;
    let [dropped, unknown, tooOld, custom, unwanted] = [0, 0, 0, 0, 0];
    for (let i = 0; i < refs.length; i++) {
      const histogram = histograms?.get(i);
      const series = cache.find(refs[i] as number);
      const timestampMs = timestampsMs[i] as number;
      if (series === 'dropped') dropped++;
      else if (series === undefined) unknown++;
      else if (histogram && !config.sendNativeHistograms) unwanted++;
      else if (histogram && config.protocol === '1.0' && encodedSchema(histogram) === CUSTOM_BUCKETS_SCHEMA) custom++;
      else if (timestampMs < oldestMs) tooOld++;
      else {
        const resend = isAgain ? before.stateOf(series.hash, { ...at, index: i }) : NEW;
        if (resend === DELIVERED) continue;
        const shard = shards[series.hash % shards.length] as Shard;
        if (shard.isFull) await this.#roomIn(shard, signal);
        if (signal.aborted) return;
        shard.push(series, timestampMs, bits, i, { beside: histogram, at, index: i, resend });
      }
    }
    metrics.drop('samples', 'dropped_series', dropped);
    metrics.drop('samples', 'unintentionally_dropped_series', unknown);
    metrics.drop('samples', 'too_old', tooOld);
    metrics.drop('histograms', 'nhcb_not_supported', custom);
    calculation.addRead(refs.length, dropped + unknown + tooOld + custom + unwanted);
  }

  async #takeExemplars({ exemplars }: LoggedExemplars, at: LogPosition, signal: AbortSignal): Promise<void> {
    const { config, series: cache, metrics, calculation, before, shards } = this.#deps;
    if (!config.sendExemplars) return;
    let dropped = 0;
    for (const [i, { seriesLabels, exemplar }] of exemplars.entries()) {
      const series = cache.seriesOf(seriesLabels);
      if (series === 'dropped') dropped++;
      else {
        const resend = before.stateOf(series.hash, { ...at, index: i });
        if (resend === DELIVERED) continue;
        const shard = shards[series.hash % shards.length] as Shard;
        if (shard.isFull) await this.#roomIn(shard, signal);
        if (signal.aborted) return;
        shard.push(series, exemplar.timestampMs, NO_BITS, 0, { beside: exemplar, at, index: i, resend });
      }
    }
    metrics.drop('exemplars', 'dropped_series', dropped);
    calculation.addRead(exemplars.length, dropped);
  }

  #roomIn(shard: Shard, signal: AbortSignal): Promise<void> {
    this.#deps.metrics.count('enqueue_retries_total', 1);
    return shard.room(signal);
  }
}
