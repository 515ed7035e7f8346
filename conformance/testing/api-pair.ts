// A real Prometheus and this server, started from its sources, on the same configuration: both hold the same old samples, scrape the
// same target and evaluate the same rules, so that the same requests must be answered alike.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { appendSamples, type TestSeries, toOpenMetrics } from '../../server/api/testing/samples.ts';
import type { App } from '../../server/app.ts';
import { systemClock } from '../../server/model/clock.ts';
import { startApp } from '../../server/start.ts';
import { openStore } from '../../server/storage/clickhouse/open.ts';
import { freePort, type Running, run, until, untilReady } from './processes.ts';

/** Two servers that should not be told apart. */
export interface ApiPair {
  readonly peerUrl: string;
  readonly ownUrl: string;
  /** Holds the configuration. */
  readonly folder: string;
  /** Replaces the differences that must be: ports, folders. */
  readonly alike: (text: string) => string;
  close(): Promise<void>;
}

/** Metadata of every kind, a label that needs quotes, an exemplar. */
const EXPOSITION = `# HELP jobs Jobs done, by <kind> & "outcome".
# TYPE jobs counter
jobs_total{kind="a"} 17 # {trace_id="abc",span="1"} 0.67 1700000001.25
jobs_total{kind="b"} 3
# TYPE queue gauge
# HELP queue Waiting\\nnow.
queue 4.5
# TYPE took_seconds histogram
# UNIT took_seconds seconds
# HELP took_seconds Time taken.
took_seconds_bucket{le="0.1"} 1 # {trace_id="def"} 0.05 1700000000.5
took_seconds_bucket{le="+Inf"} 2
took_seconds_count 2
took_seconds_sum 1.5
# TYPE size summary
size{quantile="0.5"} 1
size_count 1
size_sum 1
# TYPE build info
build_info{version="1.0"} 1
# TYPE "my.gauge" gauge
{"my.gauge","my.label"="x"} 1
# EOF
`;

const RULES = `groups:
- name: first
  interval: 1s
  rules:
  - record: jobs:sum
    expr: sum by (job)(queue)
    labels: {team: "<core>", level: "3"}
  - record: bare
    expr: vector(1)
  - alert: Always
    expr: queue > 1
    labels: {severity: page, where: "{{ $labels.instance }}"}
    annotations: {summary: "{{ $value }} waiting & \\"more\\"", a: b}
- name: second
  interval: 1s
  limit: 5
  rules:
  - alert: Waiting
    expr: sum(queue) > 0
    for: 1h
    keep_firing_for: 5m
  - alert: Never
    expr: queue > 1e9
    annotations: {summary: x}
  - record: broken
    expr: queue * on() group_left() {__name__=~"jobs_total|queue"}
- name: third
  interval: 1h
  query_offset: 1m
  rules:
  - record: later
    expr: vector(2)
`;

function configText(target: string, closed: string): string {
  return `global:
  scrape_interval: 1s
  scrape_timeout: 900ms
  evaluation_interval: 15s
  external_labels: {site: lab}
rule_files: [rules.yml]
scrape_configs:
- job_name: lab
  static_configs:
  - targets: ["${target}"]
    labels: {zone: "<eu>"}
  - targets: ["dropped:1"]
  relabel_configs:
  - source_labels: [__address__]
    regex: dropped:1
    action: drop
- job_name: down
  metrics_path: /not here
  scrape_interval: 1s700ms
  scrape_timeout: 1s500ms
  params: {a: [b, "c d"]}
  static_configs:
  - targets: ["${closed}"]
- job_name: node
  static_configs:
  - targets: ["${closed}"]
- job_name: empty
  static_configs:
  - targets: []
`;
}

/** Starts both. `binary` is the real Prometheus; its promtool lies beside it. */
export async function startApiPair(binary: string, series: readonly TestSeries[], startMs: number, stepMs: number): Promise<ApiPair> {
  const folder = await mkdtemp(join(tmpdir(), 'alidade-api-pair-'));
  const target = await startTarget();
  const address = `127.0.0.1:${(target.address() as AddressInfo).port}`;
  const closed = `127.0.0.1:${await freePort()}`;
  await writeFile(join(folder, 'prometheus.yml'), configText(address, closed));
  await writeFile(join(folder, 'rules.yml'), RULES);
  const [peer, own] = await Promise.all([startPeer(binary, folder, series, startMs, stepMs), startOwn(folder, series, startMs, stepMs)]);
  const ports = [peer.url, own.url].map((url) => new URL(url).port);
  await Promise.all([peer.url, own.url].map(untilEvaluated));
  return {
    peerUrl: peer.url,
    ownUrl: own.url,
    folder,
    alike: (text) => ports.reduce((all, port) => all.replaceAll(`:${port}`, ':PORT'), text).replaceAll(/\[::1\]|localhost/g, '127.0.0.1'),
    async close() {
      await peer.running.stop('SIGKILL');
      await own.app.stop();
      target.closeAllConnections();
      await new Promise((resolve) => target.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startTarget(): Promise<Server> {
  const target = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8');
    response.end(EXPOSITION);
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  return target;
}

async function startPeer(
  binary: string,
  folder: string,
  series: readonly TestSeries[],
  startMs: number,
  stepMs: number,
): Promise<{ url: string; running: Running }> {
  const samples = join(folder, 'samples.txt');
  const data = join(folder, 'peer');
  await writeFile(samples, toOpenMetrics(series, startMs, stepMs));
  await promisify(execFile)(join(dirname(binary), 'promtool'), ['tsdb', 'create-blocks-from', 'openmetrics', samples, data]);
  const port = await freePort();
  const running = run(binary, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    '--storage.tsdb.retention.time=100y',
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-admin-api',
    '--web.enable-lifecycle',
    '--web.enable-remote-write-receiver',
    '--enable-feature=exemplar-storage,promql-per-step-stats',
    '--log.level=error',
  ]);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, running);
  return { url, running };
}

async function startOwn(
  folder: string,
  series: readonly TestSeries[],
  startMs: number,
  stepMs: number,
): Promise<{ url: string; app: App }> {
  const dataDir = join(folder, 'own');
  const retention = { metricsMs: 0, logsMs: 0, tracesMs: 0 };
  const store = await openStore({ dataDir, clock: systemClock, durability: 'off', retention, warn: (message) => console.warn(message) });
  await appendSamples(store.metrics, series, startMs, stepMs);
  await store.close();
  const app = await startApp({
    dir: folder,
    flags: {
      listen: `127.0.0.1:${await freePort()}`,
      otlpHttp: 'off',
      otlpGrpc: 'off',
      data: dataDir,
      retention: ['0'],
      enableLifecycle: true,
      enableAdminApi: true,
      enableFeature: ['exemplar-storage', 'promql-per-step-stats'],
    },
    version: '0.0.0',
    uiDir: join(folder, 'no-ui'),
    logLevel: 'error',
    quit: () => undefined,
  });
  return { url: app.url, app };
}

/** Waits until every target was scraped and the quick groups were evaluated on what came of it. */
function untilEvaluated(url: string): Promise<void> {
  let texts: string[] = [];
  const what = () => texts.join('\n');
  return until(`scrapes and evaluations at ${url}`, async () => {
    texts = await Promise.all(['targets', 'rules'].map((name) => fetch(`${url}/api/v1/${name}`).then((answer) => answer.text())));
    return !texts[0]?.includes('"unknown"') && (texts[1]?.match(/"state":"(firing|pending)"/g)?.length ?? 0) >= 4;
  }).catch((error: unknown) => {
    throw new Error(what(), { cause: error });
  });
}
