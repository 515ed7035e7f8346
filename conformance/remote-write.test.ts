// Remote write, held against the real Prometheus: the same requests get the same answers, and what a real Prometheus sends here is
// found here as it is found there.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWrite, type WrittenSample, type WrittenSeries } from '../server/formats/remote-write/testing/encode.ts';
import type { WriteProtocol } from '../server/formats/remote-write/write-request.ts';
import type { FloatHistogram } from '../server/model/histogram.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { type Answer, askPeer, differenceOf } from './peers/prometheus-answer.ts';
import { freePort, type Running, type RunningServer, root, run, startServer, until } from './testing/processes.ts';
import { postBlock, postWrite, type WriteAnswer, writeSamples } from './testing/remote-write-client.ts';

/** Several servers are started on a machine that may be busy. */
const START_MS = 180_000;
const prometheus = findPrometheus();
const nodeExporter = join(root, '.cache/peers/node-exporter/usr/bin/prometheus-node-exporter');
const NATIVE = '--enable-feature=native-histograms,exemplar-storage';
const CREATED = 'created-timestamp-zero-ingestion';
const NO_PEER = prometheus ? '' : ' (skipped: no Prometheus in .cache/peers; ALIDADE_PEER_PROMETHEUS may name one)';

const floats = (...values: number[]) => Float64Array.from(values);
const EXPONENTIAL: FloatHistogram = {
  hint: 'unknown',
  schema: 1,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 10,
  sum: 18.4,
  positiveSpans: [
    { offset: 0, length: 2 },
    { offset: 1, length: 1 },
  ],
  negativeSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: floats(1, 4, 2),
  negativeBuckets: floats(2),
};
const CUSTOM: FloatHistogram = {
  ...EXPONENTIAL,
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 7,
  negativeSpans: [],
  negativeBuckets: floats(),
  customValues: floats(1, 2, 3, 4),
};

/** What a test sends; `at` is about now. */
type Send = (url: string, at: number, protocol: WriteProtocol) => Promise<WriteAnswer>;

const series = (labels: WrittenSeries['labels'], samples: readonly WrittenSample[], more: Partial<WrittenSeries> = {}): Send => {
  return (url, at, protocol) => {
    const moved = samples.map((sample) => ({ ...sample, timestampMs: at + sample.timestampMs }));
    const exemplars = more.exemplars?.map((exemplar) => ({ ...exemplar, timestampMs: at + exemplar.timestampMs }));
    const createdMs = more.createdMs === undefined ? undefined : at + more.createdMs;
    return postWrite(url, encodeWrite([{ ...more, labels, samples: moved, exemplars, createdMs }], protocol), protocol);
  };
};
const several =
  (...all: { labels: WrittenSeries['labels']; samples: readonly WrittenSample[] }[]): Send =>
  (url, at, protocol) => {
    const moved = all.map((one) => ({ ...one, samples: one.samples.map((s) => ({ ...s, timestampMs: at + s.timestampMs })) }));
    return postWrite(url, encodeWrite(moved, protocol), protocol);
  };
const histogram = (changes: Partial<FloatHistogram>, sample: Partial<WrittenSample> = {}, base = EXPONENTIAL): Send => {
  return series({ __name__: 'h' }, [{ timestampMs: nextMs(), ...sample, histogram: { ...base, ...changes } }]);
};
let ms = 0;
const nextMs = () => ++ms;

