// What this server takes in, it writes on: to a real Prometheus, in both versions of the protocol, and to VictoriaMetrics. They are away
// for a while, and the server is killed; in the end they have every sample, and have it once.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloatHistogram } from '../server/model/histogram.ts';
import { missingWritePeers, startWrittenPrometheus, startWrittenVictoria, type WritePeer } from './peers/write-peers.ts';
import { hasProc, serverPid, sleep } from './testing/lab.ts';
import { freePort, type RunningServer, startServer, until, untilReady } from './testing/processes.ts';
import { type WrittenSeries, writeSamples } from './testing/remote-write-client.ts';

const isFull = process.env.ALIDADE_FULL === '1';
/** How long the peers are away. */
const AWAY_MS = isFull ? 600_000 : 1_500;
const START_MS = 180_000;
const missing = missingWritePeers();
const NO_PEERS = missing.length > 0 ? ` (skipped: ${missing.join(' and ')} not there)` : '';
const SERIES = 20;

/** Samples of series as texts, by their labels without `via`. */
type Samples = ReadonlyMap<string, readonly string[]>;

function histogramOf(count: number): FloatHistogram {
  return {
    hint: 'unknown',
    schema: 2,
    zeroThreshold: 0.001,
    zeroCount: 1,
    count: 2 * count + 1,
    sum: count * 1.5,
    positiveSpans: [{ offset: 0, length: 2 }],
    negativeSpans: [],
    positiveBuckets: Float64Array.of(count, count),
    negativeBuckets: new Float64Array(),
  };
}

/** The samples of all series up to `endMs`, from an API of Prometheus. */
async function samplesOf(url: string, selector: string, startMs: number, endMs: number): Promise<Samples> {
  const query = `{${selector}}[${endMs - startMs}ms]`;
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query, time: String(endMs / 1000) }) });
  const { data, error } = (await answer.json()) as {
    data?: { result: { metric: Record<string, string>; values?: unknown[]; histograms?: unknown[] }[] };
    error?: string;
  };
  if (!data) throw new Error(error);
  return new Map(
    data.result.map(({ metric, values = [], histograms = [] }) => [
      keyOf(metric),
      [...values, ...histograms].map((one) => JSON.stringify(one)),
    ]),
  );
}

function keyOf({ via: _, ...labels }: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort());
}

/** Of floats alone. */
async function victoriaSamples(url: string, startMs: number, endMs: number): Promise<Samples> {
  const query = new URLSearchParams({ 'match[]': '{via="vm"}', start: String((startMs + 1) / 1000), end: String(endMs / 1000) });
  // What it has just taken is not shown before a while, unless it is told to.
  await fetch(`${url}/internal/force_flush`);
  const text = await (await fetch(`${url}/api/v1/export?${query}`)).text();
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const { metric, values, timestamps } = JSON.parse(line) as { metric: Record<string, string>; values: unknown[]; timestamps: number[] };
    const samples = found.get(keyOf(metric)) ?? [];
    values.forEach((value, i) => {
      if (typeof value === 'number') samples.push(JSON.stringify([timestamps[i], value]));
    });
    // It turns native histograms into series of its own kind: as many counts as there were histograms.
    const isHistogram = metric.__name__?.startsWith('pushed_seconds_');
    if (isHistogram ? metric.__name__ === 'pushed_seconds_count' : samples.length > 0) found.set(keyOf(metric), samples);
  }
  return found;
}

function asVictoria(samples: Samples): Samples {
  const found = new Map<string, string[]>();
  for (const [key, all] of samples) {
    const floats = all.flatMap((text) => {
      const [seconds, value] = JSON.parse(text) as [number, string | object];
      // It has no NaN and no infinity.
      const isKept = typeof value === 'string' && Number.isFinite(Number(value));
      return isKept ? [JSON.stringify([Math.round(seconds * 1000), Number(value)])] : [];
    });
    const counts = all.flatMap((text) => {
      const [seconds, value] = JSON.parse(text) as [number, string | { count: string }];
      return typeof value === 'object' ? [JSON.stringify([Math.round(seconds * 1000), Number(value.count)])] : [];
    });
    if (floats.length > 0) found.set(key, floats);
    if (counts.length > 0) found.set(key.replace('"pushed_seconds"', '"pushed_seconds_count"'), counts);
  }
  return found;
}

