import { Counter, Gauge, type Registry } from 'prom-client';

/** What discovery measures about itself. */
export interface DiscoveryMetrics {
  /** A discoverer of this kind said what it knows. */
  updated(mechanism: string): void;
  /** A discoverer of this kind failed once. */
  failed(mechanism: string): void;
  /** Asks for the state of each job when the metrics are read. */
  read(counts: () => readonly { readonly job: string; readonly targets: number; readonly problems: number }[]): void;
}

/** Measures nothing. */
export const NO_METRICS: DiscoveryMetrics = { updated: () => undefined, failed: () => undefined, read: () => undefined };

/** Creates the metrics in `registry`, with the labels that upstream's have. */
export function createDiscoveryMetrics(registry: Registry): DiscoveryMetrics {
  const registers = [registry];
  const byMechanism = (name: string, help: string) => new Counter({ name, help, labelNames: ['mechanism'], registers });
  const updates = byMechanism('alidade_sd_updates_total', 'Times that service discovery said what it knows.');
  const failures = byMechanism('alidade_sd_failures_total', 'Attempts of service discovery that failed.');
  const byConfig = (name: string, help: string, collect: (gauge: Gauge<'config'>) => void) =>
    new Gauge({
      name,
      help,
      labelNames: ['config'],
      registers,
      collect() {
        this.reset();
        collect(this);
      },
    });
  return {
    updated: (mechanism) => updates.inc({ mechanism }),
    failed: (mechanism) => failures.inc({ mechanism }),
    read(counts) {
      byConfig('alidade_sd_discovered_targets', 'Targets that service discovery knows, before relabelling.', (gauge) => {
        for (const { job, targets } of counts()) gauge.set({ config: job }, targets);
      });
      byConfig('alidade_sd_problems', 'Sources of service discovery that fail now.', (gauge) => {
        for (const { job, problems } of counts()) gauge.set({ config: job }, problems);
      });
    },
  };
}
