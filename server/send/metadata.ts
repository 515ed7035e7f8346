import type { RemoteWriteConfig } from '../config/remote-write.ts';
import { encodeMetadataRequest } from '../formats/remote-write/encoder-v1.ts';
import type { SeriesMetadata } from '../formats/remote-write/request-encoder.ts';
import type { WrittenMetadata } from '../formats/remote-write/write-request.ts';
import { messageOf } from '../model/app-error.ts';
import { type Clock, sleep } from '../model/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { compressRequest, type Endpoint } from './endpoint.ts';
import type { QueueMetrics } from './metrics.ts';

/** What is known of metric families, in any order; of equal names any may be taken. */
export type MetadataSource = () => Iterable<WrittenMetadata>;

const LOOK_AGAIN_MS = 30_000;
const SUFFIXES = /_(?:bucket|count|sum|total|created|info)$/;

/** What each series is, by the name of its metric, as 2.0 wants it beside the samples. */
export class MetadataLookup {
  readonly #source: MetadataSource;
  readonly #clock: Clock;
  #families = new Map<string, SeriesMetadata>();
  #names = new Map<string, SeriesMetadata | undefined>();
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(source: MetadataSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  find(metricName: string): SeriesMetadata | undefined {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#readMs >= LOOK_AGAIN_MS) {
      this.#readMs = nowMs;
      this.#families = new Map();
      this.#names = new Map();
      for (const { metric, type, help, unit } of this.#source()) this.#families.set(metric, { type, help, unit });
    }
    if (this.#names.has(metricName)) return this.#names.get(metricName);
    const found = this.#families.get(metricName) ?? this.#families.get(metricName.replace(SUFFIXES, ''));
    this.#names.set(metricName, found);
    return found;
  }
}

export interface MetadataSenderDeps {
  readonly config: RemoteWriteConfig;
  readonly source: MetadataSource;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly metrics: QueueMetrics;
  readonly logger: Logger;
}

/** Tells a peer of 1.0 from time to time what metric families are, until `signal` is aborted. */
export async function sendMetadata(deps: MetadataSenderDeps, signal: AbortSignal): Promise<void> {
  const { config, clock, logger } = deps;
  while (!signal.aborted) {
    await sleep(clock, config.metadata.intervalMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await sendAll(deps, signal);
    } catch (error) {
      logger.error({ remote_name: config.name, reason: messageOf(error) }, 'remote write: metadata was not sent');
    }
  }
}

async function sendAll(deps: MetadataSenderDeps, signal: AbortSignal): Promise<void> {
  const { maxSamplesPerSend } = deps.config.metadata;
  const byName = new Map<string, WrittenMetadata>();
  for (const family of deps.source()) byName.set(family.metric, family);
  const families = [...byName.values()];
  for (let at = 0; at < families.length && !signal.aborted; at += maxSamplesPerSend)
    await sendSome(deps, families.slice(at, at + maxSamplesPerSend), signal);
}

/** Sends until it is taken or refused, for as long as an interval. */
async function sendSome(deps: MetadataSenderDeps, families: readonly WrittenMetadata[], signal: AbortSignal): Promise<void> {
  const { config, endpoint, clock, metrics, logger } = deps;
  const body = await compressRequest(encodeMetadataRequest(families));
  const giveUpMs = clock.nowMs() + config.metadata.intervalMs;
  metrics.count('metadata_total', families.length);
  metrics.count('metadata_bytes_total', body.length);
  let backoffMs = config.queue.minBackoffMs;
  for (let attempt = 0; ; attempt++) {
    const verdict = await endpoint.send(body, attempt, signal).catch(() => undefined);
    if (!verdict || verdict.kind === 'delivered') return;
    const waitMs = verdict.kind === 'again' ? verdict.afterMs || backoffMs : Number.POSITIVE_INFINITY;
    if (clock.nowMs() + waitMs > giveUpMs) {
      metrics.count('metadata_failed_total', families.length);
      logger.warn({ remote_name: config.name, reason: verdict.message }, 'remote write: metadata was not taken');
      return;
    }
    metrics.count('metadata_retried_total', families.length);
    await sleep(clock, waitMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    backoffMs = Math.min(backoffMs * 2, config.queue.maxBackoffMs);
  }
}
