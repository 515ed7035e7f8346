// /loki/api/v1/detected_labels and detected_fields: what Grafana's log browser offers to filter by.
import type { FastifyInstance } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import { compareText } from '../../model/labels.ts';
import { sendPieces } from './answer.ts';
import type { LokiApiDeps } from './deps.ts';
import { lokiError } from './errors.ts';
import { type FieldParser, fieldsOfLine, fieldType } from './line-fields.ts';
import { limitOf, parametersOf, spanOf } from './parameters.ts';

const DEFAULT_FIELDS = 1_000;
const DEFAULT_LINES = 100;
const MAX_LINES = 5_000;

/** Adds the routes. */
export function addDetectionRoutes(app: FastifyInstance, deps: LokiApiDeps): void {
  const { engine, logs, clock, queryTimeoutMs: timeoutMs } = deps;
  const methods = ['GET', 'POST'];
  const config = { access: 'read' as const };

  app.route({
    method: methods,
    url: '/loki/api/v1/detected_labels',
    config,
    async handler(request, reply) {
      const values = parametersOf(request);
      const query = values.get('query');
      const matcherSets = query === '' || query === '{}' ? [] : [engine.parseSelector(query)];
      const found = new Map<string, Set<string>>();
      const span = spanOf(values, clock);
      for (const labels of await logs.streams({ matcherSets, ...span }, { signal: abortOnDisconnect(reply), timeoutMs }))
        for (const [name, value] of labels) addTo(found, name, value);
      const detectedLabels = [...found].sort(([a], [b]) => compareText(a, b)).map(([label, { size }]) => ({ label, cardinality: size }));
      return sendPieces(reply, [`${JSON.stringify({ detectedLabels })}\n`]);
    },
  });

  app.route({
    method: methods,
    url: '/loki/api/v1/detected_fields',
    config,
    async handler(request, reply) {
      const values = parametersOf(request);
      const query = values.get('query');
      if (engine.check(query) !== 'streams') throw lokiError('loki.bad_request', 'only log selector is supported');
      const limit = limitOf(values, DEFAULT_FIELDS);
      const lines = Math.min(MAX_LINES, Number.parseInt(values.get('line_limit'), 10) || DEFAULT_LINES);
      const span = spanOf(values, clock);
      const asked = { query, ...span, stepNs: span.endNs - span.startNs + 1n, limit: lines, direction: 'backward' } as const;
      const { value } = await engine.range({ ...asked, signal: abortOnDisconnect(reply), timeoutMs });
      const fields = new Map<string, { readonly values: Set<string>; readonly parsers: Set<FieldParser> }>();
      const add = (name: string, text: string, parser?: FieldParser) => {
        const field = fields.get(name) ?? { values: new Set(), parsers: new Set() };
        fields.set(name, field);
        field.values.add(text);
        if (parser) field.parsers.add(parser);
      };
      for (const { entries } of value.type === 'streams' ? value.streams : [])
        for (const { line, metadata } of entries) {
          for (const [name, text] of metadata) add(name, text);
          const { parser, pairs } = fieldsOfLine(line);
          for (const [name, text] of pairs) add(name, text, parser);
        }
      const detected = [...fields]
        .sort(([a], [b]) => compareText(a, b))
        .slice(0, limit)
        .map(([label, { values: texts, parsers }]) => ({
          label,
          type: fieldType(texts),
          cardinality: texts.size,
          parsers: parsers.size === 0 ? null : [...parsers].sort(),
        }));
      return sendPieces(reply, [`${JSON.stringify({ fields: detected, limit })}\n`]);
    },
  });
}

function addTo(map: Map<string, Set<string>>, name: string, value: string): void {
  const values = map.get(name);
  if (values) values.add(value);
  else map.set(name, new Set([value]));
}
