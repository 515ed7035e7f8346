// /federate: the latest sample of chosen series, for another Prometheus to scrape: as text, or as protobuf, which has native histograms.
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { escapeName, isLegacyName, type NameEscaping } from '../../formats/exposition/escape-name.ts';
import { encodeFamilies, type FamilySample, type SampleFamily } from '../../formats/exposition-protobuf/encode.ts';
import { abortOnDisconnect } from '../../http/abort.ts';
import { isAppError } from '../../model/app-error.ts';
import { formatG } from '../../model/go-number.ts';
import type { FloatHistogram } from '../../model/histogram.ts';
import { decodeHistogram } from '../../model/histogram-codec.ts';
import { compareText, type Labels } from '../../model/labels.ts';
import { compileMatcher } from '../../model/matcher.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { HistogramColumn, SeriesSet } from '../../storage/store.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { negotiateExposition } from './exposition-format.ts';
import { parametersOf } from './parameters.ts';
import { parseSelector } from './selector.ts';

/** Takes some milliseconds. */
const SAMPLES_AT_ONCE = 2_000;

interface Latest {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
  readonly histogram: FloatHistogram | undefined;
}

/** Adds the federation route. */
export function addFederationRoute(app: FastifyInstance, deps: Pick<PrometheusApiDeps, 'config' | 'clock' | 'metrics'>): void {
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
    const { encoding, escaping, contentType } = negotiateExposition(request.headers.accept ?? '');
    const isProtobuf = encoding === 'protobuf';
    const families = familiesOf(await latestOf(sets, isProtobuf), prometheus.externalLabels, escaping);
    const body = isProtobuf ? Buffer.from(encodeFamilies(await collect(families))) : await formatFamilies(families);
    return reply.type(contentType).send(body);
  });
}

/** Whether others get their turn before sample `i`: there may be hundreds of thousands. */
function isPause(i: number): boolean {
  return i % SAMPLES_AT_ONCE === SAMPLES_AT_ONCE - 1;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The last sample of each series that has not ended, once each, by name and labels; histograms only if they can be told. */
async function latestOf(sets: readonly SeriesSet[], withHistograms: boolean): Promise<Latest[]> {
  const found = new Map<string, Latest>();
  for (const { labels, offsets, timestampsMs, values, histograms } of sets) {
    const bits = bitsOf(values);
    for (const [i, series] of labels.entries()) {
      if (isPause(i)) await setImmediate();
      const last = (offsets[i + 1] as number) - 1;
      if (isStaleAt(bits, last)) continue;
      const histogram = histograms && histogramAt(histograms, last);
      if (histogram && !withHistograms) continue;
      found.set(series.key(), { labels: series, timestampMs: timestampsMs[last] as number, value: values[last] as number, histogram });
    }
  }
  return [...found.values()].sort((a, b) => compareText(a.labels.metricName, b.labels.metricName) || a.labels.compare(b.labels));
}

function histogramAt({ bytes, offsets }: HistogramColumn, sample: number): FloatHistogram | undefined {
  const [start, end] = [offsets[sample] as number, offsets[sample + 1] as number];
  return end > start ? decodeHistogram(bytes.subarray(start, end)) : undefined;
}

/** Samples that follow each other with one name and of one kind: a name can have more than one family, which Prometheus reads. */
async function* familiesOf(
  samples: readonly Latest[],
  external: Readonly<Record<string, string>>,
  scheme: NameEscaping,
): AsyncGenerator<SampleFamily> {
  // An empty instance keeps the scraping Prometheus from adding our address.
  const extra = Object.entries({ instance: '', ...external }).sort(([a], [b]) => compareText(a, b));
  let family: { name: string; type: SampleFamily['type']; samples: FamilySample[] } | undefined;
  for (const [i, { labels, timestampMs, value, histogram }] of samples.entries()) {
    if (isPause(i)) await setImmediate();
    const name = escapeName(labels.metricName, scheme);
    if (name === '') continue;
    const type = histogram ? (histogram.hint === 'gauge' ? 'gaugehistogram' : 'histogram') : 'untyped';
    if (family?.name !== name || family.type !== type) {
      if (family) yield family;
      family = { name, type, samples: [] };
    }
    const own = [...labels].filter(([label]) => label !== '__name__');
    const added = extra.filter(([label]) => !labels.has(label));
    const pairs = [...own, ...added].map(([label, text]) => [escapeName(label, scheme), text] as const);
    family.samples.push({ labels: pairs, timestampMs, value, histogram });
  }
  if (family) yield family;
}

async function formatFamilies(families: AsyncIterable<SampleFamily>): Promise<string> {
  let text = '';
  for await (const { name, type, samples } of families) {
    const isPlain = isLegacyName(name);
    text += `# TYPE ${isPlain ? name : quote(name)} ${type}\n`;
    for (const [i, { labels, timestampMs, value }] of samples.entries()) {
      if (isPause(i)) await setImmediate();
      const pairs = labels.map(([label, of]) => `${isLegacyName(label) ? label : quote(label)}=${quote(of)}`);
      if (!isPlain) pairs.unshift(quote(name));
      text += `${isPlain ? name : ''}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${formatG(value)} ${timestampMs}\n`;
    }
  }
  return text;
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;
}
