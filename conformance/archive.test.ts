// Samples go out of one server and into another: through remote read, OpenMetrics, promtool's dump and Parquet, and are the same there.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { query as askChdb } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloatHistogram } from '../server/model/histogram.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { type RunningServer, root, run, startServer } from './testing/processes.ts';
import { type WrittenSeries, writeSamples } from './testing/remote-write-client.ts';

const START_MS = 180_000;
const prometheus = findPrometheus();
const promtool = join(root, '.cache/peers/prometheus-3/usr/bin/promtool');
const NO_PEER = prometheus && existsSync(promtool) ? '' : ' (skipped: no Prometheus in .cache/peers)';
const START = 1_700_000_000_000;
const END = START + 10_000_000;

const HISTOGRAM: FloatHistogram = {
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
  positiveBuckets: Float64Array.of(1, 4, 2),
  negativeBuckets: Float64Array.of(2),
};
const times = (count: number, stepMs = 15_000) => Array.from({ length: count }, (_, i) => START + i * stepMs);
const histograms = (more: Partial<FloatHistogram>) =>
  times(150).map((timestampMs) => ({ timestampMs, histogram: { ...HISTOGRAM, ...more } }));

const SERIES: readonly WrittenSeries[] = [
  { labels: { __name__: 'regular', job: 'a' }, samples: times(500).map((timestampMs, i) => ({ timestampMs, value: i * 3 })) },
  {
    labels: { __name__: 'odd', text: 'quote " back\\slash\nline ü' },
    samples: times(300, 1_234).map((timestampMs, i) => ({
      timestampMs: timestampMs + ((i * 7919) % 1_000),
      value: Math.sin(i) * 10 ** (i % 30),
    })),
  },
  {
    labels: { __name__: 'special' },
    samples: [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2, 0.1 + 0.2].map(
      (value, i) => ({ timestampMs: START + i, value }),
    ),
  },
  { labels: { __name__: 'utf8.name', 'label.with dots': 'x' }, samples: times(3).map((timestampMs, value) => ({ timestampMs, value })) },
  {
    labels: { __name__: 'ends' },
    samples: [
      { timestampMs: START, value: 1 },
      { timestampMs: START + 15_000, isStale: true },
      { timestampMs: START + 30_000, value: 2 },
    ],
  },
  { labels: { __name__: 'whole_histogram' }, samples: histograms({}) },
  { labels: { __name__: 'float_histogram' }, samples: histograms({ count: 10.5, zeroCount: 1.5 }) },
];

/** Series of families that something is said about, one between the parts of another. */
const seconds = { type: 'histogram', help: 'How long\nit "takes" \\.', unit: 'seconds' };
const TYPED: readonly WrittenSeries[] = [
  { labels: { __name__: 'predictions_total' }, metadata: { type: 'counter', help: 'Answers.' } },
  { labels: { __name__: 'took_seconds_bucket', le: '0.5' }, metadata: seconds },
  { labels: { __name__: 'took_seconds_bucket', le: '1.0' }, metadata: seconds },
  { labels: { __name__: 'took_seconds_bucket', le: '+Inf' }, metadata: seconds },
  { labels: { __name__: 'took_seconds_by_model' }, metadata: { type: 'gauge' } },
  { labels: { __name__: 'took_seconds_count' }, metadata: seconds },
  { labels: { __name__: 'took_seconds_sum' }, metadata: seconds },
  // A reader would write its bound anew.
  { labels: { __name__: 'old_bucket', le: '1' }, metadata: { type: 'histogram' } },
  { labels: { __name__: 'bare_counter' }, metadata: { type: 'counter', help: 'Has no suffix.' } },
].map((series) => ({ ...series, samples: times(3).map((timestampMs, value) => ({ timestampMs, value })) }));
const TYPED_TEXT = `# TYPE took_seconds histogram
# UNIT took_seconds seconds
# HELP took_seconds How long\\nit \\"takes\\" \\\\.
took_seconds_bucket{le="+Inf"} 0`;

/** What an API of Prometheus shows of all samples, by series. */
async function samplesOf(url: string, selector = '__name__!=""'): Promise<Record<string, string>> {
  const form = new URLSearchParams({ query: `{${selector}}[${END - START + 1_000}ms]`, time: String(END / 1000) });
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: form });
  const { data } = (await answer.json()) as { data: { result: { metric: object; values?: unknown; histograms?: unknown }[] } };
  return Object.fromEntries(
    data.result.map(({ metric, values, histograms: more }) => [
      JSON.stringify(Object.entries(metric).sort()),
      JSON.stringify([values, more]),
    ]),
  );
}

async function alidade(...args: readonly string[]): Promise<string> {
  const running = run(join(root, 'server/bin/alidade'), args);
  const code = await new Promise<number | null>((resolve) => running.child.once('close', resolve));
  if (code !== 0) throw new Error(`alidade ${args.join(' ')} ended with ${code}: ${running.output()}`);
  return running.output();
}

