// /api/v1/status/tsdb: how many series there are of what.
import type { FastifyInstance } from 'fastify';
import { toGoJson } from '../../model/go-json.ts';
import type { NamedCount } from '../../storage/store.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { apiError } from './errors.ts';
import { parametersOf, parseInteger } from './parameters.ts';
import { READ } from './route.ts';

const DEFAULT_LIMIT = 10;
/** Upstream's, from 3.9 on. */
const MAX_LIMIT = 10_000;
/** What Go's 64-bit integers begin and end with, in the rounding of doubles: the times of a head without samples. */
const NO_MIN = '9223372036854775807';
const NO_MAX = '-9223372036854775808';

/** Adds the routes about what is stored. */
export function addTsdbStatusRoutes(app: FastifyInstance, { metrics }: PrometheusApiDeps): void {
  app.get('/api/v1/status/tsdb', READ, (request, reply) => {
    const limit = limitOf(parametersOf(request).get('limit'));
    const counts = metrics.cardinality(limit);
    const head =
      `{"numSeries":${counts.series},"numLabelPairs":${counts.labelPairs},` +
      // A chunk of upstream holds one series' samples of a while; we have one row of samples for each series.
      `"chunkCount":${counts.series},"minTime":${counts.minMs ?? NO_MIN},"maxTime":${counts.maxMs ?? NO_MAX}}`;
    return sendData(
      reply,
      `{"headStats":${head},"seriesCountByMetricName":${listOf(counts.seriesByMetricName)},` +
        `"labelValueCountByLabelName":${listOf(counts.valuesByLabelName)},` +
        `"memoryInBytesByLabelName":${listOf(counts.bytesByLabelName)},` +
        `"seriesCountByLabelValuePair":${listOf(counts.seriesByLabelPair)}}`,
    );
  });

  // Blocks are how upstream keeps samples on disk; there are none here.
  app.get('/api/v1/status/tsdb/blocks', READ, (_request, reply) => sendData(reply, '{"blocks":[]}'));
}

function limitOf(text: string): number {
  if (text === '') return DEFAULT_LIMIT;
  let limit = 0;
  try {
    limit = parseInteger(text, 'Atoi');
  } catch (error) {
    throw apiError('bad_data', 'limit must be a positive number', error);
  }
  if (limit < 1) throw apiError('bad_data', 'limit must be a positive number');
  return Math.min(limit, MAX_LIMIT);
}

function listOf(counts: readonly NamedCount[]): string {
  return toGoJson(counts.map(({ name, count }) => ({ name, value: count })));
}
