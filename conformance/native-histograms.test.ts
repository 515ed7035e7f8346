// The same bodies with native histograms, classic ones to be converted, and faults, scraped by a real Prometheus 3.5 and by us: the same
// series, samples, histograms, exemplars, reports and metadata. Skipped without the peer.
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { addFederationRoute } from '../server/api/prometheus/federate.ts';
import { testConfig } from '../server/api/testing/settings.ts';
import type { ScrapeConfig } from '../server/config/scrape-config.ts';
import { formatSampleValue } from '../server/formats/exposition/number.ts';
import { systemClock } from '../server/model/clock.ts';
import { decodeHistogram } from '../server/model/histogram-codec.ts';
import { histogramJson } from '../server/model/histogram-text.ts';
import { Labels } from '../server/model/labels.ts';
import type { ScrapeFeatures } from '../server/scrape/features.ts';
import { createScrapeManager } from '../server/scrape/manager.ts';
import { startExposer, until } from '../server/scrape/testing/exposer.ts';
import { groupOf, jobOf, keepLog } from '../server/scrape/testing/fixtures.ts';
import { openMemoryStore } from '../server/storage/memory/open.ts';
import { findPrometheus, startPrometheus } from './peers/prometheus.ts';
import { CREATED_CASES, FEDERATED_BODY, IDENTITY_CASES, NATIVE_CASES, PROTOBUF, type ScrapeCase } from './testing/scrape-cases.ts';

/** Per job: what its target left, each under a name of its own. */
type Picture = Record<string, Record<string, string>>;

interface Group {
  readonly cases: Readonly<Record<string, ScrapeCase>>;
  /** Upstream's features, and what they are here. */
  readonly flags: readonly string[];
  readonly settings: Partial<ScrapeConfig>;
  readonly features?: Partial<ScrapeFeatures>;
}

const GROUPS: Readonly<Record<string, Group>> = {
  'native histograms': { cases: NATIVE_CASES, flags: ['native-histograms'], settings: { scrapeNativeHistograms: true } },
  'type and unit as labels': {
    cases: IDENTITY_CASES,
    flags: ['native-histograms', 'type-and-unit-labels'],
    settings: { scrapeNativeHistograms: true },
    features: { typeAndUnitLabels: true },
  },
  'times of creation': {
    cases: CREATED_CASES,
    flags: ['native-histograms', 'created-timestamp-zero-ingestion', 'extra-scrape-metrics'],
    settings: { scrapeNativeHistograms: true, extraScrapeMetrics: true },
    features: { createdTimestampZeroIngestion: true },
  },
};

const INTERVAL_S = 10;
/** Often enough for a program of its own, which has something to do. */
const PATIENTLY = [60_000, 200] as const;
const prometheus = findPrometheus();

describe('beside a real Prometheus 3.5', () => {
  for (const [name, group] of Object.entries(GROUPS)) {
    it.skipIf(prometheus === undefined)(
      `scrapes ${name} the same (skipped without .cache/peers/prometheus-3)`,
      async () => {
        const exposer = await startExposer((request, response) => {
          const { body, contentType = PROTOBUF } = group.cases[request.url?.slice(1) ?? ''] as ScrapeCase;
          response.writeHead(200, contentType === '' ? {} : { 'content-type': contentType }).end(body);
        });
        try {
          const [theirs, ours] = await Promise.all([askPrometheus(exposer.address, group), askUs(exposer.address, group)]);
          for (const name of Object.keys(group.cases)) expect.soft(ours[name], name).toEqual(theirs[name]);
        } finally {
          await exposer.close();
        }
      },
      120_000,
    );
  }

  it.skipIf(prometheus === undefined)(
    'federates the same bytes (skipped without .cache/peers/prometheus-3)',
    async () => {
      const exposer = await startExposer((_, response) => response.writeHead(200, { 'content-type': PROTOBUF }).end(FEDERATED_BODY));
      const yaml = ['convert_classic_histograms_to_nhcb: true', `static_configs: [{targets: ['${exposer.address}']}]`];
      const peer = await startPrometheus(prometheus as string, {
        config: `global: {scrape_interval: 5s, scrape_timeout: 5s, external_labels: {site: lab, own: no}}\nscrape_configs:\n  - job_name: j\n    ${yaml.join('\n    ')}\n`,
        flags: ['--enable-feature=native-histograms'],
      });
      const { store, manager } = openScraping();
      const app = Fastify();
      const { server } = testConfig();
      const prometheusConfig = { ...testConfig().prometheus, externalLabels: { site: 'lab', own: 'no' } };
      const config = () => ({ ...testConfig(), server, prometheus: prometheusConfig });
      addFederationRoute(app, { config, clock: systemClock, metrics: store.metrics });
      try {
        await manager.apply([
          jobOf('j', { scrapeIntervalMs: 5000, scrapeTimeoutMs: 5000, scrapeNativeHistograms: true, convertClassicHistogramsToNhcb: true }),
        ]);
        await manager.updateTargets('j', [groupOf([exposer.address])]);
        await until(() => manager.active()[0]?.health === 'up', 30_000);
        const path = '/federate?match[]=h&match[]=gh&match[]=c&match[]={"my.metric"}&match[]={"9a"}&match[]=plain';
        await until(async () => (await (await fetch(`${peer.url}${path}`)).text()).includes('plain{'), ...PATIENTLY);
        for (const accept of ACCEPTED) {
          const theirs = await fetch(`${peer.url}${path}`, { headers: { accept } });
          const ours = await app.inject({ url: path, headers: { accept } });
          expect.soft(ours.headers['content-type'], accept).toBe(theirs.headers.get('content-type'));
          expect.soft(ours.rawPayload.toString('latin1'), accept).toBe(Buffer.from(await theirs.arrayBuffer()).toString('latin1'));
        }
      } finally {
        await Promise.all([peer.close(), exposer.close(), app.close(), manager.stop()]);
      }
    },
    90_000,
  );
});

