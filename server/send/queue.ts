import type { RemoteWriteConfig } from '../config/remote-write.ts';
import { EncoderV1 } from '../formats/remote-write/encoder-v1.ts';
import { EncoderV2 } from '../formats/remote-write/encoder-v2.ts';
import type { HttpClient } from '../http-client/http-client.ts';
import { withoutPassword } from '../http-client/parse-url.ts';
import { type Clock, sleep, type Timer } from '../model/clock.ts';
import type { CommitLog } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { BatchEncoder } from './batch.ts';
import { Delivery } from './delivery.ts';
import { ShardCalculation } from './desired-shards.ts';
import { Endpoint } from './endpoint.ts';
import { MetadataLookup, type MetadataSource, sendMetadata } from './metadata.ts';
import type { GaugeValues, QueueMetrics, SendMetrics } from './metrics.ts';
import { comparePositions, epochsAfter, type Progress } from './progress.ts';
import { Sending } from './sending.ts';
import { SentSeriesCache } from './sent-series.ts';

const LOOK_EVERY_MS = 20;
const BEGIN_AGAIN_MS = 5_000;
/** So long requests under way may take when somebody waits for the end of the queue. */
const STOP_WITHIN_MS = 3_000;

export interface QueueDeps {
  readonly log: CommitLog;
  readonly config: RemoteWriteConfig;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly client: HttpClient;
  readonly metadata: MetadataSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SendMetrics;
  readonly userAgent: string;
  readonly onProgress: () => void;
  /** Resolves when the progress as it is now is on disk. */
  readonly keepProgress: () => Promise<void>;
}

/** One entry of `remote_write` at work: sends all of the log from some place on. */
export class SendQueue {
  readonly #deps: QueueDeps;
  readonly #metrics: QueueMetrics;
  readonly #calculation = new ShardCalculation();
  readonly #series: SentSeriesCache;
  readonly #delivery: Delivery;
  readonly #ended = new AbortController();
  readonly #metadata: Promise<void>;
  #sending: Sending;
  /** What is being stopped to begin again otherwise. */
  #halting: Sending | undefined;
  #desired: number;
  #reshardTimer: Timer | undefined;
  /** One change of what runs after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  /** Bytes of the log that are not delivered, as the manager found them. */
  logBytes = 0;

  constructor(deps: QueueDeps, from: Progress) {
    const { config, log, clock, logger, externalLabels } = deps;
    this.#deps = deps;
    this.#metrics = deps.metrics.queue(config.name, withoutPassword(config.url), () => this.#gauges());
    this.#series = new SentSeriesCache({ labelsOf: (ref) => log.labelsOf(ref), externalLabels, rules: config.relabel });
    const endpoint = new Endpoint(config, deps.client, deps.userAgent);
    const [metrics, calculation] = [this.#metrics, this.#calculation];
    const encoder = batchEncoder(config, deps.metadata, clock);
    this.#delivery = new Delivery({ config, encoder, endpoint, clock, metrics, calculation, logger, beforeSending: deps.keepProgress });
    this.#desired = config.queue.minShards;
    this.#sending = this.#start(from, config.queue.minShards);
    this.#metadata =
      config.metadata.send && config.protocol === '1.0'
        ? sendMetadata({ config, source: deps.metadata, endpoint, clock, metrics, logger }, this.#ended.signal)
        : Promise.resolve();
    this.#scheduleReshard();
  }

  get progress(): Progress {
    return this.#sending.progress;
  }

  /** Passes over everything before a segment that is not delivered; answers how many samples that were. */
  skipTo(segment: number): Promise<number> {
    const to = { segment, offset: 0 };
    return this.#change(async () => {
      const { low, epochs } = await this.#halt();
      const isBehind = comparePositions(low, to) < 0;
      this.#sending = this.#start(isBehind ? { low: to, epochs: epochsAfter(to, epochs) } : { low, epochs }, this.#sending.shards);
      if (!isBehind) return 0;
      const samples = await this.#deps.log.countSamples(low, segment);
      this.#metrics.drop('samples', 'log_limit', samples);
      return samples;
    });
  }

  /** A change under way waits no longer for slow requests: somebody waits for it. */
  hurry(): void {
    void this.#halting?.stop(STOP_WITHIN_MS);
  }

