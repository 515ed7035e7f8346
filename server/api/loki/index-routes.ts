// /loki/api/v1/index/stats, volume and volume_range: how much there is. Loki reads them off its index; here lines are counted.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { FormValues } from '../../http/form-values.ts';
import type { LogQueryStats } from '../../logql/query.ts';
import { compareText, Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { Matrix, Vector } from '../../vector/value.ts';
import { sendPieces } from './answer.ts';
import type { LokiApiDeps } from './deps.ts';
import { lokiError } from './errors.ts';
import { limitOf, MS_NS, parametersOf, rangeOf, spanOf } from './parameters.ts';
import { queryJson } from './query-json.ts';
import { sizesByStep, sizesOf } from './scan-sizes.ts';

const NO_COST: LogQueryStats = { linesProcessed: 0, bytesProcessed: 0, linesMatched: 0, streams: 0, seconds: 0 };
const PLAIN = { direction: 'backward', isCategorized: false } as const;

/** Adds the routes. */
export function addIndexRoutes(app: FastifyInstance, deps: LokiApiDeps): void {
  const { engine, logs, clock } = deps;
  const methods = ['GET', 'POST'];
  const config = { access: 'read' as const };
  const limitsOf = (reply: FastifyReply) => ({ signal: abortOnDisconnect(reply), timeoutMs: deps.queryTimeoutMs });

  app.route({
    method: methods,
    url: '/loki/api/v1/index/stats',
    config,
    async handler(request, reply) {
      const values = parametersOf(request);
      const sizes = await sizesOf(logs, engine.parseSelector(values.get('query')), spanOf(values, clock), limitsOf(reply));
      const sum = (of: (size: (typeof sizes)[number]) => number) => sizes.reduce((total, size) => total + of(size), 0);
      // There are no chunks; a stream stands for at least one.
      const stats = { streams: sizes.length, chunks: sizes.length, bytes: sum(({ bytes }) => bytes), entries: sum(({ lines }) => lines) };
      return sendPieces(reply, [`${JSON.stringify(stats)}\n`]);
    },
  });

  app.route({
    method: methods,
    url: '/loki/api/v1/index/volume',
    config,
    async handler(request, reply) {
      const values = parametersOf(request);
      const group = grouping(values, engine.parseSelector(values.get('query')));
      const limit = limitOf(values);
      const span = spanOf(values, clock);
      const totals = new Map<string, { readonly labels: Labels; bytes: number }>();
      for (const { labels, bytes } of await sizesOf(logs, group.matchers, span, limitsOf(reply)))
        for (const key of group.keysOf(labels)) {
          const total = totals.get(key.key());
          if (total) total.bytes += bytes;
          else totals.set(key.key(), { labels: key, bytes });
        }
      const largest = [...totals.values()].sort((a, b) => b.bytes - a.bytes || compareText(a.labels.key(), b.labels.key())).slice(0, limit);
      const value: Vector = {
        type: 'vector',
        timestampMs: Number(span.endNs / MS_NS),
        labels: largest.map(({ labels }) => labels),
        values: Float64Array.from(largest, ({ bytes }) => bytes),
      };
      return sendPieces(reply, queryJson({ value, stats: NO_COST, warnings: [] }, PLAIN));
    },
  });

  app.route({
    method: methods,
    url: '/loki/api/v1/index/volume_range',
    config,
    async handler(request, reply) {
      const values = parametersOf(request);
      const group = grouping(values, engine.parseSelector(values.get('query')));
      const limit = limitOf(values);
      const { startNs, endNs, stepNs } = rangeOf(values, clock);
      const steps = Number((endNs - startNs) / stepNs) + 1;
      const sums = new Map<string, { readonly labels: Labels; readonly bytes: Float64Array }>();
      for (const [labels, bytes] of await sizesByStep(logs, group.matchers, { startNs, stepNs, steps }, limitsOf(reply)))
        for (const key of group.keysOf(labels)) {
          const sum = sums.get(key.key());
          if (sum) addTo(sum.bytes, bytes);
          else sums.set(key.key(), { labels: key, bytes: bytes.slice() });
        }
      const total = (bytes: Float64Array) => bytes.reduce((sum, value) => sum + value, 0);
      const largest = [...sums.values()].sort((a, b) => total(b.bytes) - total(a.bytes) || compareText(a.labels.key(), b.labels.key()));
      const value = matrixOf(largest.slice(0, limit), Number(startNs / MS_NS), Number(stepNs) / Number(MS_NS), steps);
      return sendPieces(reply, queryJson({ value, stats: NO_COST, warnings: [] }, PLAIN));
    },
  });
}

function addTo(sum: Float64Array, bytes: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (bytes[i] as number);
}

function matrixOf(
  rows: readonly { readonly labels: Labels; readonly bytes: Float64Array }[],
  startMs: number,
  stepMs: number,
  steps: number,
): Matrix {
  const values = new Float64Array(rows.length * steps);
  for (const [row, { bytes }] of rows.entries()) values.set(bytes, row * steps);
  const present = Uint8Array.from(values, (value) => (value > 0 ? 1 : 0));
  return { type: 'matrix', startMs, stepMs, steps, labels: rows.map(({ labels }) => labels), values, present };
}

/** What volumes are added up by: the labels of `targetLabels`, else those that the selector names; or each label by itself. */
function grouping(values: FormValues, matchers: readonly Matcher[]) {
  const targets = values
    .get('targetLabels')
    .split(',')
    .filter((name) => name !== '');
  const names = new Set(targets.length > 0 ? targets : matchers.map(({ name }) => name));
  const aggregateBy = values.get('aggregateBy') || 'series';
  if (aggregateBy !== 'series' && aggregateBy !== 'labels')
    throw lokiError('loki.bad_request', `invalid aggregation option: ${JSON.stringify(aggregateBy)}; want series or labels`);
  const keep = (labels: Labels) => (names.size > 0 ? labels.keep(names) : labels);
  const keysOf = (labels: Labels): readonly Labels[] => {
    if (aggregateBy === 'series') return [keep(labels)];
    // Loki's form of "any value of this label".
    return [...(targets.length > 0 ? keep(labels) : labels)].map(([name]) => Labels.fromSortedFlat([name, '']));
  };
  return { matchers, keysOf };
}
