// A real Prometheus scrapes our /federate, as text and as protobuf with native histograms, and holds afterwards what we hold.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloatHistogram } from '../server/model/histogram.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { type ConfigFolder, makeFolder } from './testing/lab.ts';
import { type RunningServer, startServer, until } from './testing/processes.ts';
import { type WrittenSeries, writeSamples } from './testing/remote-write-client.ts';

const START_MS = 60_000;
const prometheus = findPrometheus();
const NO_PEER = prometheus ? '' : ' (skipped: no Prometheus in .cache/peers; ALIDADE_PEER_PROMETHEUS may name one)';

const HISTOGRAM: FloatHistogram = {
  hint: 'unknown',
  schema: 2,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 12,
  sum: 18.4,
  positiveSpans: [
    { offset: -2, length: 2 },
    { offset: 3, length: 1 },
  ],
  negativeSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: Float64Array.of(1, 4, 2),
  negativeBuckets: Float64Array.of(4),
};
const GAUGE: FloatHistogram = { ...HISTOGRAM, hint: 'gauge', count: 12.5, zeroCount: 1.5 };

/** What we hold: of each series a sample now and one before, which a federation leaves out. */
function heldAt(nowMs: number): WrittenSeries[] {
  const series = (labels: Readonly<Record<string, string>>, value: number): WrittenSeries => ({
    labels,
    samples: [
      { timestampMs: nowMs - 30_000, value: value / 3 },
      { timestampMs: nowMs, value },
    ],
  });
  const histogram = (labels: Readonly<Record<string, string>>, of: FloatHistogram): WrittenSeries => ({
    labels,
    samples: [{ timestampMs: nowMs, histogram: of }],
  });
  return [
    series({ __name__: 'predictions_total', job: 'churn', instance: 'app:5000', model: 'v2' }, 1234.5),
    series({ __name__: 'predictions_total', job: 'churn', instance: 'app:5000', model: 'a "quoted" \\ name\n' }, 7),
    series({ __name__: 'predictions_total', job: 'churn', instance: 'app:5000', model: 'v2', site: 'own' }, 0.1 + 0.2),
    series({ __name__: 'job:predictions:rate5m', job: 'churn' }, 1e-300),
    series({ __name__: 'no_labels' }, Number.POSITIVE_INFINITY),
    series({ __name__: 'not_a_number', job: 'churn' }, Number.NaN),
    series({ __name__: 'größe.ün', 'ein.label': 'ä', job: 'churn' }, -0),
    series({ __name__: 'left_out', job: 'churn' }, 1),
    histogram({ __name__: 'latency_seconds', job: 'churn', instance: 'app:5000' }, HISTOGRAM),
    histogram({ __name__: 'latency_now_seconds', job: 'churn', instance: 'app:5000' }, GAUGE),
    {
      labels: { __name__: 'ended', job: 'churn' },
      samples: [
        { timestampMs: nowMs - 30_000, value: 1 },
        { timestampMs: nowMs, isStale: true },
      ],
    },
  ];
}

const SELECTORS = ['predictions_total', '{job="churn", __name__!="left_out"}', 'no_labels', 'unknown'];

/** A job of the scraping Prometheus; its series are told apart by the label `via`. */
function jobOf(via: string, target: string, protocol: string): string {
  const selectors = SELECTORS.map((selector) => JSON.stringify(selector)).join(', ');
  return `
  - job_name: ${via}
    honor_labels: true
    metrics_path: /federate
    scrape_interval: 1s
    scrape_protocols: [${protocol}]
    params: { 'match[]': [${selectors}] }
    static_configs: [{ targets: ['${target}'] }]
    metric_relabel_configs: [{ target_label: via, replacement: ${via} }]`;
}

describe.skipIf(!prometheus)(`federation to a real Prometheus${NO_PEER}`, () => {
  const nowMs = Date.now();
  let folder: ConfigFolder;
  let own: RunningServer;
  let peer: PrometheusPeer;

  beforeAll(async () => {
    folder = await makeFolder({ 'prometheus.yml': 'global: { external_labels: { site: lab } }\n' });
    own = await startServer([folder.dir]);
    await writeSamples(own.url, heldAt(nowMs), { protocol: '2.0' });
    const target = own.url.slice('http://'.length);
    // A scraper allows names in UTF-8 only with the first of these, which neither a Prometheus nor we answer with.
    const jobs =
      jobOf('text', target, 'PrometheusText1.0.0, PrometheusText0.0.4') + jobOf('protobuf', target, 'PrometheusText1.0.0, PrometheusProto');
    peer = await startPrometheus(prometheus as string, {
      config: `global: { scrape_interval: 1s }\nscrape_configs:${jobs}\n`,
      flags: ['--enable-feature=native-histograms'],
    });
    const isUp = async (via: string) => (await held(peer.url, `up{job="${via}"} == 1`)).length > 0;
    await until('both jobs are up', async () => (await isUp('text')) && (await isUp('protobuf')), START_MS);
  }, START_MS);
  afterAll(async () => {
    await peer?.close();
    await own?.stop();
    await folder?.remove();
  });

  /** Series with their samples of the last hour, as the API tells them. */
  async function held(url: string, query: string): Promise<Held[]> {
    const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
    return ((await answer.json()) as { data: { result: Held[] } }).data.result;
  }

  /** What we hold in the shape in which a job that federates it should: the last sample, our external labels where a series has none. */
  async function expected(via: string): Promise<string[]> {
    const found = await held(own.url, '{__name__=~".+", __name__!~"left_out|ended", job=~"churn|"}[1h]');
    const known = found.filter(({ values }) => values !== undefined || via === 'protobuf');
    // A series without a job gets that of the scrape; one without an instance stays without.
    return known
      .map(({ metric, values, histograms }) => lineOf({ site: 'lab', job: via, ...metric, via }, (values ?? histograms)?.at(-1)))
      .sort();
  }

  it.each(['text', 'protobuf'])('gives the samples that we hold, as %s', async (via) => {
    const found = await held(peer.url, `{via="${via}"}[1h]`);
    const lines = found.flatMap(({ metric, values = [], histograms = [] }) =>
      [...values, ...histograms].map((sample) => lineOf(metric, sample)),
    );
    const wanted = await expected(via);
    expect(wanted).toHaveLength(via === 'text' ? 7 : 9);
    expect(lines.sort()).toEqual(wanted);
  });
});

interface Held {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly Sample[];
  readonly histograms?: readonly Sample[];
}
type Sample = readonly [time: number, value: unknown];

function lineOf(metric: Readonly<Record<string, string>>, sample: Sample | undefined): string {
  return JSON.stringify([Object.entries(metric).sort(), sample]);
}
