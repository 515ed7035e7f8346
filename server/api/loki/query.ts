// /loki/api/v1/query and query_range.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { LogQueryResult, LogRangeQuery } from '../../logql/query.ts';
import { sendPieces } from './answer.ts';
import type { LokiApiDeps } from './deps.ts';
import { lokiError } from './errors.ts';
import { spacedLines } from './interval.ts';
import { directionOf, instantOf, intervalOf, limitOf, parametersOf, rangeOf } from './parameters.ts';
import { queryJson } from './query-json.ts';

/** Loki's limit on the lines of one answer. */
export const MAX_ENTRIES = 5_000;
const FLAGS_HEADER = 'x-loki-response-encoding-flags';

/** Adds the query routes. */
export function addQueryRoutes(app: FastifyInstance, deps: LokiApiDeps): void {
  const { engine, clock, queryTimeoutMs: timeoutMs } = deps;
  const methods = ['GET', 'POST'];
  const config = { access: 'read' as const };

  app.route({
    method: methods,
    url: '/loki/api/v1/query',
    config,
    async handler(request, reply) {
      const values = parametersOf(request);
      const query = values.get('query');
      const timeNs = instantOf(values, clock);
      const limit = limitOf(values);
      const direction = directionOf(values);
      if (engine.check(query) === 'streams')
        throw lokiError(
          'loki.bad_request',
          'log queries are not supported as an instant query type, please change your query to a range query type',
        );
      const result = await engine.instant({ query, timeNs, limit, direction, signal: abortOnDisconnect(reply), timeoutMs });
      return sendResult(request, reply, result, direction);
    },
  });

  app.route({
    method: methods,
    url: '/loki/api/v1/query_range',
    config,
    async handler(request, reply) {
      const values = parametersOf(request);
      const range = rangeOf(values, clock);
      const limit = limitOf(values);
      const direction = directionOf(values);
      const intervalNs = intervalOf(values);
      const query: LogRangeQuery = { query: values.get('query'), ...range, limit, direction, signal: abortOnDisconnect(reply), timeoutMs };
      const isStreams = engine.check(query.query) === 'streams';
      if (isStreams && limit > MAX_ENTRIES)
        throw lokiError('loki.bad_request', `max entries limit per query exceeded, limit > max_entries_limit (${limit} > ${MAX_ENTRIES})`);
      const isSpaced = isStreams && intervalNs > 0n;
      const result = await (isSpaced ? spacedLines(engine, query, intervalNs, MAX_ENTRIES) : engine.range(query));
      return sendResult(request, reply, result, direction);
    },
  });
}

function sendResult(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  result: LogQueryResult,
  direction: 'forward' | 'backward',
): FastifyReply {
  const flags = String(headers[FLAGS_HEADER] ?? '')
    .split(',')
    .map((flag) => flag.trim());
  return sendPieces(reply, queryJson(result, { direction, isCategorized: flags.includes('categorize-labels') }));
}
