// /federate: the latest sample of chosen series, for another Prometheus to scrape.
import type { FastifyInstance } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import { isAppError } from '../../model/app-error.ts';
import { formatG } from '../../model/go-number.ts';
import { compareText, type Labels } from '../../model/labels.ts';
import { compileMatcher } from '../../model/matcher.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { HistogramColumn, SeriesSet } from '../../storage/store.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { parametersOf } from './parameters.ts';
import { parseSelector } from './selector.ts';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

interface Latest {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

/** Adds the federation route. */
export function addFederationRoute(app: FastifyInstance, deps: PrometheusApiDeps): void {
  app.get('/federate', { exposeHeadRoute: false, config: { compressFromBytes: 0 } }, async (request, reply) => {
    let selectors: ReturnType<typeof parseSelector>[];
    try {
      selectors = parametersOf(request).getAll('match[]').map(parseSelector);
    } catch (error) {
      if (!isAppError(error)) throw error;
      return reply.code(400).type('text/plain; charset=utf-8').send(`${error.message}\n`);
    }
    const { server, prometheus } = deps.config();
    const endMs = deps.clock.nowMs();
    const wanted = selectors.filter((matchers) => !matchers.every((matcher) => compileMatcher(matcher)('')));
    const sets = await deps.metrics.select(
      wanted.map((matchers) => ({ matchers, startMs: endMs - server.query.lookbackMs, endMs })),
      { signal: abortOnDisconnect(reply), timeoutMs: server.query.timeoutMs, maxSamples: server.query.maxSamples },
    );
    return reply.type(TYPE).send(expose(latestOf(sets), prometheus.externalLabels));
  });
}

/** The last sample of each series that has not ended, once each, by name and labels. */
function latestOf(sets: readonly SeriesSet[]): Latest[] {
  const found = new Map<string, Latest>();
  for (const { labels, offsets, timestampsMs, values, histograms } of sets) {
    const bits = bitsOf(values);
    labels.forEach((series, i) => {
      const last = (offsets[i + 1] as number) - 1;
      // The text format has no native histograms.
      if (isStaleAt(bits, last) || (histograms && isHistogram(histograms, last))) return;
      found.set(series.key(), { labels: series, timestampMs: timestampsMs[last] as number, value: values[last] as number });
    });
  }
  return [...found.values()].sort((a, b) => compareText(a.labels.metricName, b.labels.metricName) || a.labels.compare(b.labels));
}

function isHistogram({ offsets }: HistogramColumn, sample: number): boolean {
  return (offsets[sample + 1] as number) > (offsets[sample] as number);
}

function expose(samples: readonly Latest[], externalLabels: Readonly<Record<string, string>>): string {
  // An empty instance keeps the scraping Prometheus from adding our address.
  const extra = Object.entries({ instance: '', ...externalLabels }).sort(([a], [b]) => compareText(a, b));
  let text = '';
  let family = '';
  for (const { labels, timestampMs, value } of samples) {
    const name = escapeName(labels.metricName);
    if (name === '') continue;
    if (name !== family) text += `# TYPE ${name} untyped\n`;
    family = name;
    const own = [...labels].filter(([label]) => label !== '__name__');
    const added = extra.filter(([label]) => !labels.has(label));
    const pairs = [...own, ...added].map(([label, labelValue]) => `${escapeName(label)}="${escapeValue(labelValue)}"`);
    text += `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${formatG(value)} ${timestampMs}\n`;
  }
  return text;
}

/** Characters that the classic text format lacks become underscores. */
function escapeName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_:]/gu, '_').replace(/^\d/, '_$&');
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
