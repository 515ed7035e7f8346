import { mkdir } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../model/clock.ts';
import { ExemplarRing } from '../exemplars.ts';
import {
  DEFAULT_MAX_FUTURE_MS,
  DEFAULT_MAX_SERIES,
  DEFAULT_MAX_STREAMS,
  type Durability,
  KEEP_FOR_EVER,
  type StoreLimits,
} from '../options.ts';
import type { Store } from '../store.ts';
import { openChdb } from './chdb.ts';
import { copyStore } from './copy.ts';
import { type Driver, queryAll } from './driver.ts';
import { Exclusive } from './exclusive.ts';
import { LOGS_DIR, METRICS_DIR, SPANS_DIR, STATE_DIR } from './log-folders.ts';
import { ClickhouseLogStore } from './log-store.ts';
import { LoggedExemplars } from './logged-exemplars.ts';
import { ClickhouseMetricStore } from './metric-store.ts';
import { enforceRetention } from './retention-run.ts';
import { RuleCuts } from './rule-cuts.ts';
import { openTables } from './schema.ts';
import { takeSnapshot } from './snapshot.ts';
import { ClickhouseStateStore } from './state-store.ts';
import { storedSizes } from './stored-sizes.ts';
import { ClickhouseTraceStore } from './trace-store.ts';

const MEGABYTE = 1_000_000;
const DISK_CHECK_MS = 60_000;
const DEFAULT_METRIC_CACHE_BYTES = 128 * MEGABYTE;

/** Options of `openStore`; only the directory and the clock are needed. */
export interface OpenStoreOptions extends StoreLimits {
  readonly dataDir: string;
  readonly clock: Clock;
  /** Of metrics; logs, traces and state are always fsync'd. Default `always`. */
  readonly durability?: Durability | undefined;
  /** Queries that the engine runs at once; more wait. Default 3. */
  readonly readers?: number | undefined;
  /** Default 2 GB or half of the machine. */
  readonly maxServerMemoryBytes?: number | undefined;
  /** Default half of maxServerMemoryBytes. */
  readonly maxQueryMemoryBytes?: number | undefined;
  /** For reads without a limit of their own. Default 2 minutes. */
  readonly defaultTimeoutMs?: number | undefined;
  /** Samples stay in memory (and in the log) at most so long. Default 2 hours. */
  readonly flushAfterMs?: number | undefined;
  /** Samples in memory that start a flush. Default 3,000,000 (48 MB). */
  readonly flushSamples?: number | undefined;
  /** Memory for what is read of metrics again. Default 128 MB; 0 = none. */
  readonly metricCacheBytes?: number | undefined;
  /** Samples in memory above which commits are refused. Default 12,000,000 (192 MB). */
  readonly maxHeadSamples?: number | undefined;
  /** Bytes of each signal that may wait for the disk; more are refused. Default 64 MB. */
  readonly maxPendingBytes?: number | undefined;
  /** Keeps the log of commits until `commitLog.keepFrom` says from where it is wanted. Default false: only what a restart needs. */
  readonly keepsLog?: boolean | undefined;
  /** Told about what did not go well but harms nobody. Default: nowhere. */
  readonly warn?: ((message: string) => void) | undefined;
}

