import { Counter, Gauge, type Registry } from 'prom-client';

/** Exports a figure that others keep: it is read when /metrics is asked for. */
export function exportGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** As `exportGauge` for a count that only grows. */
export function exportCounter(registry: Registry, name: string, help: string, read: () => number): void {
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
