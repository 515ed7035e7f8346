import type { FastifyInstance } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { TempoApiDeps } from './deps.ts';
import { tempoError } from './errors.ts';
import { countOf, durationOf, parametersOf, timeSpanOf } from './parameters.ts';
import { searchToJson } from './search-json.ts';
import { parseTagsQuery } from './tags-query.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100_000;
const DEFAULT_SPANS_PER_SPANSET = 3;
const MAX_SPANS_PER_SPANSET = 1_000;

/** Adds GET /api/search. */
export function addSearchRoute(app: FastifyInstance, deps: TempoApiDeps): void {
  app.get('/api/search', { config: { access: 'read' } }, async (request, reply) => {
    const values = parametersOf(request);
    const query = values.get('q');
    const tags = values.get('tags');
    if (query !== '' && tags !== '') throw tempoError('tempo.bad_request', "invalid request: can't specify tags and q in the same query");
    const result = await deps.search.search(
      {
        query,
        ...timeSpanOf(values, deps.clock),
        ...parseTagsQuery(tags),
        minDurationNs: durationOf(values, 'minDuration'),
        maxDurationNs: durationOf(values, 'maxDuration'),
        limit: countOf(values, 'limit', DEFAULT_LIMIT, 1, MAX_LIMIT),
        spansPerSpanset: countOf(values, 'spss', DEFAULT_SPANS_PER_SPANSET, 0, MAX_SPANS_PER_SPANSET),
      },
      { signal: abortOnDisconnect(reply), timeoutMs: deps.timeoutMs },
    );
    return reply.type('application/json').send(Buffer.from(JSON.stringify(searchToJson(result, query !== ''))));
  });
}
