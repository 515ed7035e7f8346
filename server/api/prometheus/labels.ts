// /api/v1/series, labels and label/:name/values.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { FormValues } from '../../http/form-values.ts';
import { toGoJson } from '../../model/go-json.ts';
import type { LabelQuery } from '../../storage/store.ts';
import { sendData, TRUNCATED } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { apiError, invalidParameter } from './errors.ts';
import { labelsToJson, listToJson } from './json.ts';
import { limitOf, optionalTimeMs, parametersOf } from './parameters.ts';
import { READ } from './route.ts';
import { parseSelectors } from './selector.ts';

/** All that a store can hold: 1970 to 9999. */
export const MIN_TIME_MS = 0;
export const MAX_TIME_MS = 253_402_300_799_999;

/** Adds the routes that look series and labels up. */
export function addLabelRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  const { metrics } = deps;
  const limitsOf = (reply: FastifyReply) => ({ signal: abortOnDisconnect(reply), timeoutMs: deps.config().server.query.timeoutMs });

  app.route({
    method: ['GET', 'POST'],
    url: '/api/v1/series',
    ...READ,
    async handler(request, reply) {
      const values = parametersOf(request);
      const limit = limitOf(values);
      if (values.getAll('match[]').length === 0) throw apiError('bad_data', 'no match[] parameter provided');
      const query = labelQueryOf(values, limit, (message) => invalidParameter('match[]', message));
      const found = isEmptySpan(query) ? [] : await metrics.series(query, limitsOf(reply));
      return sendList(reply, found, limit, labelsToJson);
    },
  });

  app.delete('/api/v1/series', READ, () => {
    throw apiError('internal', 'not implemented');
  });

  app.route({
    method: ['GET', 'POST'],
    url: '/api/v1/labels',
    ...READ,
    async handler(request, reply) {
      const values = parametersOf(request);
      const limit = limitOf(values);
      const query = labelQueryOf(values, limit);
      const names = isEmptySpan(query) ? [] : await metrics.labelNames(query, limitsOf(reply));
      return sendList(reply, names, limit, toGoJson);
    },
  });

  app.get<{ Params: { name: string } }>('/api/v1/label/:name/values', READ, async (request, reply) => {
    const values = parametersOf(request as FastifyRequest);
    const name = unescapeName(request.params.name);
    if (name === '') throw apiError('bad_data', 'invalid label name: ""');
    const limit = limitOf(values);
    const query = labelQueryOf(values, limit);
    const found = isEmptySpan(query) ? [] : await metrics.labelValues(name, query, limitsOf(reply));
    return sendList(reply, found, limit, toGoJson);
  });
}

function labelQueryOf(values: FormValues, limit: number, fail = (message: string) => apiError('bad_data', message)): LabelQuery {
  return {
    startMs: Math.max(MIN_TIME_MS, optionalTimeMs(values, 'start', MIN_TIME_MS)),
    endMs: Math.min(MAX_TIME_MS, optionalTimeMs(values, 'end', MAX_TIME_MS)),
    matcherSets: parseSelectors(values.getAll('match[]'), fail),
    // One more than wanted shows whether something was left out.
    limit: limit === 0 ? 0 : limit + 1,
  };
}

function isEmptySpan({ startMs, endMs }: LabelQuery): boolean {
  return endMs < startMs;
}

async function sendList<T>(reply: FastifyReply, found: readonly T[], limit: number, toJson: (item: T) => string): Promise<FastifyReply> {
  const isCut = limit > 0 && found.length > limit;
  return sendData(reply, await listToJson(isCut ? found.slice(0, limit) : found, toJson), { warnings: isCut ? [TRUNCATED] : [] });
}

/** Undoes the escaping of UTF-8 names in paths: `U__a_2e_b` is `a.b`, `__` an underscore. What is no valid escape stays as it is. */
export function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name;
  let isValid = true;
  const text = name.slice(3).replace(/__|_([0-9a-fA-F]{1,6})_|_/g, (match, hex: string | undefined) => {
    if (match === '__') return '_';
    const code = hex === undefined ? Number.NaN : Number.parseInt(hex, 16);
    if (code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) return String.fromCodePoint(code);
    isValid = false;
    return '';
  });
  return isValid ? text : name;
}