const PROTOBUF_DELIMITED = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
const ACCEPTED = [
  `${PROTOBUF_DELIMITED};q=0.6,text/plain;q=0.3`,
  `${PROTOBUF_DELIMITED};escaping=allow-utf-8`,
  `text/plain;q=0.3,${PROTOBUF_DELIMITED};q=0.2`,
  'application/vnd.google.protobuf;proto=other;encoding=delimited',
  'text/plain',
  'text/plain;escaping=allow-utf-8',
  'text/plain;escaping=values',
  'text/plain;escaping=dots',
  'text/plain;escaping=other',
  'application/openmetrics-text;escaping=dots,*/*',
  'text/plain;version=1.0.0;escaping=allow-utf-8,*/*;q=0.1',
];

function note(picture: Picture, labels: Labels, what: string): void {
  const job = labels.get('job');
  const series = labels.drop(new Set(['job', 'instance'])).toString();
  if (series === 'scrape_duration_seconds' || series.startsWith('scrape_duration_seconds{')) return;
  picture[job] ??= {};
  picture[job][series] = what;
}

function noteExemplar(picture: Picture, series: Labels, labels: Labels, value: number, timestampMs: number): void {
  const isOfScrape = Math.abs(timestampMs - Date.now()) < 1000 * 120 && timestampMs % 1000 !== 0 && timestampMs % 500 !== 0;
  const job = series.get('job');
  picture[job] ??= {};
  const key = `exemplar of ${series.drop(new Set(['job', 'instance'])).toString()} ${labels.toString()}`;
  picture[job][key] = `${value} at ${isOfScrape ? 'the scrape' : timestampMs}`;
}

/** Our scraping into a store in memory. */
function openScraping(features: Partial<ScrapeFeatures> = {}) {
  const store = openMemoryStore(systemClock, { maxFutureMs: 600_000, retention: { metricsMs: 86_400_000, logsMs: 0, tracesMs: 0 } });
  const manager = createScrapeManager({
    store: store.metrics,
    exemplars: store.exemplars,
    features: { typeAndUnitLabels: false, createdTimestampZeroIngestion: false, ...features },
    clock: systemClock,
    logger: keepLog().logger,
    registry: new Registry(),
    version: '1',
  });
  return { store, manager };
}