/** Requests in the order in which they are sent, by name. */
const REQUESTS: Readonly<Record<string, Send>> = {
  'a sample': series({ __name__: 'm' }, [{ timestampMs: 0, value: 1 }]),
  'the same again': series({ __name__: 'm' }, [{ timestampMs: 0, value: 1 }]),
  'another value': series({ __name__: 'm' }, [{ timestampMs: 0, value: 2.5e9 }]),
  'older samples beside newer ones': series({ __name__: 'm' }, [
    { timestampMs: 1_000, value: 2 },
    { timestampMs: -1_000, value: 2 },
    { timestampMs: 2_000, value: 2 },
    { timestampMs: -2_000, value: 3 },
  ]),
  'samples that contradict each other': series({ __name__: 'contradiction' }, [
    { timestampMs: 1_000, value: 2 },
    { timestampMs: 0, value: 3 },
    { timestampMs: 1_000, value: 9 },
    { timestampMs: 2_000, value: 5 },
  ]),
  'an older sample than those': series({ __name__: 'contradiction' }, [{ timestampMs: 500, value: 5 }]),
  NaN: series({ __name__: 'nan' }, [{ timestampMs: 0, value: Number.NaN }]),
  'NaN again': series({ __name__: 'nan' }, [{ timestampMs: 0, value: Number.NaN }]),
  'a stale marker in place of NaN': series({ __name__: 'nan' }, [{ timestampMs: 0, isStale: true }]),
  'a large value in place of NaN': series({ __name__: 'nan' }, [{ timestampMs: 0, value: 1e21 }]),
  'a value with a fraction': series({ __name__: 'fraction' }, [{ timestampMs: 0, value: 123456789.5 }]),
  'minus zero in its place': series({ __name__: 'fraction' }, [{ timestampMs: 0, value: -0 }]),
  'an infinity in its place': series({ __name__: 'fraction' }, [{ timestampMs: 0, value: Number.POSITIVE_INFINITY }]),
  'no labels': series({}, [{ timestampMs: 0, value: 1 }]),
  'no metric name': series({ a: 'b' }, [{ timestampMs: 0, value: 1 }]),
  'one series without a metric name': several(
    { labels: { a: 'b' }, samples: [{ timestampMs: 0, value: 1 }] },
    { labels: { __name__: 'beside' }, samples: [{ timestampMs: 0, value: 1 }] },
  ),
  'an empty metric name': series({ __name__: '', a: 'b' }, [{ timestampMs: 0, value: 1 }]),
  'an empty label name': series({ __name__: 'x', '': 'b' }, [{ timestampMs: 0, value: 1 }]),
  'an empty label value': series({ __name__: 'empty', a: '' }, [{ timestampMs: 0, value: 1 }]),
  'names in UTF-8': series({ __name__: 'mé.x', 'é.y': 'b\n"c"' }, [{ timestampMs: 0, value: 1 }]),
  'another value under such names': series({ __name__: 'mé.x', 'é.y': 'b\n"c"' }, [{ timestampMs: 0, value: 2 }]),
  'labels out of order': series(
    [
      ['b', '1'],
      ['__name__', 'unsorted'],
      ['a', '2'],
    ],
    [{ timestampMs: 0, value: 1 }],
  ),
  'a label twice': series(
    [
      ['__name__', 'twice'],
      ['a', '1'],
      ['a', '2'],
    ],
    [{ timestampMs: 0, value: 1 }],
  ),
  'a sample too far ahead': series({ __name__: 'ahead' }, [{ timestampMs: 11 * 60_000, value: 1 }]),
  'a series without samples': series({ __name__: 'nothing' }, []),
  'an exemplar': series({ __name__: 'e' }, [{ timestampMs: 0, value: 1 }], {
    exemplars: [{ labels: { trace_id: 'a' }, value: 1, timestampMs: 0 }],
  }),
  'an older exemplar': series({ __name__: 'e' }, [], { exemplars: [{ labels: { trace_id: 'b' }, value: 1, timestampMs: -9_000 }] }),
  'an exemplar that is too long': series({ __name__: 'e' }, [{ timestampMs: 1, value: 1 }], {
    exemplars: [{ labels: { trace_id: 'b'.repeat(200) }, value: 1, timestampMs: 1 }],
  }),
  'an exemplar of an unknown series': series({ __name__: 'unknown' }, [], {
    exemplars: [{ labels: { trace_id: 'b' }, value: 1, timestampMs: 0 }],
  }),
  metadata: series({ __name__: 'e' }, [], { metadata: { type: 'counter', help: 'What it is.', unit: 'bytes' } }),
  'a time of creation': series({ __name__: 'created' }, [{ timestampMs: 0, value: 1 }], { createdMs: -5_000 }),
  'the same time of creation again': series({ __name__: 'created' }, [{ timestampMs: 1_000, value: 2 }], { createdMs: -5_000 }),
  'a time of creation between samples': series(
    { __name__: 'created' },
    [1, 2, 3, 4].map((second) => ({ timestampMs: 1_000 + 1_000 * second, value: second })),
    { createdMs: 3_500 },
  ),
  'a time of creation behind all samples': series({ __name__: 'created2' }, [{ timestampMs: 0, value: 1 }], { createdMs: 1_000 }),
  'a time of creation at a sample': series({ __name__: 'created3' }, [{ timestampMs: 0, value: 1 }], { createdMs: 0 }),
  'a time of creation before what is there': series({ __name__: 'created3' }, [{ timestampMs: 3_000, value: 1 }], { createdMs: -1_000 }),
  'a time of creation long ago': series({ __name__: 'created4' }, [{ timestampMs: 0, value: 1 }], { createdMs: -40 * 60_000 }),
  'a time of creation too long ago': series({ __name__: 'created5' }, [{ timestampMs: 0, value: 1 }], { createdMs: -70 * 60_000 }),
  'a histogram with a time of creation': series(
    { __name__: 'created6' },
    [
      { timestampMs: 0, histogram: EXPONENTIAL },
      { timestampMs: 2_000, histogram: EXPONENTIAL },
    ],
    { createdMs: -2_000 },
  ),
  'a histogram': histogram({}),
  'one with fractions': histogram({ count: 10.5, zeroCount: 1.5 }),
  'one with custom buckets': histogram({}, {}, CUSTOM),
  'one with custom buckets and fractions': histogram({ count: 7.5 }, { isInteger: false }, CUSTOM),
  'one that is a stale marker': histogram({}, { isStale: true }),
  'one that has observed NaN': histogram({ sum: Number.NaN, count: 12 }),
  'one whose fractions do not add up': histogram({ count: 3.5 }),
  'an older one': series({ __name__: 'h' }, [{ timestampMs: 0, histogram: EXPONENTIAL }]),
  'a histogram and the same again': async (url, at, protocol) => {
    const send = series({ __name__: 'h2' }, [{ timestampMs: 0, histogram: EXPONENTIAL }]);
    await send(url, at, protocol);
    return send(url, at, protocol);
  },
  'another histogram in its place': series({ __name__: 'h2' }, [{ timestampMs: 0, histogram: { ...EXPONENTIAL, sum: 5 } }]),
  'a float in its place': series({ __name__: 'h2' }, [{ timestampMs: 0, value: 4 }]),
  'count too large': histogram({ count: 11 }),
  'count too small': histogram({ count: 5 }),
  'count too small beside NaN': histogram({ count: 5, sum: Number.NaN }),
  'too few spans': histogram({ positiveSpans: [{ offset: 0, length: 2 }] }),
  'too many spans': histogram({ negativeSpans: [{ offset: 0, length: 9 }] }),
  'a span that goes back': histogram({
    positiveSpans: [
      { offset: 0, length: 2 },
      { offset: -1, length: 1 },
    ],
  }),
  'a negative count': histogram({ positiveBuckets: floats(1, -4, 2) }),
  'a negative count on the negative side': histogram({ negativeBuckets: floats(-4) }),
  'a negative count with a fraction': histogram({ positiveBuckets: floats(1.5, -4.5, 2) }),
  'custom borders beside an exponential schema': histogram({ customValues: floats(1, 2) }),
  'custom borders that fall': histogram({ customValues: floats(1, 3, 2, 4) }, {}, CUSTOM),
  'custom borders twice': histogram({ customValues: floats(1, 2, 2, 4) }, {}, CUSTOM),
  'an infinite custom border': histogram({ customValues: floats(1, 2, 3, Number.POSITIVE_INFINITY) }, {}, CUSTOM),
  'a negative infinite custom border': histogram({ customValues: floats(Number.NEGATIVE_INFINITY, 2, 3, 4) }, {}, CUSTOM),
  'too few custom borders': histogram({ customValues: floats(1, 2) }, {}, CUSTOM),
  'no custom borders': histogram({ customValues: floats() }, {}, CUSTOM),
  'a zero count beside custom borders': histogram({ zeroCount: 1, count: 8 }, {}, CUSTOM),
  'a zero threshold beside custom borders': histogram({ zeroThreshold: 1 }, {}, CUSTOM),
  'negative spans beside custom borders': histogram({ negativeSpans: [{ offset: 0, length: 0 }] }, {}, CUSTOM),
  'a custom span that goes back': histogram({ positiveSpans: [{ offset: -1, length: 3 }] }, {}, CUSTOM),
};

