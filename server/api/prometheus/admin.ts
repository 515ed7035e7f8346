// /api/v1/admin/tsdb/*: deleting samples and copying the store, for those who may.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import { isAppError, messageOf } from '../../model/app-error.ts';
import { toGoJson } from '../../model/go-json.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { apiError, invalidParameter } from './errors.ts';
import { MAX_TIME_MS, MIN_TIME_MS } from './labels.ts';
import { optionalTimeMs, parametersOf, parseBoolean } from './parameters.ts';
import { readSelectors } from './selector.ts';

/** Adds the routes for administrators; each is refused unless the API for them is enabled. */
export function addAdminRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  const { metrics } = deps;
  const add = (name: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) =>
    app.route({
      method: ['POST', 'PUT'],
      url: `/api/v1/admin/tsdb/${name}`,
      async handler(request, reply) {
        reply.header('Vary', 'Origin');
        if (!deps.config().server.enableAdminApi) throw apiError('unavailable', 'admin APIs disabled');
        return handler(request, reply);
      },
    });

  add('delete_series', async (request, reply) => {
    const values = parametersOf(request);
    const selectors = values.getAll('match[]');
    if (selectors.length === 0) throw apiError('bad_data', 'no match[] parameter provided');
    const startMs = Math.max(MIN_TIME_MS, optionalTimeMs(values, 'start', MIN_TIME_MS));
    const endMs = Math.min(MAX_TIME_MS, optionalTimeMs(values, 'end', MAX_TIME_MS));
    const matcherSets = readSelectors(selectors, (message) => invalidParameter('match[]', message));
    const limits = { signal: abortOnDisconnect(reply), timeoutMs: deps.config().server.query.timeoutMs };
    if (startMs <= endMs) await metrics.deleteSamples({ matcherSets, startMs, endMs }, limits);
    return reply.code(204).send();
  });

  add('clean_tombstones', async (_request, reply) => {
    await metrics.cleanTombstones();
    return reply.code(204).send();
  });

  add('snapshot', async (request, reply) => {
    checkSkipHead(parametersOf(request).get('skip_head'));
    return sendData(reply, toGoJson({ name: await takeSnapshot(deps) }));
  });
}

/** Nothing here is kept in memory alone, so there is nothing that could be skipped. */
function checkSkipHead(text: string): void {
  try {
    if (text !== '') parseBoolean(text);
  } catch (error) {
    throw invalidParameter('skip_head', `unable to parse boolean: ${messageOf(error)}`);
  }
}

async function takeSnapshot({ snapshot }: PrometheusApiDeps): Promise<string> {
  if (!snapshot) throw apiError('internal', 'create snapshot: this store has no data directory');
  try {
    return await snapshot();
  } catch (error) {
    if (isAppError(error, 'storage.no_snapshot')) throw apiError('internal', `create snapshot: ${error.message}`, error);
    throw error;
  }
}
