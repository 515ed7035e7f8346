// /api/v1/query_exemplars.
import type { FastifyInstance } from 'fastify';
import { formatShort } from '../../model/go-number.ts';
import { secondsText } from '../../promql/engine/json-parts.ts';
import { parseExpr } from '../../promql/parse/parse.ts';
import { selectorsOf } from '../../promql/parse/selectors-of.ts';
import type { Exemplar, SeriesExemplars } from '../../storage/store.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { apiError } from './errors.ts';
import { labelsToJson, listToJson } from './json.ts';
import { optionalTimeMs, parametersOf } from './parameters.ts';
import { READ } from './route.ts';

/** Adds the route that finds the exemplars of all selectors of an expression. */
export function addExemplarRoute(app: FastifyInstance, { exemplars, config }: PrometheusApiDeps): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/api/v1/query_exemplars',
    ...READ,
    async handler(request, reply) {
      const values = parametersOf(request);
      const startMs = optionalTimeMs(values, 'start', Number.MIN_SAFE_INTEGER);
      const endMs = optionalTimeMs(values, 'end', Number.MAX_SAFE_INTEGER);
      if (endMs < startMs) throw apiError('bad_data', 'end timestamp must not be before start timestamp');
      const expr = parseExpr(values.get('query'), config().server.query.features);
      const matcherSets = selectorsOf(expr).map(({ matchers }) => matchers);
      if (matcherSets.length === 0) return reply.code(204).send();
      return sendData(reply, await listToJson(exemplars.select(matcherSets, startMs, endMs), seriesToJson));
    },
  });
}

function seriesToJson({ seriesLabels, exemplars }: SeriesExemplars): string {
  return `{"seriesLabels":${labelsToJson(seriesLabels)},"exemplars":[${exemplars.map(exemplarToJson).join(',')}]}`;
}

function exemplarToJson({ labels, value, timestampMs }: Exemplar): string {
  return `{"labels":${labelsToJson(labels)},"value":"${formatShort(value)}","timestamp":${secondsText(timestampMs)}}`;
}