/** Requests that differ in what is around the message. */
const WRAPPINGS: Readonly<Record<string, (url: string) => Promise<WriteAnswer>>> = {
  'no block of snappy': (url) => postBlock(url, Buffer.from('hello world')),
  'no body': (url) => postBlock(url, Buffer.alloc(0)),
  'no protobuf': (url) => postWrite(url, Buffer.from('hello world')),
  'no protobuf as 2.0': (url) => postWrite(url, Buffer.from('hello world'), '2.0'),
  'a message that is cut': (url) => postWrite(url, encodeWrite([{ labels: { __name__: 'a' } }]).subarray(0, 5)),
  'an empty message': (url) => postWrite(url, Buffer.alloc(0)),
  'an empty message of 2.0': (url) => postWrite(url, Buffer.alloc(0), '2.0'),
  'no method that it has': (url) => get(`${url}/api/v1/write`),
  ...Object.fromEntries(
    [
      '',
      'text/plain',
      'application/json',
      'APPLICATION/x-protobuf',
      'application/x-protobuf;proto=prometheus.WriteRequest',
      'application/x-protobuf;proto=what.Ever',
      'application/x-protobuf;proto=',
      'application/x-protobuf;bare',
      'application/x-protobuf;a=b',
      'application/x-protobuf ; proto=prometheus.WriteRequest',
      'application/x-protobuf;proto=prometheus.WriteRequest;a=b=c',
    ].map((type) => [`content type "${type}"`, (url: string) => postWrite(url, encodeWrite([]), '1.0', { 'content-type': type })]),
  ),
  ...Object.fromEntries(
    ['', 'gzip', 'identity', 'zstd', 'Snappy'].map((encoding) => [
      `content encoding "${encoding}"`,
      (url: string) => postWrite(url, encodeWrite([]), '1.0', { 'content-encoding': encoding }),
    ]),
  ),
};