/** What differs, as far as it is worth saying. */
function difference(wanted: Samples, found: Samples): string {
  const lines: string[] = [];
  for (const [key, samples] of wanted) {
    const theirs = found.get(key) ?? [];
    const other = samples.findIndex((one, i) => !isSame(one, theirs[i]));
    if (samples.length !== theirs.length || other >= 0)
      lines.push(`${key}: ${samples.length} samples, there ${theirs.length}; ${samples[other]} is ${theirs[other]}`);
  }
  for (const key of found.keys()) if (!wanted.has(key)) lines.push(`${key}: only there`);
  return lines.slice(0, 5).join('\n');
}

/** VictoriaMetrics keeps decimal numbers, which are not always the same. */
function isSame(one: string, other: string | undefined): boolean {
  if (one === other) return true;
  if (other === undefined) return false;
  const [[timeA, a], [timeB, b]] = [JSON.parse(one) as unknown[], JSON.parse(other) as unknown[]];
  return timeA === timeB && typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.abs(a);
}

describe.skipIf(missing.length > 0 || !hasProc)(`remote write from here${NO_PEERS}`, () => {
  let folder: string;
  let prometheus: WritePeer;
  let victoria: WritePeer;
  let own: RunningServer;
  let startMs: number;
  let pushed = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alidade-sending-'));
    [prometheus, victoria] = await Promise.all([startWrittenPrometheus(folder), startWrittenVictoria(folder)]);
    const port = await freePort();
    await mkdir(join(folder, 'lab'));
    await writeFile(join(folder, 'lab', 'prometheus.yml'), configOf(port));
    await writeFile(join(folder, 'lab', 'rules.yml'), RULES);
    startMs = Date.now();
    own = await startServer([join(folder, 'lab')], { port, dataDir: join(folder, 'data') });
  }, START_MS);
  afterAll(async () => {
    await Promise.all([own?.stop(), prometheus?.stop(), victoria?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  const RULES = `groups:
- name: all
  interval: 1s
  rules:
  - {record: pushed:sum, expr: "sum(pushed_total)"}
  - {alert: Always, expr: "up == 1", labels: {severity: info}}
`;

  function configOf(port: number): string {
    const entry = (name: string, url: string, protocol: string, via: string) => `
- name: ${name}
  url: ${url}
  protobuf_message: ${protocol}
  send_exemplars: true
  send_native_histograms: true
  write_relabel_configs: [{target_label: via, replacement: ${via}}]
  queue_config: {batch_send_deadline: 100ms, max_samples_per_send: 500, min_shards: 3, max_backoff: 500ms}`;
    const [one, two] = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'];
    return `global: {scrape_interval: 1s, external_labels: {site: lab}}
rule_files: [rules.yml]
scrape_configs:
- {job_name: own, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
remote_write:${entry('one', `${prometheus.url}/api/v1/write`, one, 'v1')}${entry('two', `${prometheus.url}/api/v1/write`, two, 'v2')}${entry('three', `${victoria.url}/api/v1/write`, one, 'vm')}
`;
  }

  /** Writes a sample of each series every 50 ms, for so long. */
  async function push(forMs: number): Promise<void> {
    const untilMs = Date.now() + forMs;
    while (Date.now() < untilMs) {
      pushed++;
      const timestampMs = Date.now();
      const exemplars = [{ labels: { trace_id: `trace${pushed}` }, value: pushed, timestampMs }];
      const series: WrittenSeries[] = Array.from({ length: SERIES }, (_, i) => ({
        labels: { __name__: 'pushed_total', i: String(i) },
        samples: [{ timestampMs, value: pushed / (i + 1) }],
        exemplars: i === 0 ? exemplars : undefined,
      }));
      await writeSamples(own.url, [
        ...series,
        { labels: { __name__: 'pushed_seconds' }, samples: [{ timestampMs, histogram: histogramOf(pushed) }] },
      ]);
      await sleep(isFull ? 250 : 50);
    }
  }

  /** Waits until everybody has what is here up to now. */
  async function untilEqual(): Promise<void> {
    const endMs = Date.now();
    const ownSamples = () => samplesOf(own.url, '__name__!=""', startMs, endMs);
    const found: Record<string, string> = {};
    const check = async () => {
      const wanted = withSite(await ownSamples());
      for (const via of ['v1', 'v2']) found[via] = difference(wanted, await samplesOf(prometheus.url, `via="${via}"`, startMs, endMs));
      found.vm = difference(asVictoria(wanted), await victoriaSamples(victoria.url, startMs, endMs));
      return Object.values(found).every((text) => text === '');
    };
    await until('everybody has everything', check, isFull ? 180_000 : 30_000, 300).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(found, null, 2)}\n${own.output().slice(-2_000)}`);
    });
  }

  /** External labels are only on what is sent. */
  function withSite(samples: Samples): Samples {
    return new Map(
      [...samples].map(([key, values]) => [keyOf({ ...Object.fromEntries(JSON.parse(key) as [string, string][]), site: 'lab' }), values]),
    );
  }

  it('arrives: scrapes, rules, alerts, what was written here, floats and histograms', async () => {
    await push(1_000);
    await until(
      'a scrape and an alert',
      async () => (await own.query('count({__name__="up"}) and count(ALERTS) and count(pushed:sum)')).length > 0,
    );
    await untilEqual();
    const seen = await samplesOf(prometheus.url, 'via="v2"', startMs, Date.now());
    for (const name of ['up', 'pushed:sum', 'ALERTS', 'ALERTS_FOR_STATE', 'pushed_seconds'])
      expect(
        [...seen.keys()].some((key) => key.includes(`["__name__","${name}"]`)),
        name,
      ).toBe(true);
  });

  it('arrives with its exemplars', async () => {
    for (const via of ['v1', 'v2'])
      await until('all exemplars', async () => {
        const query = new URLSearchParams({
          query: `pushed_total{via="${via}"}`,
          start: String(startMs / 1000),
          end: String(Date.now() / 1000),
        });
        const answer = await fetch(`${prometheus.url}/api/v1/query_exemplars?${query}`);
        const { data } = (await answer.json()) as { data: { exemplars: { labels: { trace_id: string } }[] }[] };
        return data.flatMap(({ exemplars }) => exemplars).length === pushed;
      });
  });

  it('arrives, and only once, when the others were away and this server was killed meanwhile', { timeout: AWAY_MS + 240_000 }, async () => {
    await Promise.all([prometheus.stop(), victoria.stop()]);
    await push(AWAY_MS / 2);
    process.kill(serverPid(own.child.pid as number) as number, 'SIGKILL');
    await until('the server is gone', () =>
      fetch(`${own.url}/-/ready`).then(
        () => false,
        () => true,
      ),
    );
    await untilReady(own.url, own);
    await push(AWAY_MS / 2);
    await Promise.all([prometheus.start(), victoria.start()]);
    await push(500);
    await untilEqual();
    const metrics = await (await fetch(`${own.url}/metrics`)).text();
    expect(metrics.match(/^prometheus_remote_storage_(samples|histograms)_failed_total.* [1-9].*/gm)).toBeNull();
  });

  it('arrives when this server is killed while it sends', async () => {
    const pushing = push(1_000).catch(() => undefined);
    await sleep(500);
    process.kill(serverPid(own.child.pid as number) as number, 'SIGKILL');
    await pushing;
    await untilReady(own.url, own);
    await push(200);
    const endMs = Date.now();
    let found: string[] = [];
    const isAllThere = async () => {
      const wanted = withSite(await samplesOf(own.url, '__name__!=""', startMs, endMs));
      const theirs = await Promise.all(['v1', 'v2'].map((via) => samplesOf(prometheus.url, `via="${via}"`, startMs, endMs)));
      found = theirs.map((samples) => difference(wanted, samples));
      return found.every((text) => text === '');
    };
    await until('nothing is missing', isAllThere).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${found.join('\n')}\n${own.output().slice(-2_000)}`);
    });
  });
});
