/** `npm start -w prediction-api`: the churn prediction service. Settings: PORT, HOST, DEFAULT_MODEL_VERSION, MODEL_DIR. */
import { APP, createMetrics } from './metrics.ts';
import { loadModels } from './model-set.ts';
import { modelDir } from './package-dir.ts';
import { buildService } from './service.ts';
import { readSettings, type Settings } from './settings.ts';

/** A stop that takes longer than this is cut short. */
const STOP_TIMEOUT_MS = 5000;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const metrics = createMetrics();
  const models = loadModels(modelDir(import.meta.url, process.env), metrics);
  for (const [version, entry] of models) {
    if ('error' in entry) console.error(`${APP.name}: model ${version} is not available: ${entry.error.message}`);
  }
  const app = await buildService({ models, metrics, defaultVersion: settings.defaultVersion });
  const url = await app.listen({ host: settings.host, port: settings.port }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(listenProblem(settings, error), { cause: error });
  });
  console.log(`${APP.name} ${APP.version} listens on ${url}`);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(0), STOP_TIMEOUT_MS).unref();
      app.close().then(
        () => console.log(`${APP.name} stopped`),
        (error: unknown) => fail(error),
      );
    });
  }
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