/**
 * Opens the embedded engine on a data directory, created if need be. Throws `storage.locked`, `storage.bad_schema` or
 * `storage.engine`; nothing stays open then.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  await mkdir(options.dataDir, { recursive: true });
  const maxServerMemoryBytes = options.maxServerMemoryBytes ?? Math.min(2000 * MEGABYTE, Math.floor(totalmem() / 2));
  const driver = await openChdb({
    dataDir: options.dataDir,
    readers: options.readers ?? 3,
    maxServerMemoryBytes,
    maxQueryMemoryBytes: options.maxQueryMemoryBytes ?? Math.floor(maxServerMemoryBytes / 2),
    defaultTimeoutMs: options.defaultTimeoutMs ?? 120_000,
  });
  try {
    return await openOnDriver(driver, options);
  } catch (error) {
    await driver.close();
    throw error;
  }
}

/** The same on any driver, which the store closes in the end; the write-ahead log lies under `dataDir`. */
export async function openOnDriver(driver: Driver, options: OpenStoreOptions): Promise<Store> {
  const { clock, retention = KEEP_FOR_EVER } = options;
  const warn = options.warn ?? (() => undefined);
  const maxPendingBytes = options.maxPendingBytes ?? 64 * MEGABYTE;
  const maxSeries = options.maxSeries ?? DEFAULT_MAX_SERIES;
  const maxStreams = options.maxStreams ?? DEFAULT_MAX_STREAMS;
  const opening = await openTables(driver, options.dataDir);
  const buffered = { driver, clock, maxPendingBytes, warn };
  const state = await ClickhouseStateStore.open({ ...buffered, walDir: path.join(options.dataDir, STATE_DIR) });
  const logs = await ClickhouseLogStore.open({ ...buffered, walDir: path.join(options.dataDir, LOGS_DIR), maxStreams, opening });
  const traces = await ClickhouseTraceStore.open({ ...buffered, walDir: path.join(options.dataDir, SPANS_DIR) });
  const metrics = await ClickhouseMetricStore.open({
    clock,
    driver,
    walDir: path.join(options.dataDir, METRICS_DIR),
    durability: options.durability ?? 'always',
    maxSeries,
    maxFutureMs: options.maxFutureMs ?? DEFAULT_MAX_FUTURE_MS,
    outOfOrderMs: options.outOfOrderMs ?? 0,
    retentionMs: retention.metricsMs,
    maxBytes: retention.metricsBytes ?? 0,
    flushAfterMs: options.flushAfterMs ?? 2 * 3_600_000,
    flushSamples: options.flushSamples ?? 3_000_000,
    maxHeadSamples: options.maxHeadSamples ?? 12_000_000,
    maxQueuedBytes: maxPendingBytes,
    cacheBytes: options.metricCacheBytes ?? DEFAULT_METRIC_CACHE_BYTES,
    keepsLog: options.keepsLog ?? false,
    warn,
  });
  const disk = new DiskGauge(driver, clock);
  // Copies and retention take turns: nothing may be dropped while a copy is made.
  const upkeep = new Exclusive();
  const ruleCuts = new RuleCuts();
  const copyTo = (folder: string) => copyStore({ driver, clock, metrics, logs, traces, state }, folder);
  return {
    metrics,
    logs,
    traces,
    exemplars: new LoggedExemplars(new ExemplarRing(options.maxExemplars), metrics.commitLog),
    state,
    commitLog: metrics.commitLog,
    stats: () => ({
      series: metrics.seriesCount,
      samplesAppended: metrics.samplesAppended,
      samplesRefused: { ...metrics.samplesRefused },
      logLinesAppended: logs.linesAppended,
      spansAppended: traces.spansAppended,
      pendingBytes: metrics.pendingBytes + logs.pendingBytes + traces.pendingBytes + state.pendingBytes,
      diskBytes: disk.bytes(),
    }),
    sizes: (limits) => storedSizes(driver, limits),
    snapshot: () => upkeep.run(() => takeSnapshot({ clock, dataDir: options.dataDir, copyTo })),
    copyTo: (folder) => upkeep.run(async () => ({ atMs: await copyTo(folder) })),
    enforceRetention: () => upkeep.run(() => enforceRetention({ metrics, logs, traces }, retention, ruleCuts, clock.nowMs())),
    async close() {
      await Promise.all([metrics.close(), logs.close(), traces.close(), state.close()]);
      await disk.settled();
      await driver.close();
    },
  };
}

/** Bytes on disk, asked at most once a minute and answered from memory. */
class DiskGauge {
  readonly #driver: Driver;
  readonly #clock: Clock;
  #bytes = -1;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> = Promise.resolve();

  constructor(driver: Driver, clock: Clock) {
    this.#driver = driver;
    this.#clock = clock;
  }

  bytes(): number {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#askedMs >= DISK_CHECK_MS) {
      this.#askedMs = nowMs;
      this.#asking = this.#ask().catch(() => {
        this.#bytes = -1;
      });
    }
    return this.#bytes;
  }

  settled(): Promise<void> {
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const sql = 'SELECT toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE database = currentDatabase()';
    for (const block of await queryAll(this.#driver, sql)) this.#bytes = block.fixed('bytes', 'Float64')[0] ?? -1;
  }
}
