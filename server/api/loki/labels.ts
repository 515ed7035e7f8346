// /loki/api/v1/labels, label/:name/values and series.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { FormValues } from '../../http/form-values.ts';
import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import { sendPieces, sendTexts } from './answer.ts';
import type { LokiApiDeps } from './deps.ts';
import { labelsJson } from './json.ts';
import { HOUR_NS, parametersOf, spanOf } from './parameters.ts';

/** Without `start`, these questions look back six hours, as Loki documents. */
const SINCE_NS = 6n * HOUR_NS;

/** Adds the routes that look streams and labels up. */
export function addLabelRoutes(app: FastifyInstance, deps: LokiApiDeps): void {
  const { engine, logs, clock } = deps;
  const methods = ['GET', 'POST'];
  const config = { access: 'read' as const };

  const streamsOf = async (values: FormValues, selectors: readonly string[], reply: FastifyReply): Promise<readonly Labels[]> => {
    const matcherSets = selectors
      .filter((selector) => selector !== '')
      .map((selector): readonly Matcher[] => engine.parseSelector(selector));
    // Both ends belong to the span here.
    const { startNs, endNs } = spanOf(values, clock, SINCE_NS);
    if (endNs < startNs) return [];
    const limits = { signal: abortOnDisconnect(reply), timeoutMs: deps.queryTimeoutMs };
    return logs.streams({ matcherSets, startNs, endNs: endNs + 1n }, limits);
  };

  for (const url of ['/loki/api/v1/labels', '/loki/api/v1/label'])
    app.route({
      method: methods,
      url,
      config,
      async handler(request, reply) {
        const values = parametersOf(request);
        const names = new Set<string>();
        for (const labels of await streamsOf(values, [values.get('query')], reply)) for (const [name] of labels) names.add(name);
        return sendTexts(reply, [...names].sort());
      },
    });

  app.route<{ Params: { name: string } }>({
    method: methods,
    url: '/loki/api/v1/label/:name/values',
    config,
    async handler(request, reply) {
      const values = parametersOf(request as Parameters<typeof parametersOf>[0]);
      const found = new Set<string>();
      for (const labels of await streamsOf(values, [values.get('query')], reply)) found.add(labels.get(request.params.name));
      found.delete('');
      return sendTexts(reply, [...found].sort());
    },
  });

  app.route({
    method: methods,
    url: '/loki/api/v1/series',
    config,
    async handler(request, reply) {
      const values = parametersOf(request);
      const streams = await streamsOf(values, [...values.getAll('match'), ...values.getAll('match[]')], reply);
      return sendPieces(reply, seriesJson(streams));
    },
  });
}

function* seriesJson(streams: readonly Labels[]): Generator<string> {
  yield '{"status":"success","data":[';
  for (const [i, labels] of streams.entries()) yield `${i === 0 ? '' : ','}${labelsJson(labels)}`;
  yield ']}\n';
}
