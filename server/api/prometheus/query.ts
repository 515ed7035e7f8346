// /api/v1/query and query_range.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { FormValues } from '../../http/form-values.ts';
import { isAppError, messageOf } from '../../model/app-error.ts';
import { checkResolution } from '../../promql/engine/limits.ts';
import type { EncodedResult, QueryOptions } from '../../promql/query.ts';
import { sendData, sendOwnData, TRUNCATED } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { apiError, invalidParameter } from './errors.ts';
import { limitOf, optionalTimeMs, parametersOf, parseStepMs, reading, requiredTimeMs } from './parameters.ts';
import { READ } from './route.ts';
import { statsToJson } from './stats.ts';
import { truncateResult } from './truncate.ts';

/** Adds the query routes. */
export function addQueryRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  const { engine, clock } = deps;
  const methods = ['GET', 'POST'];
  app.route({
    method: methods,
    url: '/api/v1/query',
    ...READ,
    async handler(request, reply) {
      const values = parametersOf(request);
      const limit = limitOf(values);
      const timeMs = optionalTimeMs(values, 'time', clock.nowMs());
      const options = queryOptions(values, reply, deps);
      const result = await placed(engine.instantJson({ expr: values.get('query'), timeMs, ...options }));
      return sendResult(reply, result, limit, values.get('stats'));
    },
  });

  app.route({
    method: methods,
    url: '/api/v1/query_range',
    ...READ,
    async handler(request, reply) {
      const values = parametersOf(request);
      const limit = limitOf(values);
      const span = rangeOf(values);
      const options = queryOptions(values, reply, deps);
      const noCache = isTrue(values.get('nocache'));
      const result = await placed(engine.rangeJson({ expr: values.get('query'), ...span, ...options, noCache }));
      return sendResult(reply, result, limit, values.get('stats'));
    },
  });
}

/** VictoriaMetrics' notion of a parameter that is on or off. */
function isTrue(text: string): boolean {
  return text !== '' && !['0', 'f', 'false', 'no'].includes(text.toLowerCase());
}

function rangeOf(values: FormValues): { startMs: number; endMs: number; stepMs: number } {
  const startMs = requiredTimeMs(values, 'start');
  const endMs = requiredTimeMs(values, 'end');
  if (endMs < startMs) throw invalidParameter('end', 'end timestamp must not be before start time');
  const exactStepMs = reading('step', () => parseStepMs(values.get('step')));
  if (!(exactStepMs > 0))
    throw invalidParameter('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  checkResolution(startMs, endMs, exactStepMs);
  // The engine counts in whole milliseconds.
  return { startMs, endMs, stepMs: Math.max(1, Math.trunc(exactStepMs)) };
}

/** A request may shorten the server's time limit, not lengthen it. */
function queryOptions(values: FormValues, reply: FastifyReply, deps: PrometheusApiDeps): QueryOptions {
  const timeout = values.get('timeout');
  const timeoutMs = timeout === '' ? undefined : reading('timeout', () => parseStepMs(timeout));
  if (timeoutMs !== undefined && !(timeoutMs > 0)) throw invalidParameter('query', 'context deadline exceeded');
  const mostMs = deps.config().server.query.timeoutMs;
  return {
    signal: abortOnDisconnect(reply),
    timeoutMs: Math.min(timeoutMs ?? mostMs, mostMs),
    lookbackMs: lookbackOf(values),
    stats: values.get('stats') !== '',
  };
}

function lookbackOf(values: FormValues): number | undefined {
  const text = values.get('lookback_delta');
  if (text === '') return undefined;
  try {
    const lookbackMs = parseStepMs(text);
    // What is shorter than a millisecond finds nothing.
    return lookbackMs > 0 ? Math.trunc(lookbackMs) : undefined;
  } catch (error) {
    throw apiError('bad_data', `error parsing lookback delta duration: ${messageOf(error)}`);
  }
}

/** Errors in the expression name the parameter that it came in. */
async function placed(evaluation: Promise<EncodedResult>): Promise<EncodedResult> {
  try {
    return await evaluation;
  } catch (error) {
    if (isAppError(error, 'promql.parse') || isAppError(error, 'promql.type')) throw invalidParameter('query', error.message);
    throw error;
  }
}

/** `wanted` is the parameter `stats`. */
function sendResult(reply: FastifyReply, result: EncodedResult, limit: number, wanted: string): FastifyReply {
  const { dataJson, warnings, infos, stats } = result;
  if (limit === 0 && !stats) return sendOwnData(reply, result);
  const whole = Buffer.concat(dataJson);
  result.release();
  const cut = limit === 0 ? undefined : truncateResult(whole, limit);
  const data = cut ?? whole;
  const withStats = stats ? appendMember(data, 'stats', statsToJson(stats, wanted === 'all')) : data;
  return sendData(reply, withStats, { infos, warnings: cut ? [...warnings, TRUNCATED] : warnings });
}

/** Adds a member at the end of an object that is JSON already. */
function appendMember(objectJson: Buffer, name: string, json: string): Buffer {
  return Buffer.concat([objectJson.subarray(0, objectJson.length - 1), Buffer.from(`,"${name}":${json}}`)]);
}
