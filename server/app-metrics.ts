import { Counter, Gauge, type Registry } from 'prom-client';
import type { Store } from './storage/store.ts';

/** Exports the store's figures as `alidade_storage_*`, read when /metrics is asked for. */
export function exportStoreStats(registry: Registry, store: Store): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('alidade_storage_series', 'Series that exist.', () => store.stats().series);
  gauge('alidade_storage_pending_bytes', 'Bytes that the storage engine has not taken over yet.', () => store.stats().pendingBytes);
  gauge('alidade_storage_disk_bytes', 'Bytes on disk, -1 while unknown.', () => store.stats().diskBytes);
  counter(registry, 'alidade_storage_samples_total', 'Samples stored.', () => store.stats().samplesAppended);
  counter(registry, 'alidade_storage_log_lines_total', 'Log lines stored.', () => store.stats().logLinesAppended);
  counter(registry, 'alidade_storage_spans_total', 'Spans stored.', () => store.stats().spansAppended);
  new Counter({
    name: 'alidade_storage_samples_refused_total',
    help: 'Samples that were not stored, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(store.stats().samplesRefused)) this.inc({ reason }, count);
    },
  });
}

function counter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
