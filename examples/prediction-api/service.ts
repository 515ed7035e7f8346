import { fastifyTelemetry } from '@alidade/sdk/instrument';
import type { StructuredLogger } from '@alidade/sdk/instrument/logger';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { MAX_CUSTOMERS, PayloadError } from './customer.ts';
import { FeatureStore } from './feature-store.ts';
import { APP, type ServiceMetrics } from './metrics.ts';
import { MODEL_NAME, type ModelVersion, modelVersions } from './model.ts';
import { isLoaded, type ModelSet } from './model-set.ts';
import { answerPrediction, type PredictionDeps, refusePrediction } from './prediction.ts';

/** What the service is made from. */
export interface ServiceDeps {
  readonly models: ModelSet;
  readonly metrics: ServiceMetrics;
  readonly logger: StructuredLogger;
  /** The version behind `POST /predict`. */
  readonly defaultVersion: ModelVersion;
}

/** Room for `MAX_CUSTOMERS` customers of about 600 bytes each. */
const BODY_LIMIT_BYTES = MAX_CUSTOMERS * 1024;

/** Builds the HTTP service; the caller listens and closes. */
export async function buildService(deps: ServiceDeps): Promise<FastifyInstance> {
  const { models, metrics, logger, defaultVersion } = deps;
  const predictions: PredictionDeps = { models, metrics, logger, features: new FeatureStore(metrics.features) };
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
  addPredictRoute(app, predictions, '/v1/predict', 'v1');
  addPredictRoute(app, predictions, '/v2/predict', 'v2');
  addPredictRoute(app, predictions, '/predict', defaultVersion);

  app.setNotFoundHandler((request, reply) => {
    reply.code(404).send({ error: `there is no ${request.method} ${request.url.split('?')[0]}; GET / lists what there is` });
  });
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    if ((error.statusCode ?? 500) >= 500) logger.error('Request failed', { error });
    reply.code(error.statusCode ?? 500).send(errorBody(error));
  });
  return app;
}

/**
 * One prediction route. Whatever goes wrong counts as one error of the route's model: a bad payload, a body that is not JSON or too
 * large, a model that is not loaded or that fails.
 */
function addPredictRoute(app: FastifyInstance, deps: PredictionDeps, path: string, version: ModelVersion): void {
  const arrivedAtMs = new WeakMap<FastifyRequest, number>();
  const begun = new WeakSet<FastifyRequest>();
  app.post(path, {
    onRequest: async (request) => {
      arrivedAtMs.set(request, performance.now());
    },
    handler: async (request) => {
      begun.add(request);
      return answerPrediction(deps, version, request.body);
    },
    errorHandler: (error, request, reply) => {
      const now = performance.now();
      if (!begun.has(request)) refusePrediction(deps, version, error, now - (arrivedAtMs.get(request) ?? now));
      reply.code(error.statusCode ?? 500).send(errorBody(error));
    },
  });
}

function errorBody(error: Error): Record<string, unknown> {
  return error instanceof PayloadError ? { error: error.message, problems: error.problems } : { error: error.message };
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
