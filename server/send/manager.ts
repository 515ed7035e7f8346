// All entries of `remote_write`: which queues there are, what is kept of them on disk, and how much of the log they may hold back.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Registry } from 'prom-client';
import type { RemoteWriteConfig } from '../config/remote-write.ts';
import { createHttpClient, type HttpClient } from '../http-client/http-client.ts';
import { messageOf } from '../model/app-error.ts';
import type { Clock, Timer } from '../model/clock.ts';
import { Secret } from '../model/secret.ts';
import type { CommitLog, LogPosition } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { sendError } from './errors.ts';
import type { MetadataSource } from './metadata.ts';
import { SendMetrics } from './metrics.ts';
import { comparePositions, type Progress, uncertainUpTo } from './progress.ts';
import { forgetOthers, ProgressFile, progressPath, readProgress } from './progress-file.ts';
import { SendQueue } from './queue.ts';

const UPKEEP_EVERY_MS = 10_000;
const DRAIN_MS = 3_000;

export interface SendManagerDeps {
  /** Absent where commits are only in memory: nothing can be sent then. */
  readonly log: CommitLog | undefined;
  readonly dataDir: string;
  /** Bytes of the log that a queue may hold back. */
  readonly maxLogBytes: number;
  /** What is known of metric families. */
  readonly metadata: MetadataSource;
  /** Samples that the store has taken since it was opened. */
  readonly samplesIn: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly version: string;
}

/** What besides the entries decides what is sent. */
export interface SendSettings {
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Host names that mean another host. */
  readonly resolve: Readonly<Record<string, string>>;
}

interface Running {
  readonly config: RemoteWriteConfig;
  readonly settings: SendSettings;
  readonly client: HttpClient;
  readonly queue: SendQueue;
  readonly file: ProgressFile;
}

/** Sends what is committed to everybody who is configured. Does nothing and costs nothing until `apply`. */
export class SendManager {
  readonly #deps: SendManagerDeps;
  readonly #dir: string;
  readonly #running = new Map<string, Running>();
  #metrics: SendMetrics | undefined;
  #timer: Timer | undefined;
  #isStopped = false;
  #isApplied = false;
  /** One change after the other. */
  #working: Promise<unknown> = Promise.resolve();

  constructor(deps: SendManagerDeps) {
    this.#deps = deps;
    this.#dir = path.join(deps.dataDir, 'remote-write');
  }

  /** Takes over a configuration: unchanged queues go on undisturbed, changed ones where they stand, new ones at the end of the log. */
  apply(configs: readonly RemoteWriteConfig[], settings: SendSettings): Promise<void> {
    this.#hurry();
    return this.#inTurn(() => this.#apply(configs, settings));
  }

  async #apply(configs: readonly RemoteWriteConfig[], settings: SendSettings): Promise<void> {
    const { log } = this.#deps;
    if (!log) {
      if (configs.length > 0) throw sendError('send.no_log');
      return;
    }
    if (this.#isStopped) return;
    try {
      await this.#change(log, configs, settings);
      await this.#keepUp(log);
    } finally {
      this.#scheduleUpkeep(log);
    }
  }

