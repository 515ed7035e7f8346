/**
 * `npm start -w prediction-api`: the churn prediction service. Settings: PORT, HOST, DEFAULT_MODEL_VERSION, MODEL_DIR, ENVIRONMENT,
 * LOG_LEVEL, RETENTION_SUCCESS_RATE, RETENTION_OFFER_COST; LOKI_URL sends its log lines and OTEL_EXPORTER_OTLP_ENDPOINT its traces, OTEL_SERVICE_NAME names it in both.
 */
import { startGpuMetrics } from '@alidade/sdk/instrument';
import { createLogger, type StructuredLogger } from '@alidade/sdk/instrument/logger';
import { startTracing, type Tracing } from '@alidade/sdk/instrument/tracing';
import type { FastifyInstance } from 'fastify';
import { APP, createMetrics } from './metrics.ts';
import { MODEL_NAME } from './model.ts';
import { loadModels } from './model-set.ts';
import { modelDir } from './package-dir.ts';
import { buildService } from './service.ts';
import { readSettings, type Settings } from './settings.ts';

/** A stop that takes longer than this is cut short. */
const STOP_TIMEOUT_MS = 5000;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const { service, environment, lokiUrl } = settings;
  const tracing = startTracing({ service, version: APP.version, environment });
  const logger = createLogger({ service, environment, level: settings.logLevel, ...(lokiUrl && { loki: { url: lokiUrl } }) });
  const metrics = createMetrics(settings.retention);
  startGpuMetrics(metrics.instrument);
  const models = loadModels(modelDir(import.meta.url, process.env), metrics);
  for (const [version, entry] of models) {
    if ('error' in entry) logger.error('Model is not available', { error: entry.error, model_name: MODEL_NAME, model_version: version });
  }
  const app = await buildService({ models, metrics, logger, defaultVersion: settings.defaultVersion });
  const url = await app.listen({ host: settings.host, port: settings.port }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(listenProblem(settings, error), { cause: error });
  });
  logger.info(`${APP.name} ${APP.version} listens on ${url}`, { url });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(app, logger, tracing));
}

/** Answers what has been asked, then sends what lines and spans there are. */
async function stop(app: FastifyInstance, logger: StructuredLogger, tracing: Tracing): Promise<void> {
  setTimeout(() => process.exit(0), STOP_TIMEOUT_MS).unref();
  try {
    await app.close();
    logger.info(`${APP.name} stopped`);
  } catch (error) {
    fail(error);
  }
  await Promise.all([tracing.stop(), logger.close()]);
  // Not by itself: an attempt to reach an endpoint that is down may still be waiting for its turn.
  process.exit();
}

function listenProblem({ host, port }: Settings, error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') {
    const who = port === 5000 && process.platform === 'darwin' ? ' (on macOS often the AirPlay receiver)' : '';
    return `port ${port} on ${host} is taken${who}: stop what listens there, or choose another with PORT=${port + 1}`;
  }
  if (error.code === 'EACCES') return `port ${port} on ${host} may not be used by this user: choose one above 1023 with PORT`;
  return `cannot listen on ${host}:${port}: ${error.message}`;
}

function fail(error: unknown): void {
  console.error(`${APP.name}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

main().catch(fail);
