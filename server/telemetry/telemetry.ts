import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createLogger, type Logger, type LoggerSettings } from './logger.ts';

/** Our own metrics and logs. Other folders create their metrics in `registry`, named `alidade_*`. */
export interface Telemetry {
  readonly registry: Registry;
  readonly logger: Logger;
  /** Content type and text of /metrics. */
  metrics(): Promise<{ readonly contentType: string; readonly body: Uint8Array }>;
}

/** What telemetry is built from. */
export interface TelemetrySettings extends LoggerSettings {
  readonly version: string;
}

// The event-loop monitor wakes up this often; 10 ms (the default) costs 0.4 % of a core, this half of it.
const EVENT_LOOP_PRECISION_MS = 20;

/**
 * Builds telemetry for one app: nothing global, so that several can live in one process. Includes prom-client's `process_*` and
 * `nodejs_*` metrics, `alidade_build_info` and `alidade_event_loop_delay_*_seconds`.
 */
export function createTelemetry(settings: TelemetrySettings): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  addEventLoopDelay(registry, 'p99', 'The 99th percentile of the event-loop delay since the last collection.');
  addEventLoopDelay(registry, 'max', 'The longest event-loop delay since the last collection.');
  new Gauge({
    name: 'alidade_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  }).set({ version: settings.version, node_version: process.versions.node }, 1);
  return {
    registry,
    logger: createLogger(settings),
    metrics: async () => ({ contentType: registry.contentType, body: Buffer.from(await registry.metrics()) }),
  };
}

/** Node's `nodejs_eventloop_lag_*` contains the period of its monitor, so that an idle process shows 20 ms; this is the delay alone. */
function addEventLoopDelay(registry: Registry, statistic: 'p99' | 'max', help: string): void {
  const lag = registry.getSingleMetric(`nodejs_eventloop_lag_${statistic}_seconds`);
  const delay: Gauge = new Gauge({
    name: `alidade_event_loop_delay_${statistic}_seconds`,
    help,
    registers: [registry],
    async collect() {
      const measured = await lag?.get();
      delay.set(Math.max(0, (measured?.values[0]?.value ?? 0) - EVENT_LOOP_PRECISION_MS / 1000));
    },
  });
}