  async #change(log: CommitLog, configs: readonly RemoteWriteConfig[], settings: SendSettings): Promise<void> {
    const wanted = new Map(configs.map((config) => [config.key, config]));
    // Where a queue begins that is new: before anything that comes after this configuration.
    const { end } = log;
    // Nobody has read so far: what comes now must not go with the next flush.
    if (this.#isApplied && this.#running.size === 0 && configs.length > 0) await log.keepFrom(end.segment);
    this.#isApplied = true;
    // What may fail comes before anything is stopped.
    if (configs.length > 0) await mkdir(this.#dir, { recursive: true });
    const from = new Map<string, Progress>();
    for (const config of configs) if (!this.#running.has(config.key)) from.set(config.key, await this.#progressOf(config, log, end));
    const changed = [...this.#running].filter(([key, running]) => {
      const config = wanted.get(key);
      return !(config && isSame(running, config, settings));
    });
    await Promise.all(changed.map(async ([key, running]) => from.set(key, await this.#stop(key, running, 0))));
    try {
      for (const config of configs)
        if (!this.#running.has(config.key)) this.#start(log, config, settings, from.get(config.key) ?? { low: end, epochs: [] });
    } catch (error) {
      // As they were before: what waits for their peers must not be forgotten.
      for (const [key, old] of changed)
        if (!this.#running.has(key)) this.#start(log, old.config, old.settings, from.get(key) ?? { low: end, epochs: [] });
      throw error;
    }
    await forgetOthers(this.#dir, [...wanted.keys()]);
    log.logsExemplars = configs.some(({ sendExemplars }) => sendExemplars);
  }

  /** Sends what is left for a few seconds, where the peer answers, and ends. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#hurry();
    await this.#inTurn(() => Promise.all([...this.#running].map(([key, running]) => this.#stop(key, running, DRAIN_MS))));
  }

  /** What is under way must not keep waiting what comes next. */
  #hurry(): void {
    for (const { queue } of this.#running.values()) queue.hurry();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(work);
    this.#working = done.catch(() => undefined);
    return done;
  }

  #start(log: CommitLog, config: RemoteWriteConfig, settings: SendSettings, from: Progress): void {
    const { clock, logger, metadata, version, registry, samplesIn } = this.#deps;
    this.#metrics ??= new SendMetrics(registry, () => ({ samplesIn: samplesIn(), newestMs: log.newestMs, logSegment: log.end.segment }));
    const { externalLabels, resolve } = settings;
    const client = createHttpClient(config.client, { resolve, clock });
    const file = new ProgressFile({
      dir: this.#dir,
      key: config.key,
      clock,
      read: () => queue.progress,
      onFailing: (message) => {
        const place = { remote_name: config.name };
        if (message === undefined) logger.info(place, 'remote write: progress is kept again');
        else
          logger.warn(
            { ...place, reason: message },
            'remote write: progress is not kept; what is sent from now on is sent again if the server ends before it is (make room on the disk, or let the server write there)',
          );
      },
    });
    const deps = { log, config, externalLabels, client, metadata, clock, logger, metrics: this.#metrics };
    const queue: SendQueue = new SendQueue(
      { ...deps, userAgent: `Alidade/${version}`, onProgress: () => file.changed(), keepProgress: () => file.written() },
      from,
    );
    file.changed();
    this.#running.set(config.key, { config, settings, client, queue, file });
  }

  async #stop(key: string, { queue, file, client }: Running, drainMs: number): Promise<Progress> {
    const progress = await queue.stop(drainMs);
    await file.close();
    await client.close();
    this.#running.delete(key);
    return progress;
  }

  /** Where a queue goes on that does not run. */
  async #progressOf(config: RemoteWriteConfig, log: CommitLog, end: LogPosition): Promise<Progress> {
    const kept = await readProgress(this.#dir, config.key);
    if (kept === undefined) return { low: end, epochs: [] };
    if (kept !== 'unknown' && comparePositions(kept.low, log.end) <= 0) return kept;
    this.#deps.logger.warn(
      { remote_name: config.name, file: progressPath(this.#dir, config.key) },
      kept === 'unknown'
        ? 'remote write: the file that says what was sent cannot be read; everything in the log is sent again'
        : 'remote write: the file that says what was sent does not fit the log; everything in the log is sent again',
    );
    return uncertainUpTo(end);
  }

  #scheduleUpkeep(log: CommitLog): void {
    this.#timer?.cancel();
    if (this.#isStopped || this.#running.size === 0) return;
    this.#timer = this.#deps.clock.after(UPKEEP_EVERY_MS, () => {
      this.#inTurn(() => this.#keepUp(log))
        .catch((error: unknown) => this.#deps.logger.error({ reason: messageOf(error) }, 'remote write: the log was not tidied up'))
        .finally(() => this.#scheduleUpkeep(log));
    });
  }

  /** Bounds what queues hold back, and lets the rest go. */
  async #keepUp(log: CommitLog): Promise<void> {
    // Nothing runs any more, but what waits for peers is still needed after the next start.
    if (this.#isStopped) return;
    const segments = await log.segments();
    let keepFrom = this.#running.size > 0 ? log.end.segment : Number.POSITIVE_INFINITY;
    for (const { queue, config } of this.#running.values()) {
      if (this.#isStopped) return;
      const oldest = oldestWithin(segments, this.#deps.maxLogBytes);
      if (oldest !== undefined && queue.progress.low.segment < oldest) {
        const samples = await queue.skipTo(oldest);
        if (samples > 0)
          this.#deps.logger.error(
            { remote_name: config.name, samples, limitBytes: this.#deps.maxLogBytes },
            'remote write: samples were dropped that had waited too long for the peer (--remote-write-log-mb)',
          );
      }
      const { low } = queue.progress;
      queue.logBytes = bytesAfter(segments, low);
      keepFrom = Math.min(keepFrom, low.segment);
    }
    await log.keepFrom(keepFrom);
  }
}

interface Segment {
  readonly segment: number;
  readonly sizeBytes: number;
}

/** The oldest of the newest segments that together have no more bytes; the newest in any case. */
function oldestWithin(segments: readonly Segment[], maxBytes: number): number | undefined {
  let oldest = segments.at(-1)?.segment;
  let bytes = 0;
  for (const { segment, sizeBytes } of segments.toReversed()) {
    bytes += sizeBytes;
    if (bytes > maxBytes) break;
    oldest = segment;
  }
  return oldest;
}

function bytesAfter(segments: readonly Segment[], low: LogPosition): number {
  let bytes = 0;
  for (const { segment, sizeBytes } of segments) {
    if (segment > low.segment) bytes += sizeBytes;
    else if (segment === low.segment) bytes += Math.max(0, sizeBytes - low.offset);
  }
  return bytes;
}

function isSame(running: Running, config: RemoteWriteConfig, settings: SendSettings): boolean {
  return isDeepStrictEqual(plain([running.config, running.settings]), plain([config, settings]));
}

/** With secrets as texts: they hide what they hold, also from a comparison. */
function plain(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
