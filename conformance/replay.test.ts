// A recorded past is replayed into the built server and into a real Prometheus 3 by scrapes; then both are asked the same over HTTP.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENT_EXPRESSIONS } from '../server/promql/testdata/document-expressions.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { type Answer, askPeer, differenceOf } from './peers/prometheus-answer.ts';
import { type ConfigFolder, makeFolder, report } from './testing/lab.ts';
import { type RunningServer, startServer, until } from './testing/processes.ts';
import { replayedPast, STEP_MS, STEPS, timeOf } from './testing/replay-past.ts';
import { type ReplayTarget, startReplayTarget } from './testing/replay-target.ts';

const labs = process.env.ALIDADE_LABS;
const binary = findPrometheus();
if (!binary) report('Left out: the replay into a real Prometheus; node scripts/peers.mjs fetches it');

const MINUTE = 60_000;
/** A Prometheus refuses what is more than an hour older than its newest sample, and scraping itself writes samples of now. */
const START = Math.floor((Date.now() - 57 * MINUTE) / STEP_MS) * STEP_MS;
const LAST = timeOf(START, STEPS - 1);
/** Five minutes after the last sample it is forgotten; the first real scrape comes later still. */
const END = LAST + 6 * MINUTE;
const TOLERANCE = 1e-9;

const INSTANTS: readonly number[] = [
  ...[3, 58, 77, 110, 145, 199].map((step) => timeOf(START, step)),
  timeOf(START, 104) + 4_321,
  // The prediction API's last sample before its silence: at the edge of the lookback, and past it.
  timeOf(START, 159) + 5 * MINUTE - 1,
  timeOf(START, 159) + 5 * MINUTE,
  LAST + 5 * MINUTE - 1,
  LAST + 5 * MINUTE,
];

const RANGES = [
  { startMs: START, endMs: END, stepMs: STEP_MS },
  { startMs: START - MINUTE, endMs: END, stepMs: 97_000 },
  { startMs: LAST - 20 * MINUTE + 123, endMs: LAST, stepMs: 7_500 },
];

/** What the documents ask in words: their panels, objectives and the metrics that they define without an expression. */
const FURTHER_EXPRESSIONS = [
  'up',
  'avg_over_time(up{job="ml-api"}[30m]) * 100',
  'sum by (endpoint, status) (rate(http_requests_total[5m]))',
  'topk(2, sum by (status) (increase(http_requests_total[1h])))',
  'sum(rate(http_request_duration_seconds_bucket{le="0.2"}[5m])) / sum(rate(http_request_duration_seconds_count[5m]))',
  'sum by (le) (increase(ml_prediction_duration_seconds_bucket[1m]))',
  'histogram_quantile(0.95, sum by (le, model_version) (rate(ml_prediction_duration_seconds_bucket[5m])))',
  'histogram_quantile(0.99, rate(feature_fetch_duration_seconds_bucket[5m]))',
  'model_accuracy',
  'avg_over_time(model_accuracy[10m]) < 0.9',
  'deriv(model_accuracy[10m])',
  'predict_linear(node_filesystem_avail_bytes{mountpoint="/"}[30m], 4 * 3600)',
  'cache_hit_ratio',
  'avg_over_time(cache_hit_ratio[5m])',
  'gpu_memory_used_bytes / 1024 ^ 3',
  'app_cpu_usage_percent',
  'app_info',
  'app_memory_usage_bytes * on (job, instance) group_left (version) app_info',
  'resets(ml_predictions_total[1h])',
  'changes(up[1h])',
  'rate(ml_predictions_total[5m] offset 10m)',
  'max_over_time(sum(rate(ml_predictions_total[1m]))[20m:30s])',
  'absent(ml_prediction_duration_seconds_count)',
  'timestamp(ml_model_accuracy)',
  'last_over_time(replay_skewed[2m])',
  'replay_disputed',
  'rate(replay_burst[1m])',
];
const EXPRESSIONS = [...new Set([...DOCUMENT_EXPRESSIONS, ...FURTHER_EXPRESSIONS])];

/** All that was replayed; `up` and `scrape_*` of the scrapes themselves differ. */
const REPLAYED = '{job=~".+", __name__!~"up|scrape_.*"}';

const seconds = (timeMs: number) => String(timeMs / 1000);

