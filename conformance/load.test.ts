// Thirty copies of a heavy query at once must not be felt where time matters: on the event loop, and in when scrapes happen.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigFolder, makeFolder, ownMetrics, report, type ScrapeTarget, sleep, startTarget } from './testing/lab.ts';
import { type RunningServer, startServer, until } from './testing/processes.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const SERIES = 5_000;
const HISTORY_SCRAPES = isFull ? 120 : 8;
const COPIES = 30;
const WINDOW_MS = isFull ? 60_000 : 6_000;
const CLOCK_INTERVAL_MS = 200;
const GOAL = { loopMs: 50, jitterMs: 100 };
/** What a noisy machine with two processors may add before it counts as broken. */
const TOLERANCE = 5;

const QUERIES = {
  'a subquery over all series': 'max_over_time(rate(load_value[15s])[30s:1s])',
  'an aggregation of rates': 'sum by (host) (rate(load_value[15s]))',
  'all series as they are': 'load_value',
};

/** How punctual the server was in a span of time, in milliseconds. */
interface Punctuality {
  /** Delays of the event loop as /metrics tells them: the 20 ms between two looks of its monitor are in them. */
  readonly loopP99: number;
  readonly loopMax: number;
  /** How far the time between two scrapes of one target was from its interval. */
  readonly jitterP99: number;
  readonly jitterMax: number;
}

let targets: ScrapeTarget[];
let folder: ConfigFolder;
let server: RunningServer;
let idle: Punctuality;

beforeAll(async () => {
  const load = await startTarget((scrape) =>
    Array.from({ length: SERIES }, (_, i) => `load_value{i="${i}",host="host-${i % 50}"} ${scrape * i}\n`).join(''),
  );
  const time = await startTarget((scrape) => `time_value ${scrape}\n`);
  targets = [load, time];
  folder = await makeFolder({
    'prometheus.yml': `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - { job_name: load, static_configs: [{ targets: ['${load.address}'] }] }
  - { job_name: time, scrape_interval: ${CLOCK_INTERVAL_MS}ms, scrape_timeout: ${CLOCK_INTERVAL_MS}ms, static_configs: [{ targets: ['${time.address}'] }] }
`,
  });
  server = await startServer([folder.dir]);
  await until('history to ask for', () => load.scrapes > HISTORY_SCRAPES, 200_000);
  // Once before, so that threads are started and code is compiled.
  for (const query of Object.values(QUERIES)) await askTogether(query, 2);
  idle = await measure(() => sleep(WINDOW_MS));
  report(`scraping only: ${describePunctuality(idle)}`);
}, 300_000);
afterAll(async () => {
  await server?.stop();
  await folder?.remove();
  for (const target of targets ?? []) await target.close();
});

/** Asks `copies` times at once for the last minute at a step of a second; the bytes of the answers. */
async function askTogether(query: string, copies: number): Promise<number> {
  const end = Math.floor(Date.now() / 1000);
  const ask = async (i: number) => {
    // Different texts, so that no cache of anybody's makes it one query.
    const body = new URLSearchParams({ query: `${query} + ${i}`, start: String(end - 60), end: String(end), step: '1' });
    const answer = await fetch(`${server.url}/api/v1/query_range`, { method: 'POST', body });
    const bytes = (await answer.arrayBuffer()).byteLength;
    expect(answer.status).toBe(200);
    return bytes;
  };
  const sizes = await Promise.all(Array.from({ length: copies }, (_, i) => ask(i)));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function jitters(spanMs: number): Promise<number[]> {
  type Answer = { data: { result: { metric: { job: string }; values: [number, string][] }[] } };
  const { data } = await server.api<Answer>('/api/v1/query', { query: `up{job=~"load|time"}[${Math.ceil(spanMs)}ms]` });
  return data.result.flatMap(({ metric, values }) => {
    const intervalMs = metric.job === 'time' ? CLOCK_INTERVAL_MS : 1_000;
    return values.slice(1).map(([seconds], i) => Math.abs(Math.round(1000 * (seconds - (values[i]?.[0] ?? 0))) - intervalMs));
  });
}

/** Measures the server while `work` runs. */
async function measure(work: () => Promise<unknown>): Promise<Punctuality> {
  // Reading the metrics starts the histogram of the event loop anew.
  await ownMetrics(server.url);
  const startMs = Date.now();
  await work();
  const metrics = await ownMetrics(server.url);
  const sorted = (await jitters(Date.now() - startMs)).sort((a, b) => a - b);
  return {
    loopP99: (metrics.get('nodejs_eventloop_lag_p99_seconds') ?? Number.NaN) * 1000,
    loopMax: (metrics.get('nodejs_eventloop_lag_max_seconds') ?? Number.NaN) * 1000,
    jitterP99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN,
    jitterMax: sorted.at(-1) ?? Number.NaN,
  };
}

function describePunctuality({ loopP99, loopMax, jitterP99, jitterMax }: Punctuality): string {
  const [p99, max] = [loopP99.toFixed(0), loopMax.toFixed(0)];
  return `event-loop delay p99 ${p99} ms (most ${max}), scrape jitter p99 ${jitterP99} ms (most ${jitterMax})`;
}

describe(`${COPIES} copies of a heavy query`, () => {
  it.each(Object.entries(QUERIES))('leave the event loop and the scrapes alone: %s', { timeout: 200_000 }, async (name, query) => {
    let rounds = 0;
    let bytes = 0;
    const startedMs = Date.now();
    const busy = await measure(async () => {
      while (rounds === 0 || Date.now() - startedMs < WINDOW_MS) {
        bytes += await askTogether(query, COPIES);
        rounds++;
      }
    });
    const queryMs = ((Date.now() - startedMs) / rounds / COPIES).toFixed(0);
    report(`${name}: ${describePunctuality(busy)}; ${rounds * COPIES} queries, one each ${queryMs} ms, ${(bytes / 1e6).toFixed(0)} MB`);
    report(`  that is ${(busy.loopP99 / idle.loopP99).toFixed(1)} times the idle delay; goals ${GOAL.loopMs} ms and ${GOAL.jitterMs} ms`);
    expect(busy.loopP99).toBeLessThan(GOAL.loopMs * TOLERANCE);
    expect(busy.jitterP99).toBeLessThan(GOAL.jitterMs * TOLERANCE);
  });

  it('lose no scrape', async () => {
    type Answer = { data: { result: { values: [number, string][] }[] } };
    const { data } = await server.api<Answer>('/api/v1/query', { query: 'up{job="load"}[10m]' });
    const values = data.result[0]?.values ?? [];
    const [first, last] = [values[0]?.[0] ?? 0, values.at(-1)?.[0] ?? 0];
    expect(values.length).toBeGreaterThanOrEqual(Math.floor(last - first));
    expect(new Set(values.map(([, value]) => value))).toEqual(new Set(['1']));
  });
});
