// The log on its way to a peer, with one number of shards: what is read is given to them (commit-router.ts), which waits when one is
// full, so memory is bounded and what cannot be sent stays where it is, in the log. Ingestion never waits for any of it.
import { setMaxListeners } from 'node:events';
import type { RemoteWriteConfig } from '../config/remote-write.ts';
import { messageOf } from '../model/app-error.ts';
import { type Clock, sleep } from '../model/clock.ts';
import type { CommitLog, CommitReader, LogPosition } from '../storage/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import { CommitRouter } from './commit-router.ts';
import type { Delivery } from './delivery.ts';
import type { ShardCalculation } from './desired-shards.ts';
import type { QueueMetrics } from './metrics.ts';
import { comparePositions, epochsAfter, type Progress, SentBefore } from './progress.ts';
import type { SentSeriesCache } from './sent-series.ts';
import { Shard } from './shard.ts';

const READ_AGAIN_MS = 5_000;

export interface SendingDeps {
  readonly log: CommitLog;
  readonly config: RemoteWriteConfig;
  readonly series: SentSeriesCache;
  readonly delivery: Delivery;
  readonly calculation: ShardCalculation;
  readonly metrics: QueueMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when progress was made. */
  readonly onProgress: () => void;
  /** Called when a part of it has failed, which is a fault of the program: what this part had to send waits. */
  readonly onFailed: () => void;
}

/** Sends from where an earlier one has got to, until it is stopped. */
export class Sending {
  readonly #deps: SendingDeps;
  readonly #from: Progress;
  readonly #router: CommitRouter;
  readonly #shards: Shard[];
  readonly #reader: CommitReader;
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();
  /** Where the commit begins that is being given to the shards, or what comes next. */
  #position: LogPosition;
  #isCaughtUp = false;
  #hasNews = false;
  #onNews: (() => void) | undefined;
  readonly #endNews: () => void;
  readonly #running: Promise<unknown>;
  #ended: Promise<void> | undefined;

  constructor(deps: SendingDeps, from: Progress, shards: number) {
    const { log, config, clock } = deps;
    this.#deps = deps;
    this.#from = from;
    this.#position = from.low;
    this.#reader = log.read(from.low);
    const { capacity, maxSamplesPerSend: batchSamples, batchSendDeadlineMs: deadlineMs } = config.queue;
    const end = { stop: this.#stop.signal, abort: this.#abort.signal };
    // Each shard listens.
    setMaxListeners(0, end.stop, end.abort);
    const deliver = (shard: Shard, count: number) => deps.delivery.deliver(shard, count, end).catch((error) => this.#giveUp(error, count));
    this.#shards = Array.from(
      { length: shards },
      () => new Shard({ clock, capacity, batchSamples, deadlineMs, deliver, onDone: deps.onProgress }),
    );
    this.#router = new CommitRouter({ ...deps, before: new SentBefore(from.epochs), shards: this.#shards });
    this.#endNews = log.onCommit(() => {
      this.#hasNews = true;
      this.#onNews?.();
    });
    const parts = [this.#read(), ...this.#shards.map((shard) => shard.run(end.stop))];
    this.#running = Promise.all(parts.map((part) => part.catch((error: unknown) => this.#failed(error))));
  }

  get shards(): number {
    return this.#shards.length;
  }

  /** Samples in memory. */
  get pending(): number {
    return this.#shards.reduce((sum, { count }) => sum + count, 0);
  }

  /** Whether everything in the log was delivered. */
  get isDone(): boolean {
    return this.#isCaughtUp && this.pending === 0;
  }

  get progress(): Progress {
    let low = this.#position;
    for (const { oldest } of this.#shards) if (oldest && comparePositions(oldest, low) < 0) low = oldest;
    const epoch = {
      shards: this.#shards.length,
      done: this.#shards.map(({ done }) => done),
      sending: this.#shards.map(({ sending }) => sending),
    };
    return { low, epochs: epochsAfter(low, [...this.#from.epochs, epoch]) };
  }

  /** Sends what there is at once, from now on. */
  flush(): void {
    for (const shard of this.#shards) shard.flush();
  }

  /** Ends it; answers how far it has come. Requests under way get so long; a shorter time may be set by asking again. */
  async stop(withinMs: number): Promise<Progress> {
    const timer = this.#deps.clock.after(withinMs, () => this.#abort.abort());
    this.#ended ??= this.#end();
    await this.#ended;
    timer.cancel();
    return this.progress;
  }

  async #end(): Promise<void> {
    const { logger, config } = this.#deps;
    this.#endNews();
    this.#stop.abort();
    this.#onNews?.();
    await this.#running;
    await this.#reader.close().catch((error: unknown) => {
      logger.warn({ remote_name: config.name, reason: messageOf(error) }, 'remote write: the log was not closed');
    });
  }

  #failed(error: unknown): void {
    const { logger, config, onFailed } = this.#deps;
    logger.error({ err: error, remote_name: config.name }, 'remote write: a part of the queue has failed; the queue begins again soon');
    onFailed();
  }

  async #read(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#readOn(signal);
      } catch (error) {
        if (signal.aborted) return;
        const { logger, config, clock } = this.#deps;
        logger.error({ remote_name: config.name, reason: messageOf(error) }, 'remote write: the log cannot be read');
        await sleep(clock, READ_AGAIN_MS, signal).catch(() => undefined);
      }
    }
  }

  async #readOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#hasNews = false;
      const commit = await this.#reader.next();
      if (!commit) {
        this.#position = this.#reader.position;
        this.#isCaughtUp = !this.#hasNews;
        await this.#news();
        continue;
      }
      this.#isCaughtUp = false;
      this.#position = this.#reader.start;
      await this.#router.take(commit, this.#position, signal);
      if (!signal.aborted) this.#position = this.#reader.position;
    }
  }

  #news(): Promise<void> {
    if (this.#hasNews || this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onNews = () => {
        this.#onNews = undefined;
        resolve();
      };
    });
  }

  /** What cannot be put into a request must not hold up what can. */
  #giveUp(error: unknown, count: number): number {
    if (this.#stop.signal.aborted) throw error;
    const { metrics, logger, config } = this.#deps;
    metrics.count('samples_failed_total', count);
    logger.error({ err: error, remote_name: config.name, samples: count }, 'remote write: samples could not be sent and are given up');
    return count;
  }
}