describe.skipIf(!binary)(`a replayed past${binary ? '' : ' (left out: run scripts/peers.mjs to fetch Prometheus)'}`, () => {
  let target: ReplayTarget;
  let folder: ConfigFolder;
  let dataDir: string;
  let server: RunningServer;
  let peer: PrometheusPeer;

  beforeAll(async () => {
    target = await startReplayTarget(replayedPast(START));
    folder = await makeFolder({ 'prometheus.yml': target.config('alidade') });
    dataDir = await mkdtemp(join(tmpdir(), 'alidade-replay-'));
    [server, peer] = await Promise.all([
      startServer([folder.dir], { dataDir }),
      startPrometheus(binary as string, { config: target.config('prometheus') }),
    ]);
    await until('both servers have scraped the whole past', () => target.isDone('alidade') && target.isDone('prometheus'), 120_000);
  }, 180_000);

  afterAll(async () => {
    await server?.stop();
    await peer?.close();
    await target?.close();
    await folder?.remove();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  const ask = (path: string, parameters: Readonly<Record<string, string>>) =>
    Promise.all([askPeer(peer.url, path, parameters), askPeer(server.url, path, parameters)]);

  async function differences(
    expressions: readonly string[],
    instants: readonly number[],
    ranges: typeof RANGES,
  ): Promise<readonly string[]> {
    const found: string[] = [];
    const compare = async (query: string, path: string, times: Readonly<Record<string, string>>) => {
      const [theirs, ours] = await ask(path, { query, ...times });
      const difference = differenceOf(theirs, ours, { tolerance: TOLERANCE, isOrdered: path === 'query_range' || isSorted(query) });
      if (difference !== undefined) found.push(`${query} ${JSON.stringify(times)}\n  ${difference.slice(0, 500)}`);
      return sizeOf(theirs);
    };
    for (const expr of expressions) {
      let size = 0;
      for (const timeMs of instants) size += await compare(expr, 'query', { time: seconds(timeMs) });
      for (const { startMs, endMs, stepMs } of ranges)
        size += await compare(expr, 'query_range', { start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) });
      if (size === 0) found.push(`${expr}\n  nothing to compare: both answers are empty at all times`);
    }
    return found;
  }

  it('is the same in both, sample by sample', async () => {
    const [theirs, ours] = await ask('query', { query: `${REPLAYED}[59m]`, time: seconds(END) });
    expect(sizeOf(theirs)).toBeGreaterThan(50);
    expect(differenceOf(theirs, ours, { tolerance: 0, isOrdered: false })).toBeUndefined();
  });

  it('has the same answers to every expression of the documents', { timeout: 120_000 }, async () => {
    expect(await differences(EXPRESSIONS, INSTANTS, RANGES)).toEqual([]);
  });

  it('has the same series, labels, values and metadata', async () => {
    const times = { start: seconds(START), end: seconds(END) };
    const questions: readonly (readonly [path: string, parameters: Readonly<Record<string, string>>])[] = [
      ['series', { ...times, 'match[]': REPLAYED }],
      ['series', { ...times, 'match[]': 'up{instance!~"127.*"}' }],
      ['series', { ...times, 'match[]': '{job=~"ml-.*", status="error"}' }],
      ['labels', { ...times, 'match[]': REPLAYED }],
      ['labels', times],
      ...['__name__', 'job', 'instance', 'status', 'le', 'model', 'path', 'version', 'missing'].map(
        (name) => [`label/${name}/values`, { ...times, 'match[]': REPLAYED }] as const,
      ),
      ['label/job/values', times],
      ['metadata', {}],
      ['metadata', { metric: 'ml_predictions_total' }],
      ['targets/metadata', { match_target: '{job="node-exporter"}' }],
    ];
    for (const [path, parameters] of questions) {
      const [theirs, ours] = await Promise.all([peer.url, server.url].map((url) => look(url, path, parameters)));
      expect(ours, `${path} ${JSON.stringify(parameters)}`).toEqual(theirs);
    }
  });

  it.each([
    ['instant', '--time', seconds(LAST), 'URL', 'sum by (status) (ml_predictions_total)'],
    ['range', '--start', seconds(START), '--end', seconds(LAST), '--step', '60s', 'URL', 'rate(http_requests_total[5m])'],
    ['series', '--start', seconds(START), '--end', seconds(LAST), '--match', 'ml_predictions_total', 'URL'],
    ['labels', '--start', seconds(START), '--end', seconds(LAST), 'URL', 'job'],
  ])('has the same answers for promtool query %s', async (...args) => {
    const promtool = join(dirname(binary as string), 'promtool');
    const [theirs, ours] = await Promise.all(
      [peer.url, server.url].map((url) => promisify(execFile)(promtool, ['query', ...args.map((arg) => (arg === 'URL' ? url : arg))])),
    );
    expect(ours?.stdout.split('\n').sort()).toEqual(theirs?.stdout.split('\n').sort());
    expect(theirs?.stdout).toMatch(/ml-|status/);
  });

  it('is still the same after a restart', { timeout: 120_000 }, async () => {
    await server.stop();
    server = await startServer([folder.dir], { dataDir });
    expect(await differences(EXPRESSIONS, INSTANTS.slice(1, 2), RANGES.slice(0, 1))).toEqual([]);
  });
});

describe("the list of the documents' expressions", () => {
  it.skipIf(!labs)('has every one that their rules and dashboards hold (left out when ALIDADE_LABS is not set)', () => {
    const files = readdirSync(labs as string, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(ya?ml|json|py)$/.test(name));
    const found = files.flatMap((name) => expressionsIn(readFileSync(join(labs as string, name), 'utf8')));
    expect(found.length).toBeGreaterThan(40);
    const known = new Set(EXPRESSIONS.map(withoutSpace));
    expect(found.filter((expr) => !known.has(withoutSpace(expr)))).toEqual([]);
  });
});

/** What follows `expr:`, `"expr":` and `expr=` in YAML, JSON and Python; a block of YAML is what is indented deeper. */
function expressionsIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^( *)(?:- )?expr: \|\n((?:\1 +.*\n|\s*\n)+)/gm)].map(([, , block = '']) => block);
  const lines = [...text.matchAll(/^ *(?:- )?expr: (?!\|)(.*)$/gm)].map(([, line = '']) => line);
  const json = [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, quoted = '']) => JSON.parse(quoted) as string);
  const python = [...text.matchAll(/expr='([^']*)'/g)].map(([, quoted = '']) => quoted);
  return [...blocks, ...lines, ...json, ...python];
}

const withoutSpace = (expr: string) => expr.replace(/\s/g, '');

/** Only these promise an order. */
function isSorted(query: string): boolean {
  return /^(sort|topk|bottomk)/.test(query);
}

function sizeOf({ data }: Answer): number {
  return Array.isArray(data?.result) ? data.result.length : 0;
}

/** `data` of an answer; lists without a promised order are sorted. */
async function look(url: string, path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const { data } = (await response.json()) as { data: unknown };
  return Array.isArray(data) ? data.map((entry) => JSON.stringify(sortedKeys(entry))).sort() : data;
}

function sortedKeys(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null ? Object.entries(entry).sort() : entry;
}