async function askUs(address: string, { cases, settings, features }: Group): Promise<Picture> {
  const { store, manager } = openScraping(features);
  const times = { scrapeIntervalMs: INTERVAL_S * 1000, scrapeTimeoutMs: INTERVAL_S * 1000 };
  await manager.apply(
    Object.entries(cases).map(([name, job]) => jobOf(name, { metricsPath: `/${name}`, ...times, ...settings, ...job.settings })),
  );
  for (const name of Object.keys(cases)) await manager.updateTargets(name, [groupOf([address])]);
  await until(() => manager.active().every((target) => target.health !== 'unknown'), 30_000);
  const picture: Picture = {};
  if (process.env.SHOW_ERRORS)
    for (const { scrapePool, lastError } of manager.active()) if (lastError !== '') console.log(`our ${scrapePool}: ${lastError}`);
  for (const { target, metric, type, help, unit } of manager.metadata())
    addMetadata(picture, target.get('job'), { metric, type, help, unit });
  await manager.stop();
  const matchers = [{ type: '=~', name: '__name__', value: '.+' } as const];
  const [set] = await store.metrics.select([{ matchers, startMs: 0, endMs: Number.MAX_SAFE_INTEGER }], {});
  set?.labels.forEach((labels, i) => {
    const at = set.offsets[i] as number;
    const [start = 0, end = 0] = set.histograms?.offsets.subarray(at, at + 2) ?? [];
    const bytes = set.histograms?.bytes.subarray(start, end);
    note(picture, labels, end > start && bytes ? histogramJson(decodeHistogram(bytes)) : formatSampleValue(set.values[at] as number));
  });
  for (const { seriesLabels, exemplars } of store.exemplars.select([[]], 0, Number.MAX_SAFE_INTEGER))
    for (const { labels, value, timestampMs } of exemplars) noteExemplar(picture, seriesLabels, labels, value, timestampMs);
  return picture;
}

async function askPrometheus(address: string, { cases, flags }: Group): Promise<Picture> {
  const jobs = Object.entries(cases).map(([name, { yaml = [] }]) => {
    const lines = [`job_name: ${name}`, `metrics_path: /${name}`, ...yaml, `static_configs: [{targets: ['${address}']}]`];
    return `  - ${lines.join('\n    ')}`;
  });
  const config = `global: {scrape_interval: ${INTERVAL_S}s, scrape_timeout: ${INTERVAL_S}s}\nscrape_configs:\n${jobs.join('\n')}\n`;
  const peer = await startPrometheus(prometheus as string, {
    config,
    flags: [`--enable-feature=${['exemplar-storage', ...flags].join(',')}`],
  });
  try {
    const get = async <T>(path: string) => ((await (await fetch(`${peer.url}/api/v1/${path}`)).json()) as { data: T }).data;
    const query = (expr: string) => get<Vector>(`query?query=${encodeURIComponent(expr)}`);
    await until(
      async () => {
        const { activeTargets } = await get<Targets>('targets');
        return activeTargets.length === Object.keys(cases).length && activeTargets.every(({ health }) => health !== 'unknown');
      },
      ...PATIENTLY,
    );
    const picture: Picture = {};
    if (process.env.SHOW_ERRORS) {
      const { activeTargets } = await get<Targets>('targets');
      for (const { scrapePool, lastError } of activeTargets) if (lastError !== '') console.log(`their ${scrapePool}: ${lastError}`);
    }
    for (const { metric, values, histograms } of (await query('{__name__=~".+"}[1h]')).result)
      note(picture, Labels.from(metric), firstOf(values, histograms));
    for (const { target, ...metadata } of await get<Metadata[]>('targets/metadata?limit=100000'))
      addMetadata(picture, target.job as string, metadata);
    const found = await get<Exemplars>(`query_exemplars?query=${encodeURIComponent('{job=~".+"}')}&start=0&end=9999999999`);
    for (const { seriesLabels, exemplars } of found)
      for (const { labels, value, timestamp } of exemplars)
        noteExemplar(picture, Labels.from(seriesLabels), Labels.from(labels), Number(value), Math.round(timestamp * 1000));
    return picture;
  } finally {
    await peer.close();
  }
}

interface Vector {
  readonly result: {
    readonly metric: Record<string, string>;
    readonly values?: readonly [number, string][];
    readonly histograms?: readonly [number, object][];
  }[];
}

type Exemplars = {
  seriesLabels: Record<string, string>;
  exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
}[];
type Targets = { activeTargets: { scrapePool: string; lastError: string; health: string }[] };
type Metadata = { target: Record<string, string>; metric: string; type: string; help: string; unit: string };

function firstOf(values: readonly [number, string][] = [], histograms: readonly [number, object][] = []): string {
  const [value, histogram] = [values[0], histograms[0]];
  if (value && (!histogram || value[0] < histogram[0])) return value[1];
  return JSON.stringify(histogram?.[1]);
}

function addMetadata(picture: Picture, job: string, { metric, type, help, unit }: Omit<Metadata, 'target'>): void {
  picture[job] ??= {};
  picture[job][`metadata of ${metric}`] = `${type}, ${help}, ${unit}`;
}