/**
 * Where 3.5 and this server differ on purpose. Prometheus 3.7 answers broken histograms with 400 (they would be sent again for ever) and
 * names the series in 2.0.
 */
const STATUS_SINCE_3_7 = 400;

async function get(url: string): Promise<WriteAnswer> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** Values of an instant vector. */
function valuesOf({ data }: Answer): string[] {
  return ((data?.result ?? []) as { value: [number, string] }[]).map(({ value }) => value[1]);
}

function shown({ status, text, headers }: WriteAnswer) {
  const written = [...headers].filter(([name]) => name.startsWith('x-prometheus-remote-write'));
  return { status, text, type: headers.get('content-type'), written: Object.fromEntries(written) };
}

describe.skipIf(!prometheus)(`requests of remote write${NO_PEER}`, () => {
  let peer: PrometheusPeer;
  let own: RunningServer;

  beforeAll(async () => {
    [peer, own] = await Promise.all([
      startPrometheus(prometheus as string, { flags: [`${NATIVE},${CREATED}`] }),
      startServer(['--no-demo', '--retention', '0', '--enable-feature', CREATED]),
    ]);
  }, START_MS);
  afterAll(() => Promise.all([peer?.close(), own?.stop()]));

  it.each(Object.keys(WRAPPINGS))('answers %s alike', async (name) => {
    const send = WRAPPINGS[name] as (url: string) => Promise<WriteAnswer>;
    expect(shown(await send(own.url))).toEqual(shown(await send(peer.url)));
  });

  it.each(['1.0', '2.0'] as const)('answers what version %s sends alike', async (protocol) => {
    // Each version has metrics of its own, so that both find nothing there.
    const at = Date.now() + (protocol === '1.0' ? 0 : 60_000);
    const differences: Record<string, unknown> = {};
    for (const [name, send] of Object.entries(REQUESTS)) {
      const theirs = shown(await send(peer.url, at, protocol));
      const ours = shown(await send(own.url, at, protocol));
      const expected = theirs.status === 500 ? expectedSince37(theirs, protocol) : theirs;
      if (name === 'samples that contradict each other' && protocol === '2.0')
        // Prometheus notices after it has counted.
        expected.written = { ...expected.written, 'x-prometheus-remote-write-samples-written': '2' };
      if (JSON.stringify(ours) !== JSON.stringify(expected)) differences[name] = { ours, expected };
    }
    expect(differences).toEqual({});
  });

  function expectedSince37(theirs: ReturnType<typeof shown>, protocol: WriteProtocol): ReturnType<typeof shown> {
    const text = protocol === '1.0' ? theirs.text : theirs.text.replace(/\n$/, ' for series {__name__="h"}\n');
    return { ...theirs, status: STATUS_SINCE_3_7, text };
  }

  it('has stored the same, and of a request with refused samples the others, too', async () => {
    const parameters = { time: String(Date.now() / 1000 + 300), query: '{__name__=~".+", __name__!="m"}[2h]' };
    const [theirs, ours] = await Promise.all([askPeer(peer.url, 'query', parameters), askPeer(own.url, 'query', parameters)]);
    expect(theirs.error).toBeUndefined();
    expect(differenceOf(theirs, ours, { tolerance: 0, isOrdered: false })).toBeUndefined();
    const answer = await askPeer(own.url, 'query', { ...parameters, query: 'm[1h]' });
    expect(answer.data?.result).toMatchObject([{ values: ['1', '2', '2', '1', '2', '2'].map((value) => [expect.anything(), value]) }]);
  });

  it('counts what was refused', async () => {
    const text = await (await fetch(`${own.url}/metrics`)).text();
    for (const reason of ['out_of_order', 'duplicate_other_value', 'too_far_in_future', 'invalid_labels', 'invalid_histogram'])
      expect(text).toMatch(new RegExp(`^alidade_receive_samples_refused_total\\{reason="${reason}"\\} [1-9]`, 'm'));
    expect(text).toMatch(/^alidade_receive_samples_total\{type="histogram"\} [1-9]/m);
  });

  it('keeps what senders say about metrics', async () => {
    expect(await own.api('/api/v1/metadata?metric=e')).toEqual({
      status: 'success',
      data: { e: [{ type: 'counter', help: 'What it is.', unit: 'bytes' }] },
    });
  });
});

