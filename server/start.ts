// From a folder to a running server: read the configuration, open the store and, while the engine is at work, load the rest; then wire it.
import type { App, AppOptions } from './app.ts';
import { loadChecked, storeRetention } from './app-config.ts';
import type { Config, Problem } from './config/config.ts';
import { formatProblem } from './config/problem.ts';
import { AppError } from './model/app-error.ts';
import { systemClock } from './model/clock.ts';
import { openStore } from './storage/clickhouse/open.ts';
import type { Store } from './storage/store.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';

/** Starts everything. Throws AppError `app.bad_config` with all problems, and what storage and listeners throw. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, problems } = await loadChecked(options.dir, options.flags);
  if (!config) throw badConfig(problems);
  const telemetry = createTelemetry({ version: options.version, level: options.logLevel });
  const [store, { RunningApp }] = await Promise.all([open(config, telemetry), import('./app.ts')]);
  const app = new RunningApp(options, config, telemetry, store);
  try {
    await app.start();
  } catch (error) {
    // Why it did not start matters more than what then fails to stop.
    await app.stop().catch((cause: unknown) => telemetry.logger.error({ err: cause }, 'stopping failed'));
    throw error;
  }
  return app;
}

function open({ server, prometheus }: Config, telemetry: Telemetry): Promise<Store> {
  return openStore({
    dataDir: server.dataDir,
    clock: systemClock,
    durability: server.durability,
    retention: storeRetention(server.retention),
    maxSeries: server.limits.maxSeries,
    maxStreams: server.limits.maxStreams,
    maxExemplars: prometheus.storage.maxExemplars,
    outOfOrderMs: prometheus.storage.outOfOrderMs,
    metricCacheBytes: server.query.storageCacheBytes,
    keepsLog: prometheus.remoteWrites.length > 0,
    warn: (message) => telemetry.logger.warn(message),
  });
}

function badConfig(problems: readonly Problem[]): AppError {
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  return new AppError('app.bad_config', `the configuration is not good:\n${lines.join('\n')}`);
}
