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

// The event-loop monitor wakes up this often; 10 ms (the default) would be felt in the idle processor time.
const EVENT_LOOP_PRECISION_MS = 20;

/**
 * Builds telemetry for one app: nothing global, so that several can live in one process. Includes prom-client's `process_*` and
 * `nodejs_*` metrics (among them `nodejs_eventloop_lag_p99_seconds`) and `alidade_build_info`.
 */
export function createTelemetry(settings: TelemetrySettings): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
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
