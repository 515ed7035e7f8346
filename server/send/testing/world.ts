// A store and a sender of it, which can be killed and started again.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Registry } from 'prom-client';
import type { RemoteWriteConfig, SendQueueConfig } from '../../config/remote-write.ts';
import type { WrittenMetadata } from '../../formats/remote-write/write-request.ts';
import { systemClock } from '../../model/clock.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { Labels } from '../../model/labels.ts';
import { openStore } from '../../storage/clickhouse/open.ts';
import type { Store } from '../../storage/store.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { SendManager, type SendSettings } from '../manager.ts';

/** An entry of `remote_write` with short times. */
export function remoteWrite(url: string, more: Partial<RemoteWriteConfig> = {}, queue: Partial<SendQueueConfig> = {}): RemoteWriteConfig {
  return {
    name: 'peer',
    key: `url ${url}`,
    url,
    timeoutMs: 10_000,
    headers: {},
    relabel: [],
    protocol: '1.0',
    sendExemplars: true,
    sendNativeHistograms: true,
    client: { followRedirects: true },
    metadata: { send: false, intervalMs: 60_000, maxSamplesPerSend: 2_000 },
    ...more,
    queue: {
      capacity: 1_000,
      minShards: 1,
      maxShards: 50,
      maxSamplesPerSend: 100,
      batchSendDeadlineMs: 20,
      minBackoffMs: 5,
      maxBackoffMs: 20,
      retryOnHttp429: false,
      sampleAgeLimitMs: 0,
      ...queue,
    },
  };
}

/** A sample for `commit`. */
export type Value = number | 'stale' | FloatHistogram;

export class World {
  readonly dataDir: string;
  store!: Store;
  send!: SendManager;
  registry!: Registry;
  readonly log: string[] = [];
  metadata: WrittenMetadata[] = [];
  maxLogBytes = 1 << 30;

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  static async open(): Promise<World> {
    const world = new World(await mkdtemp(path.join(tmpdir(), 'alidade-send-')));
    await world.start();
    return world;
  }

  async start(): Promise<void> {
    this.store = await openStore({ dataDir: this.dataDir, clock: systemClock, keepsLog: true });
    this.registry = new Registry();
    const { commitLog: log } = this.store;
    const logger = createLogger({ format: 'json', stream: { write: (line: string) => void this.log.push(line) } });
    this.send = new SendManager({
      log,
      dataDir: this.dataDir,
      maxLogBytes: this.maxLogBytes,
      metadata: () => this.metadata,
      samplesIn: () => this.store.stats().samplesAppended,
      clock: systemClock,
      logger,
      registry: this.registry,
      version: 'test',
    });
  }

  apply(configs: readonly RemoteWriteConfig[], settings: Partial<SendSettings> = {}): Promise<void> {
    return this.send.apply(configs, { externalLabels: {}, resolve: {}, ...settings });
  }

  /** Ends everything and opens it again. */
  async restart(): Promise<void> {
    await this.send.stop();
    await this.store.close();
    await this.start();
  }

  async close(): Promise<void> {
    await this.send.stop();
    await this.store.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Commits samples of series a second apart from `startMs` on; resolves when they are durable. */
  async commit(startMs: number, series: Readonly<Record<string, readonly Value[]>>): Promise<void> {
    const appender = this.store.metrics.appender();
    for (const [name, values] of Object.entries(series)) {
      const ref = appender.seriesRef(Labels.from({ __name__: name, job: 'test' }));
      values.forEach((value, i) => {
        if (value === 'stale') appender.appendStale(ref, startMs + i * 1000);
        else if (typeof value === 'number') appender.append(ref, startMs + i * 1000, value);
        else appender.appendHistogram(ref, startMs + i * 1000, value);
      });
    }
    await appender.commit();
  }

  /** The value of a metric of the sender, the sum of its series that have all of `labels`. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const found = await this.registry.getSingleMetric(name)?.get();
    const wanted = Object.entries(labels);
    const values = found?.values.filter((one) =>
      wanted.every(([label, value]) => (one.labels as Record<string, unknown>)[label] === value),
    );
    return (values ?? []).reduce((sum, { value }) => sum + value, 0);
  }
}
