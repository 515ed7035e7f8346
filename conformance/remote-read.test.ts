// Remote read, held against the real Prometheus: one that reads from here answers as we do, and the same requests to both get the same
// samples, in chunks of the same bytes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ChunkedSeries,
  decodeChunked,
  decodeSampled,
  encodeReadRequest,
  type ReadChunk,
  type ReadMatcher,
  type ReadQuery,
  type ResponseType,
  type SampledSeries,
} from '../server/formats/remote-read/testing/messages.ts';
import type { FloatHistogram } from '../server/model/histogram.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { askPeer, differenceOf } from './peers/prometheus-answer.ts';
import { type RunningServer, startServer } from './testing/processes.ts';
import { postRead, postReadBlock, type ReadAnswer } from './testing/remote-read-client.ts';
import { type WrittenSample, type WrittenSeries, writeSamples } from './testing/remote-write-client.ts';

/** Several servers are started on a machine that may be busy. */
const START_MS = 180_000;
const prometheus = findPrometheus();
const NO_PEER = prometheus ? '' : ' (skipped: no Prometheus in .cache/peers; ALIDADE_PEER_PROMETHEUS may name one)';
const EXTERNAL = 'global:\n  external_labels: {cluster: x, zone: outside}\n';
const START = 1_700_000_000_000;
const STEP = 15_000;

