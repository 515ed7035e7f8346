// /loki/api/v1/format_query: the query again, written readably.
import type { FastifyInstance } from 'fastify';
import { isAppError } from '../../model/app-error.ts';
import { toGoJson } from '../../model/go-json.ts';
import { sendPieces } from './answer.ts';
import type { LokiApiDeps } from './deps.ts';
import { parametersOf } from './parameters.ts';

/** Adds the route; what cannot be read is answered in JSON, as Loki does here alone. */
export function addFormatRoute(app: FastifyInstance, { engine }: LokiApiDeps): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/loki/api/v1/format_query',
    config: { access: 'read' as const },
    handler(request, reply) {
      const query = parametersOf(request).get('query');
      try {
        return sendPieces(reply, [`{"status":"success","data":${toGoJson(engine.format(query))}}\n`]);
      } catch (error) {
        if (!isAppError(error, 'logql.parse')) throw error;
        return sendPieces(reply.code(400), [`{"status":"invalid-query","error":${toGoJson(error.message)}}\n`]);
      }
    },
  });
}
