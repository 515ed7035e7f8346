import { Counter, Histogram, type Registry } from 'prom-client';
import type { ResultCache } from './promql/engine/result-cache.ts';
import type { Store } from './storage/store.ts';
import { exportCounter, exportGauge } from './telemetry/read-metrics.ts';

/** Exports the store's figures as `alidade_storage_*`, read when /metrics is asked for. */
export function exportStoreStats(registry: Registry, store: Store): void {
  exportGauge(registry, 'alidade_storage_series', 'Series that exist.', () => store.stats().series);
  exportGauge(
    registry,
    'alidade_storage_pending_bytes',
    'Bytes that the storage engine has not taken over yet.',
    () => store.stats().pendingBytes,
  );
  exportGauge(registry, 'alidade_storage_disk_bytes', 'Bytes on disk, -1 while unknown.', () => store.stats().diskBytes);
  exportCounter(registry, 'alidade_storage_samples_total', 'Samples stored.', () => store.stats().samplesAppended);
  exportCounter(registry, 'alidade_storage_log_lines_total', 'Log lines stored.', () => store.stats().logLinesAppended);
  exportCounter(registry, 'alidade_storage_spans_total', 'Spans stored.', () => store.stats().spansAppended);
  new Counter({
    name: 'alidade_storage_samples_refused_total',
    help: 'Samples that were not stored, by reason.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(store.stats().samplesRefused)) this.inc({ reason }, count);
    },
  });
}

/** Exports how far kept results answer range queries, as `alidade_query_cache_*`. */
export function exportResultCache(registry: Registry, cache: ResultCache): void {
  new Counter({
    name: 'alidade_query_cache_requests_total',
    help: 'Range queries whose results can be kept, by how much had to be evaluated: nothing (hit), some steps (partial), or all (miss).',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ result: 'hit' }, cache.hits);
      this.inc({ result: 'partial' }, cache.partialHits);
      this.inc({ result: 'miss' }, cache.misses);
    },
  });
  exportGauge(registry, 'alidade_query_cache_bytes', 'Memory of kept results of range queries.', () => cache.bytes);
}

/** Counts and times the requests that we answer, as `alidade_http_*`; the result is called after each answer. */
export function observeRequests(registry: Registry) {
  const registers = [registry];
  const requests = new Counter({
    name: 'alidade_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'alidade_http_request_duration_seconds',
    help: 'Time to answer a request.',
    labelNames: ['route'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers,
  });
  return (done: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number }): void => {
    const route = done.route === '' ? 'unmatched' : done.route;
    requests.inc({ method: done.method, route, status: String(done.status) });
    seconds.observe({ route }, done.seconds);
  };
}
