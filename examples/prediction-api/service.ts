import { fastifyTelemetry } from '@alidade/sdk/instrument';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { MAX_CUSTOMERS, PayloadError, parseCustomers } from './customer.ts';
import { APP, type ServiceMetrics } from './metrics.ts';
import { MODEL_NAME, type ModelVersion, modelVersions, type Prediction, predict } from './model.ts';
import { isLoaded, type ModelSet, modelOf } from './model-set.ts';

/** What the service is made from. */
export interface ServiceDeps {
  readonly models: ModelSet;
  readonly metrics: ServiceMetrics;
  /** The version behind `POST /predict`. */
  readonly defaultVersion: ModelVersion;
}

/** Room for `MAX_CUSTOMERS` customers of about 600 bytes each. */
const BODY_LIMIT_BYTES = MAX_CUSTOMERS * 1024;

/** Builds the HTTP service; the caller listens and closes. */
export async function buildService(deps: ServiceDeps): Promise<FastifyInstance> {
  const { models, metrics, defaultVersion } = deps;
  const app = Fastify({ bodyLimit: BODY_LIMIT_BYTES });
  await app.register(fastifyTelemetry, { instrument: metrics.instrument });

  app.get('/', async () => ({
    service: APP.name,
    endpoints: ['POST /v1/predict', 'POST /v2/predict', 'POST /predict', 'GET /health', 'GET /model-info', 'GET /metrics'],
  }));
  app.get('/health', async (_request, reply) => {
    const loaded = Object.fromEntries(modelVersions.map((version) => [version, isLoaded(models, version)]));
    const isHealthy = Object.values(loaded).every(Boolean);
    return reply.code(isHealthy ? 200 : 503).send({ status: isHealthy ? 'ok' : 'degraded', models: loaded });
  });
  app.get('/model-info', async () => modelInfo(models, defaultVersion));
  addPredictRoute(app, deps, '/v1/predict', 'v1');
  addPredictRoute(app, deps, '/v2/predict', 'v2');
  addPredictRoute(app, deps, '/predict', defaultVersion);

  app.setNotFoundHandler((request, reply) => {
    reply.code(404).send({ error: `there is no ${request.method} ${request.url.split('?')[0]}; GET / lists what there is` });
  });
  app.setErrorHandler<FastifyError>((error, _request, reply) => reply.code(error.statusCode ?? 500).send(errorBody(error)));
  return app;
}

/**
 * One prediction route. Whatever goes wrong counts as one error of the route's model: a bad payload, a body that is not JSON or too
 * large, a model that is not loaded.
 */
function addPredictRoute(app: FastifyInstance, { models, metrics }: ServiceDeps, path: string, version: ModelVersion): void {
  const ref = { name: MODEL_NAME, version };
  const measured = new WeakSet<FastifyRequest>();

  function answer(body: unknown): Prediction | Prediction[] {
    const customers = parseCustomers(body);
    const model = modelOf(models, version);
    const predictions = customers.map((customer) => predict(model, customer));
    return Array.isArray(body) ? predictions : predictions[0]!;
  }

  app.post(path, {
    handler: async (request) => {
      measured.add(request);
      return metrics.predictions.run(
        ref,
        () => answer(request.body),
        (result) => [result].flat().map(({ prediction }) => prediction),
      );
    },
    errorHandler: (error, request, reply) => {
      // The body was refused before the handler, and its measurement, began.
      if (!measured.has(request)) metrics.predictions.recordError(ref, reply.elapsedTime / 1000);
      reply.code(error.statusCode ?? 500).send(errorBody(error));
    },
  });
}

function errorBody(error: Error & { statusCode?: number }): Record<string, unknown> {
  if (error instanceof PayloadError) return { error: error.message, problems: error.problems };
  if ((error.statusCode ?? 500) >= 500) console.error(`${APP.name}: ${error.stack ?? error.message}`);
  return { error: error.message };
}

function modelInfo(models: ModelSet, defaultVersion: ModelVersion): Record<string, unknown> {
  const versions = modelVersions.map((version) => {
    const entry = models.get(version);
    if (!entry || !('parameters' in entry)) return [version, { loaded: false, error: entry?.error.message }];
    const { training, features, parameters } = entry;
    return [version, { loaded: true, kind: parameters.kind, features: features.length, training }];
  });
  return { name: MODEL_NAME, default_version: defaultVersion, versions: Object.fromEntries(versions) };
}