const EXPRESSIONS = [
  'count({__name__!=""}) by (job)',
  'sum by (mode) (rate(node_cpu_seconds_total[5s]))',
  'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes',
  'topk(3, node_filesystem_avail_bytes)',
  'sum by (handler) (increase(prometheus_http_requests_total[6s]))',
  'histogram_quantile(0.9, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[6s])))',
  'histogram_quantile(0.9, sum(rate(prometheus_http_request_duration_seconds[6s])))',
  'histogram_count(prometheus_http_request_duration_seconds)',
  'prometheus_tsdb_compaction_duration_seconds',
  'up',
  'absent(up{job="gone"})',
];

describe.skipIf(!prometheus)(`a real Prometheus that writes here${NO_PEER}`, () => {
  let exporter: Running;
  let owns: RunningServer[];
  let dataDirs: string[];
  let peer: PrometheusPeer;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alidade-exporter-'));
    const port = await freePort();
    exporter = run(nodeExporter, [`--web.listen-address=127.0.0.1:${port}`, `--collector.textfile.directory=${folder}`]);
    dataDirs = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'alidade-written-'))));
    owns = await Promise.all(dataDirs.map((dataDir) => startServer(['--no-demo'], { dataDir })));
    const targets = owns.map(
      ({ url }, i) => `
  - url: ${url}/api/v1/write
    protobuf_message: ${['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'][i]}
    send_native_histograms: true
    send_exemplars: true
    metadata_config: {send_interval: 1s}
    queue_config: {batch_send_deadline: 100ms, capacity: 5000, max_samples_per_send: 500}`,
    );
    const own = await freePort();
    const config = `global: {scrape_interval: 1s, scrape_protocols: [PrometheusProto, OpenMetricsText1.0.0, PrometheusText0.0.4]}
scrape_configs:
- job_name: node
  static_configs: [{targets: ["127.0.0.1:${port}"]}]
- job_name: prometheus
  scrape_classic_histograms: true
  static_configs: [{targets: ["127.0.0.1:${own}"]}]
remote_write:${targets.join('')}
`.replace('scrape_classic_histograms', 'always_scrape_classic_histograms');
    peer = await startPrometheus(prometheus as string, { config, flags: [`${NATIVE},metadata-wal-records`], port: own });
    await until('some seconds of samples', async () => {
      const counts = await Promise.all(owns.map((own) => own.query('count_over_time(up{job="node"}[1m])')));
      return counts.every(([count]) => (count?.value ?? 0) > 10);
    });
  }, START_MS);
  afterAll(async () => {
    await Promise.all([peer?.close(), exporter?.stop(), ...(owns ?? []).map((own) => own.stop())]);
    await Promise.all([folder, ...(dataDirs ?? [])].map((path) => rm(path, { recursive: true, force: true })));
  });

  it('is answered as it answers itself, in both versions of the protocol', async () => {
    const at = Math.floor(Date.now() / 1000) - 3;
    const differences: string[] = [];
    for (const query of EXPRESSIONS)
      for (const [path, parameters] of [
        ['query', { query, time: String(at) }],
        ['query_range', { query, start: String(at - 5), end: String(at), step: '1' }],
      ] as const) {
        const theirs = await askPeer(peer.url, path, parameters);
        expect(theirs.data?.result, query).not.toEqual([]);
        for (const [i, own] of owns.entries()) {
          const ours = await askPeer(own.url, path, parameters);
          const difference = differenceOf(theirs, ours, { tolerance: 1e-9, isOrdered: false });
          if (difference !== undefined) differences.push(`${i + 1}.0 ${path} ${query}: ${difference}`);
        }
      }
    expect(differences).toEqual([]);
  });

  it('sends what its targets say about metrics along', async () => {
    for (const own of owns)
      await until('metadata', async () => {
        const answer = await own.api<{ data: Record<string, unknown> }>('/api/v1/metadata?metric=node_memory_MemTotal_bytes');
        const [entry] = (answer.data.node_memory_MemTotal_bytes ?? []) as { type: string; help: string }[];
        return entry?.type === 'gauge' && entry.help.includes('MemTotal_bytes');
      });
  });

  it('loses nothing while a server is gone that was killed', async () => {
    const killedMs = Date.now();
    const { port } = owns[0] as RunningServer;
    await (owns[0] as RunningServer).stop('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    owns[0] = await startServer(['--no-demo'], { port, dataDir: dataDirs[0] as string });
    const query = 'count_over_time(up[1m]) or histogram_count(prometheus_http_request_duration_seconds)';
    const time = String(killedMs / 1000 + 4);
    const theirs = () => askPeer(peer.url, 'query', { query, time });
    await until('what was scraped meanwhile', async () => {
      const ours = await askPeer((owns[0] as RunningServer).url, 'query', { query, time });
      return Date.now() > killedMs + 4_000 && differenceOf(await theirs(), ours, { tolerance: 0, isOrdered: false }) === undefined;
    });
  });

  it('has nothing refused', async () => {
    for (const own of owns) {
      const text = await (await fetch(`${own.url}/metrics`)).text();
      expect(text.match(/^alidade_receive_samples_refused_total.*/gm) ?? []).toEqual([]);
    }
    const failed = await askPeer(peer.url, 'query', {
      query: 'sum({__name__=~"prometheus_remote_storage_(samples|histograms|exemplars)_(failed|dropped)_total"})',
    });
    expect(valuesOf(failed)).toEqual(['0']);
  });
});

describe('a large request', () => {
  let own: RunningServer;

  beforeAll(async () => {
    own = await startServer(['--no-demo', '--retention', '0']);
  }, START_MS);
  afterAll(() => own?.stop());

  it('of 100,000 samples is there at once', async () => {
    const start = 1_600_000_000_000;
    const samples = Array.from({ length: 100 }, (_, i) => ({ timestampMs: start + i * 15_000, value: i }));
    const all = Array.from({ length: 1_000 }, (_, i) => ({ labels: { __name__: 'large', path: `/api/v1/users/${i}` }, samples }));
    await writeSamples(own.url, all, { samplesPerRequest: 100_000 });
    const time = String(start / 1000 + 1_500);
    const answer = await askPeer(own.url, 'query', { query: 'sum(count_over_time(large[1h]))', time });
    expect(valuesOf(answer)).toEqual(['100000']);
  });
});