const floats = (...values: number[]) => Float64Array.from(values);
const EXPONENTIAL: FloatHistogram = {
  hint: 'unknown',
  schema: 1,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 10,
  sum: 18.4,
  positiveSpans: [
    { offset: -2, length: 2 },
    { offset: 70, length: 1 },
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
  positiveSpans: [{ offset: 0, length: 3 }],
  negativeSpans: [],
  negativeBuckets: floats(),
  customValues: floats(0, 0.005, 1 / 3, 2.5, 33_554.43, 50_000),
};

function times(h: FloatHistogram, factor: number): FloatHistogram {
  const scaled = (counts: Float64Array) => counts.map((count) => count * factor);
  return {
    ...h,
    count: h.count * factor,
    zeroCount: h.zeroCount * factor,
    sum: h.sum * factor,
    positiveBuckets: scaled(h.positiveBuckets),
    negativeBuckets: scaled(h.negativeBuckets),
  };
}

const steps = (count: number, sample: (i: number) => Omit<WrittenSample, 'timestampMs'>): WrittenSample[] =>
  Array.from({ length: count }, (_, i) => ({ timestampMs: START + i * STEP, ...sample(i) }));

/** A counter that begins anew now and then. */
const rising = (i: number) => 1 + (i % 40) * 3 + (i % 4);

const FLOATS: readonly number[] = [0, 1, -1, 0.1, 1e300, -1e-300, 5e-324, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE];
const SERIES: readonly WrittenSeries[] = [
  { labels: { __name__: 'counter', a: 'b' }, samples: steps(500, (i) => ({ value: rising(i) * 1.1 })) },
  { labels: { __name__: 'counter', n: '2' }, samples: steps(500, (i) => ({ value: i % 100, isStale: i % 50 === 49 })) },
  {
    labels: { __name__: 'odd' },
    samples: steps(400, (i) => ({ value: FLOATS[(i * 7) % FLOATS.length] as number })).map((sample, i) => ({
      ...sample,
      timestampMs: sample.timestampMs + (i % 13 === 0 ? i * 97 : 0) + (i > 200 ? 5_000_000 : 0) + (i > 300 ? 3_000_000_000 : 0),
    })),
  },
  { labels: { __name__: 'owner', zone: 'inside' }, samples: steps(2, (i) => ({ value: i })) },
  { labels: { __name__: 'one', 'é.x': 'ü"\n' }, samples: steps(1, () => ({ value: 1 })) },
  { labels: { __name__: 'hist', kind: 'whole' }, samples: steps(300, (i) => ({ histogram: times(EXPONENTIAL, rising(i)) })) },
  { labels: { __name__: 'hist', kind: 'fractions' }, samples: steps(300, (i) => ({ histogram: times(EXPONENTIAL, rising(i) * 1.25) })) },
  { labels: { __name__: 'hist', kind: 'custom' }, samples: steps(100, (i) => ({ histogram: times(CUSTOM, rising(i)) })) },
  { labels: { __name__: 'hist', kind: 'custom fractions' }, samples: steps(100, (i) => ({ histogram: times(CUSTOM, rising(i) / 8) })) },
  {
    labels: { __name__: 'hist', kind: 'gauge' },
    samples: steps(100, (i) => ({ histogram: { ...times(EXPONENTIAL, i % 5), hint: 'gauge' as const } })),
  },
  {
    labels: { __name__: 'hist', kind: 'wide' },
    samples: steps(60, (i) => ({
      histogram: {
        ...times(EXPONENTIAL, 2 ** 34 + i ** 4),
        zeroThreshold: 2 ** -128,
        schema: 8,
      },
    })),
  },
  {
    labels: { __name__: 'mixed' },
    samples: steps(60, (i) => (i % 20 < 10 ? { value: i } : { histogram: times(EXPONENTIAL, i), isStale: i % 20 === 15 })),
  },
];

const name = (value: string, type: ReadMatcher['type'] = '='): ReadMatcher => ({ type, name: '__name__', value });
const query = (matchers: readonly ReadMatcher[], span: Partial<ReadQuery> = {}): ReadQuery => ({
  startMs: START - 1,
  endMs: START + 10_000_000_000,
  matchers,
  ...span,
});

describe.skipIf(!prometheus)(`remote read${NO_PEER}`, () => {
  let peer: PrometheusPeer;
  let own: RunningServer;
  /** Has nothing and reads from here. */
  let reader: PrometheusPeer;

  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alidade-read-'));
    await writeFile(join(folder, 'prometheus.yml'), EXTERNAL);
    own = await startServer([folder, '--retention', '0']);
    const reading = `${EXTERNAL}remote_read:\n- url: ${own.url}/api/v1/read\n  read_recent: true\n`;
    [peer, reader] = await Promise.all([
      startPrometheus(prometheus as string, { config: EXTERNAL, flags: ['--enable-feature=native-histograms'] }),
      startPrometheus(prometheus as string, { config: reading, flags: ['--enable-feature=native-histograms'] }),
    ]);
    await Promise.all([writeSamples(peer.url, SERIES), writeSamples(own.url, SERIES)]);
  }, START_MS);
  afterAll(async () => {
    await Promise.all([peer?.close(), reader?.close(), own?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['samples', 'chunks'] as const)('finds the same in %s', async (type) => {
    for (const read of READS) {
      const [theirs, ours] = await Promise.all([ask(peer.url, read, type), ask(own.url, read, type)]);
      expect(shownHeaders(ours)).toEqual(shownHeaders(theirs));
      if (type === 'samples')
        expect(sortSeries(decodeSampled(ours.body).map(plain))).toEqual(sortSeries(decodeSampled(theirs.body).map(plain)));
      else expect(spansOf(decodeChunked(ours.body))).toEqual(spansOf(decodeChunked(theirs.body)));
    }
  });

  it('has chunks of the same bytes where they begin and end with the same samples', async () => {
    const read = [query([name('.+', '=~')])];
    const [theirs, ours] = await Promise.all([ask(peer.url, read, 'chunks'), ask(own.url, read, 'chunks')]);
    const known = chunksByPlace(decodeChunked(theirs.body));
    const compared = { floats: 0, whole: 0, fractions: 0 };
    for (const [place, chunk] of chunksByPlace(decodeChunked(ours.body))) {
      const other = known.get(place);
      if (!other) continue;
      compared[(['floats', 'whole', 'fractions'] as const)[chunk.encoding - 1] as keyof typeof compared]++;
      // Of the chunk that it still fills, Prometheus does not yet say what is known of resets.
      if (chunk.encoding !== 1) other.data[2] = chunk.data[2] as number;
      expect(Buffer.from(chunk.data).toString('hex'), place).toBe(Buffer.from(other.data).toString('hex'));
    }
    expect(compared.whole).toBeGreaterThan(10);
    expect(compared.fractions).toBeGreaterThan(5);
    expect(compared.floats).toBeGreaterThan(0);
  });

  it('has chunks of floats of the same bytes, cut as Prometheus cuts them', async () => {
    const theirs = decodeChunked((await ask(peer.url, [query([name('counter|odd', '=~')])], 'chunks')).body);
    let compared = 0;
    for (const { labels, chunks } of theirs)
      for (const chunk of chunks) {
        // Prometheus cuts by time, too, and then puts in some more.
        if (chunk.encoding !== 1 || Buffer.from(chunk.data).readUInt16BE() > 120) continue;
        const matchers = Object.entries(labels).map(([label, value]) => ({ type: '=' as const, name: label, value }));
        // No other series of ours has these labels and more.
        const span = { startMs: chunk.minMs, endMs: chunk.maxMs };
        const answer = await ask(own.url, [query([...matchers, { type: '=', name: 'n', value: labels.n ?? '' }], span)], 'chunks');
        const ours = decodeChunked(answer.body).flatMap((one) => one.chunks);
        const hex = ({ data }: ReadChunk) => Buffer.from(data).toString('hex');
        expect(ours.map(hex), `${JSON.stringify(labels)} ${chunk.minMs}`).toEqual([hex(chunk)]);
        compared++;
      }
    expect(compared).toBeGreaterThan(5);
  });

  it('answers what cannot be answered as Prometheus does', async () => {
    for (const [what, send] of Object.entries(REFUSED)) {
      const [theirs, ours] = await Promise.all([send(peer.url), send(own.url)]);
      expect({ what, status: ours.status, text: ours.body.toString() }).toEqual({
        what,
        status: theirs.status,
        text: theirs.body.toString(),
      });
      expect(ours.headers.get('content-type')).toBe(theirs.headers.get('content-type'));
    }
  });

  it('says that a regular expression is broken', async () => {
    const answer = await ask(own.url, [query([name('(', '=~')])], 'samples');
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toMatch(/error parsing regexp: missing closing \)/);
  });

  it('lets another Prometheus answer as we do', async () => {
    const differences: string[] = [];
    for (const expr of EXPRESSIONS)
      for (const [path, parameters] of [
        ['query', { query: expr, time: String(START / 1000 + 3_000) }],
        ['query_range', { query: expr, start: String(START / 1000 - 60), end: String(START / 1000 + 8_000), step: '37' }],
      ] as const) {
        const [theirs, ours] = await Promise.all([askPeer(reader.url, path, parameters), askPeer(own.url, path, parameters)]);
        const difference = differenceOf(theirs, ours, { tolerance: 1e-9, isOrdered: false });
        if (difference !== undefined) differences.push(`${path} ${expr}: ${difference}`);
      }
    expect(differences).toEqual([]);
  });
});

const EXPRESSIONS: readonly string[] = [
  'counter',
  'sum(rate(counter[5m]))',
  'increase(counter{a="b"}[10m])',
  'odd',
  'count_over_time(odd[1h])',
  'one',
  'hist',
  'histogram_quantile(0.9, irate(hist{kind!="gauge"}[5m]))',
  // Not rate: 3.6 has changed how far it reaches back.
  'histogram_count(irate(hist{kind!="gauge"}[5m]))',
  'histogram_fraction(0, 1, hist)',
  'sum(hist{kind=~"whole|fractions"})',
  'mixed',
  'resets(hist[20m])',
  '{__name__=~"counter|one"} > 10',
];

const READS: readonly (readonly ReadQuery[])[] = [
  [query([name('counter')])],
  [query([name('counter|odd|one', '=~')])],
  [query([name('one')]), query([name('counter')], { endMs: START })],
  [query([name('counter')], { startMs: START + 7 * STEP, endMs: START + 9 * STEP })],
  [query([name('counter'), { type: '=', name: 'cluster', value: 'x' }])],
  [query([name('counter|owner', '=~'), { type: '=', name: 'zone', value: 'outside' }])],
  [query([name('counter|owner', '=~'), { type: '=', name: 'zone', value: 'inside' }])],
  [query([name('owner')])],
  [query([name('hist')])],
  [query([name('counter'), { type: '=', name: 'cluster', value: 'y' }])],
  [query([name('counter'), { type: '=~', name: 'cluster', value: 'x' }])],
  [query([name('counter'), { type: '!=', name: 'a', value: '' }])],
  [query([name('counter'), { type: '!~', name: 'a', value: 'b' }])],
  [query([name('gone')])],
  [query([])],
  [],
];

const REFUSED: Readonly<Record<string, (url: string) => Promise<ReadAnswer>>> = {
  'no block of snappy': (url) => postReadBlock(url, Buffer.from('hello')),
  'no body': (url) => postReadBlock(url, Buffer.alloc(0)),
  'no protobuf': (url) => postRead(url, Buffer.from('hello world')),
  'an unknown type': (url) => postRead(url, encodeReadRequest([query([name('one')])], [7])),
  'unknown types': (url) => postRead(url, encodeReadRequest([query([name('one')])], [7, 9])),
};

function ask(url: string, queries: readonly ReadQuery[], type: ResponseType): Promise<ReadAnswer> {
  return postRead(url, encodeReadRequest(queries, [9, type, type === 'samples' ? 'chunks' : 'samples']));
}

function shownHeaders({ status, headers }: ReadAnswer) {
  return { status, type: headers.get('content-type'), encoding: headers.get('content-encoding') };
}

interface PlainSeries {
  readonly queryIndex: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly string[];
}

/** Samples as text; of histograms only how many there are: their bytes are compared in chunks. */
function plain({ queryIndex, labels, samples, histograms }: SampledSeries): PlainSeries {
  const texts = samples.map(
    ({ timestampMs, value, isStale }) => `${timestampMs} ${isStale ? 'stale' : Object.is(value, -0) ? '-0' : value}`,
  );
  return { queryIndex, labels, samples: [...texts, `${histograms.length} histograms`] };
}

/** In an order of its own: Prometheus answers samples in the order in which series began. */
function sortSeries(all: readonly PlainSeries[]): PlainSeries[] {
  const key = ({ queryIndex, labels }: PlainSeries) => JSON.stringify([queryIndex, Object.entries(labels).sort()]);
  return [...all].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** What series have in their chunks together, wherever these are cut. */
function spansOf(frames: readonly ChunkedSeries[]): object[] {
  const spans = new Map<string, { labels: object; queryIndex: number; minMs: number; maxMs: number; samples: number }>();
  for (const { queryIndex, labels, chunks } of frames) {
    const key = JSON.stringify([queryIndex, labels]);
    for (const { minMs, maxMs, data } of chunks) {
      const span = spans.get(key) ?? { labels, queryIndex, minMs, maxMs, samples: 0 };
      spans.set(key, { ...span, maxMs, samples: span.samples + Buffer.from(data).readUInt16BE() });
    }
  }
  return [...spans.values()];
}

function chunksByPlace(frames: readonly ChunkedSeries[]): Map<string, ReadChunk> {
  const places = frames.flatMap(({ labels, chunks }) =>
    chunks.map(
      (chunk) => [`${JSON.stringify(Object.entries(labels).sort())} ${chunk.encoding} ${chunk.minMs}-${chunk.maxMs}`, chunk] as const,
    ),
  );
  return new Map(places);
}
