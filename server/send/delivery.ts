import type { RemoteWriteConfig } from '../config/remote-write.ts';
import { withoutPassword } from '../http-client/parse-url.ts';
import { type Clock, sleep } from '../model/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { BatchCounts, BatchEncoder, EncodedBatch } from './batch.ts';
import type { ShardCalculation } from './desired-shards.ts';
import { compressRequest, type Endpoint, type SendVerdict } from './endpoint.ts';
import type { QueueMetrics } from './metrics.ts';
import type { Shard } from './shard.ts';

/** What is said about trouble with a peer at most so often. */
const SAY_EVERY_MS = 60_000;

export interface DeliveryDeps {
  readonly config: RemoteWriteConfig;
  readonly encoder: BatchEncoder;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly metrics: QueueMetrics;
  readonly calculation: ShardCalculation;
  readonly logger: Logger;
  /** Resolves when it is known, also after a crash, what is about to be sent. */
  readonly beforeSending: () => Promise<void>;
}

/** Two ways to end: `stop` begins nothing new, `abort` gives up what is under way. */
export interface EndSignals {
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
}

/** Sends the batches of a queue, each until the peer has taken or refused it. */
export class Delivery {
  readonly #deps: DeliveryDeps;
  #failingSinceMs: number | undefined;
  #lastSaidMs = Number.NEGATIVE_INFINITY;
  #refusedSince = 0;
  /** Time of the newest sample that was delivered, and when that was. */
  newestMs = Number.NEGATIVE_INFINITY;
  lastDeliveredMs = Number.NEGATIVE_INFINITY;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /** Whether the last request was neither taken nor refused. */
  get isFailing(): boolean {
    return this.#failingSinceMs !== undefined;
  }

  /** Delivers the first samples of a shard, at most `count`, or gives them up; answers how many. Rejects when it was ended before. */
  async deliver(shard: Shard, count: number, end: EndSignals): Promise<number> {
    const { config, endpoint, clock } = this.#deps;
    const { minBackoffMs, maxBackoffMs, sampleAgeLimitMs } = config.queue;
    let { body, counts, taken } = await this.#encode(shard, count);
    let backoffMs = minBackoffMs;
    shard.beginSending(taken);
    await this.#deps.beforeSending();
    for (let attempt = 0; !isEmpty(counts); attempt++) {
      const startMs = clock.nowMs();
      const verdict = await endpoint.send(body, attempt, end.abort);
      const seconds = (clock.nowMs() - startMs) / 1000;
      if (verdict.kind !== 'again') {
        this.#finish(verdict, counts, body.length, seconds);
        break;
      }
      this.#sayFailing(verdict.message, counts);
      // `Retry-After: 0` is no leave to ask without a pause.
      await sleep(clock, verdict.afterMs || backoffMs, end.stop);
      backoffMs = Math.min(backoffMs * 2, maxBackoffMs);
      if (sampleAgeLimitMs > 0) ({ body, counts, taken } = await this.#encode(shard, taken, counts.tooOld));
    }
    return taken;
  }

  async #encode(shard: Shard, count: number, alreadyTooOld = 0): Promise<EncodedBatch> {
    const { config, encoder, clock, metrics } = this.#deps;
    const { sampleAgeLimitMs } = config.queue;
    const oldestMs = sampleAgeLimitMs > 0 ? clock.nowMs() - sampleAgeLimitMs : Number.NEGATIVE_INFINITY;
    const { body, counts, taken } = encoder.encode(shard, count, oldestMs);
    metrics.drop('samples', 'too_old', counts.tooOld - alreadyTooOld);
    return { body: await compressRequest(body), counts, taken };
  }

  #finish(verdict: Exclude<SendVerdict, { kind: 'again' }>, counts: BatchCounts, bytes: number, seconds: number): void {
    const { metrics, calculation, clock } = this.#deps;
    const { samples, histograms, exemplars } = counts;
    metrics.count('samples_total', samples);
    metrics.count('histograms_total', histograms);
    metrics.count('exemplars_total', exemplars);
    metrics.count('bytes_total', bytes);
    metrics.observeBatchSeconds(seconds);
    const nothing = { samples: 0, histograms: 0, exemplars: 0 };
    const written = verdict.written ?? (verdict.kind === 'delivered' ? counts : nothing);
    metrics.count('samples_failed_total', samples - written.samples);
    metrics.count('histograms_failed_total', histograms - written.histograms);
    metrics.count('exemplars_failed_total', exemplars - written.exemplars);
    calculation.addSent(samples + histograms + exemplars, seconds);
    if (verdict.kind === 'delivered' && counts.newestMs > this.newestMs) this.newestMs = counts.newestMs;
    this.lastDeliveredMs = clock.nowMs();
    this.#sayRecovered();
    const refused = samples + histograms - written.samples - written.histograms;
    if (verdict.kind === 'refused') this.#sayRefused(verdict.message, refused);
    else if (refused > 0) this.#sayRefused('the peer answered success, but says that it has written fewer samples', refused);
  }

  #sayFailing(message: string, { samples, histograms, exemplars }: BatchCounts): void {
    const { metrics, logger, clock } = this.#deps;
    metrics.count('samples_retried_total', samples);
    metrics.count('histograms_retried_total', histograms);
    metrics.count('exemplars_retried_total', exemplars);
    const nowMs = clock.nowMs();
    if (this.#failingSinceMs === undefined) this.#failingSinceMs = nowMs;
    else if (nowMs - this.#lastSaidMs < SAY_EVERY_MS) return;
    this.#lastSaidMs = nowMs;
    logger.warn({ ...this.#place(), reason: message }, 'remote write: the peer does not take samples; they wait in the log');
  }

  #sayRecovered(): void {
    if (this.#failingSinceMs === undefined) return;
    const { logger, clock } = this.#deps;
    const seconds = Math.round((clock.nowMs() - this.#failingSinceMs) / 1000);
    this.#failingSinceMs = undefined;
    logger.info({ ...this.#place(), seconds }, 'remote write: the peer answers again');
  }

  #sayRefused(message: string, samples: number): void {
    const { logger, clock } = this.#deps;
    this.#refusedSince += samples;
    const nowMs = clock.nowMs();
    if (nowMs - this.#lastSaidMs < SAY_EVERY_MS) return;
    this.#lastSaidMs = nowMs;
    logger.error(
      { ...this.#place(), samples: this.#refusedSince, reason: message },
      'remote write: the peer refused samples, which are not sent again',
    );
    this.#refusedSince = 0;
  }

  #place() {
    const { config } = this.#deps;
    return { remote_name: config.name, url: withoutPassword(config.url) };
  }
}

function isEmpty({ samples, histograms, exemplars }: BatchCounts): boolean {
  return samples + histograms + exemplars === 0;
}
