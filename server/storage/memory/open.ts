import type { Clock } from '../../model/clock.ts';
import { storageError } from '../errors.ts';
import { ExemplarRing } from '../exemplars.ts';
import { KEEP_FOR_EVER, type StoreLimits } from '../options.ts';
import type { Store, StoredSize } from '../store.ts';
import { MemoryLogStore } from './logs.ts';
import { MemoryMetricStore } from './metrics.ts';
import { MemoryStateStore } from './state.ts';
import { MemoryTraceStore } from './traces.ts';

const NOTHING: StoredSize = { bytes: 0, entries: 0, rawBytes: 0 };

/**
 * The reference store, for tests: everything in memory, gone with the process. Unlike the real one it admits samples of any
 * future unless `maxFutureMs` says otherwise, so that a test's clock may stand still.
 */
export function openMemoryStore(clock: Clock, limits: StoreLimits = {}): Store {
  const retention = limits.retention ?? KEEP_FOR_EVER;
  const metrics = new MemoryMetricStore({ ...limits, clock });
  const logs = new MemoryLogStore(limits.maxStreams);
  const traces = new MemoryTraceStore();
  return {
    metrics,
    logs,
    traces,
    exemplars: new ExemplarRing(limits.maxExemplars),
    state: new MemoryStateStore(),
    stats: () => ({
      series: metrics.seriesCount,
      samplesAppended: metrics.samplesAppended,
      samplesRefused: { ...metrics.samplesRefused },
      logLinesAppended: logs.linesAppended,
      spansAppended: traces.spansAppended,
      pendingBytes: 0,
      diskBytes: 0,
    }),
    sizes: async () => ({ metrics: NOTHING, logs: NOTHING, traces: NOTHING }),
    async snapshot() {
      throw storageError('storage.no_snapshot', 'this store keeps everything in memory and has no directory for snapshots');
    },
    async copyTo() {
      throw storageError('storage.no_snapshot', 'this store keeps everything in memory and has no directory to copy');
    },
    async enforceRetention() {
      const nowMs = clock.nowMs();
      if (retention.metricsMs > 0) metrics.dropBefore(nowMs - retention.metricsMs);
      if (retention.logsMs > 0) logs.dropBefore(nsBefore(nowMs, retention.logsMs));
      if (retention.tracesMs > 0) traces.dropBefore(nsBefore(nowMs, retention.tracesMs));
    },
    async close() {
      // Nothing to flush.
    },
  };
}

function nsBefore(nowMs: number, retentionMs: number): bigint {
  return BigInt(nowMs - retentionMs) * 1_000_000n;
}