describe.skipIf(NO_PEER !== '')(`samples out and in${NO_PEER}`, () => {
  let folder: string;
  let peer: PrometheusPeer;
  let own: RunningServer;
  let copy: RunningServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alidade-archive-'));
    const empty = ['--no-demo', '--retention', '0'];
    [peer, own, copy] = await Promise.all([
      startPrometheus(prometheus as string, { flags: ['--enable-feature=native-histograms'] }),
      startServer(empty),
      startServer(empty),
    ]);
    await writeSamples(peer.url, SERIES);
  }, START_MS);
  afterAll(async () => {
    await Promise.all([peer?.close(), own?.stop(), copy?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it('come from a real Prometheus, histograms and stale markers and all, as often as they are asked for', async () => {
    // Newer samples are here already: what is imported comes late.
    await writeSamples(own.url, [{ labels: { __name__: 'regular', job: 'a' }, samples: [{ timestampMs: END + 60_000, value: 1 }] }]);
    for (let i = 0; i < 2; i++) {
      expect(await alidade('import', peer.url, '--url', own.url)).toContain('815 samples and 300 histograms written');
      expect(await samplesOf(own.url)).toEqual(await samplesOf(peer.url));
    }
    const at = String((START + 20_000) / 1000);
    const answer = await own.api<{ data: { result: unknown[] } }>('/api/v1/query', { query: 'ends', time: at });
    expect(answer.data.result).toEqual([]);
  });

  it('go through OpenMetrics, which promtool takes as well', async () => {
    await writeSamples(own.url, TYPED, { protocol: '2.0' });
    const file = join(folder, 'all.om');
    expect(await alidade('export', '--url', own.url, '-o', file, '--end', String(END / 1000))).toContain('left out 300 native histograms');
    const text = await readFile(file, 'utf8');
    expect(text).toContain(TYPED_TEXT);
    expect(text).toContain('# TYPE predictions counter\n# HELP predictions Answers.\npredictions_total 0 ');
    expect(text).toContain('# TYPE old_bucket unknown\nold_bucket{le="1"} 0 ');
    expect(text).toContain('# TYPE bare_counter unknown\n# HELP bare_counter Has no suffix.\nbare_counter 0 ');
    expect(text).toContain('# TYPE "utf8.name" unknown\n{"utf8.name",');
    const blocks = join(folder, 'blocks');
    execFileSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, blocks], { stdio: 'pipe' });
    // It looks for one.
    await mkdir(join(blocks, 'wal'));
    const dump = execFileSync(promtool, ['tsdb', 'dump', blocks], { maxBuffer: 1 << 28 });
    await writeFile(join(folder, 'all.dump'), dump);
    // Names that need quotes it writes without.
    const match = '--match={__name__!="utf8.name"}';
    const dumped = execFileSync(promtool, ['tsdb', 'dump-openmetrics', match, blocks], { maxBuffer: 1 << 28 });
    await writeFile(join(folder, 'again.om'), dumped);
    const floats = '__name__!="",__name__!~".*_histogram"';
    for (const name of ['all.om', 'all.dump', 'again.om']) {
      await alidade('import', join(folder, name), '--url', copy.url);
      expect(await samplesOf(copy.url), name).toEqual(await samplesOf(own.url, floats));
    }
  });

  it('go into Parquet whole', async () => {
    const file = join(folder, 'all.parquet');
    await alidade('export', '--url', peer.url, '-o', file);
    const sql = (columns: string) => `SELECT ${columns} FROM file('${file}', Parquet)`;
    const [[rows, series, stale, withHistogram]] = JSON.parse(
      askChdb(sql('count(), uniqExact(metric, labels), countIf(stale), count(histogram)'), 'JSONCompact'),
    ).data as [string[]];
    expect([rows, series, stale, withHistogram].map(Number)).toEqual([1_115, 7, 1, 300]);
    const lines = askChdb(
      `${sql('toUnixTimestamp64Milli(timestamp), toString(reinterpretAsUInt64(value)), labels')} WHERE metric = 'odd' ORDER BY 1`,
      'JSONCompact',
    );
    const found = (JSON.parse(lines) as { data: [string, string, object][] }).data;
    const wanted = SERIES[1]?.samples ?? [];
    expect(found.map(([time, bits]) => [Number(time), BigInt(bits)])).toEqual(
      [...wanted].sort((a, b) => a.timestampMs - b.timestampMs).map(({ timestampMs, value }) => [timestampMs, bitsOf(value as number)]),
    );
    expect(found[0]?.[2]).toEqual({ text: 'quote " back\\slash\nline ü' });
  });

  it('are refused with the line that is wrong', async () => {
    const file = join(folder, 'bad.om');
    await writeFile(file, '# TYPE a counter\na_total 1 1700000000\na_total x 1700000015\n# EOF\n');
    await expect(alidade('import', file, '--url', copy.url)).rejects.toThrow(`${file}:3: column 9`);
    expect((await readFile(file)).length).toBeGreaterThan(0);
  });
});

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
}