  /** Sends what is left for up to `drainMs` if the peer answers, and ends; answers how far it has come. */
  async stop(drainMs: number): Promise<Progress> {
    const { clock } = this.#deps;
    this.#reshardTimer?.cancel();
    this.#ended.abort();
    this.hurry();
    await this.#changing;
    const sending = this.#sending;
    sending.flush();
    const deadline = clock.nowMs() + drainMs;
    while (!sending.isDone && !this.#delivery.isFailing && clock.nowMs() < deadline) await sleep(clock, LOOK_EVERY_MS);
    const progress = await sending.stop(STOP_WITHIN_MS);
    await this.#metadata;
    this.#metrics.remove();
    return progress;
  }

  #start(from: Progress, shards: number): Sending {
    const { log, config, clock, logger, onProgress } = this.#deps;
    const onFailed = () => void this.#change(() => this.#beginAgain(sending));
    const [series, delivery, calculation, metrics] = [this.#series, this.#delivery, this.#calculation, this.#metrics];
    const sending: Sending = new Sending(
      { log, config, series, delivery, calculation, metrics, clock, logger, onProgress, onFailed },
      from,
      shards,
    );
    return sending;
  }

  /** Ends what runs to begin again otherwise: what a slow peer has been sent is waited for. */
  async #halt(): Promise<Progress> {
    this.#halting = this.#sending;
    const progress = await this.#sending.stop(this.#deps.config.timeoutMs);
    this.#halting = undefined;
    return progress;
  }

  async #beginAgain(failed: Sending): Promise<void> {
    await sleep(this.#deps.clock, BEGIN_AGAIN_MS, this.#ended.signal).catch(() => undefined);
    if (failed === this.#sending && !this.#ended.signal.aborted) this.#sending = this.#start(await this.#halt(), failed.shards);
  }

  #scheduleReshard(): void {
    const { clock, logger, config } = this.#deps;
    this.#reshardTimer = clock.after(ShardCalculation.everyMs, () => {
      this.#change(() => this.#reshard())
        .catch((error: unknown) =>
          logger.error({ err: error, remote_name: config.name }, 'remote write: the number of shards was not changed'),
        )
        .finally(() => {
          if (!this.#ended.signal.aborted) this.#scheduleReshard();
        });
    });
  }

  async #reshard(): Promise<void> {
    const { log, config, clock, logger } = this.#deps;
    const { minShards: min, maxShards: max, batchSendDeadlineMs } = config.queue;
    const { shards } = this.#sending;
    const { newestMs, lastDeliveredMs } = this.#delivery;
    const delaySeconds = Number.isFinite(newestMs) ? (log.newestMs - newestMs) / 1000 : 0;
    this.#desired = this.#calculation.desired(shards, delaySeconds, { min, max });
    // While nothing gets through, more of it will not.
    const isStuck = clock.nowMs() - lastDeliveredMs > Math.max(2 * batchSendDeadlineMs, ShardCalculation.everyMs);
    if (this.#desired === shards || isStuck || this.#ended.signal.aborted) return;
    logger.info({ remote_name: config.name, from: shards, to: this.#desired }, 'remote write: the number of shards changes');
    const progress = await this.#halt();
    this.#sending = this.#start(progress, this.#desired);
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work);
    this.#changing = done.catch(() => undefined);
    return done;
  }

  #gauges(): GaugeValues {
    const { queue } = this.#deps.config;
    const { newestMs } = this.#delivery;
    return {
      samples_pending: this.#sending.pending,
      shard_capacity: queue.capacity,
      shards: this.#sending.shards,
      shards_min: queue.minShards,
      shards_max: queue.maxShards,
      shards_desired: this.#desired,
      max_samples_per_send: queue.maxSamplesPerSend,
      queue_highest_sent_timestamp_seconds: Number.isFinite(newestMs) ? newestMs / 1000 : 0,
      alidade_remote_write_log_bytes: this.logBytes,
      prometheus_wal_watcher_current_segment: this.progress.low.segment,
    };
  }
}

function batchEncoder(config: RemoteWriteConfig, source: MetadataSource, clock: Clock): BatchEncoder {
  if (config.protocol === '1.0') return new BatchEncoder(new EncoderV1());
  const lookup = new MetadataLookup(source, clock);
  return new BatchEncoder(new EncoderV2(), config.metadata.send ? (name) => lookup.find(name) : undefined);
}
