// Small inserts into all tables, with queries, for an hour: memory stays flat. Metrics through the built server, logs, traces and state
// through a store in a process of its own. Runs with ALIDADE_FULL=1; ALIDADE_SOAK_MINUTES says how long, 60 unless set.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeFolder, ownMetrics, report, sleep, startTarget } from './testing/lab.ts';
import { type RunningServer, startServer } from './testing/processes.ts';
import { bundleWriter, startWriter } from './testing/store-process.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const MINUTES = Number(process.env.ALIDADE_SOAK_MINUTES ?? 60);
const MEASURE_EVERY_MS = 2_000;
const MEGABYTE = 1_000_000;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Measurement {
  readonly atMs: number;
  readonly rssBytes: number;
}

/** Resident memory over time in words, and how much it grew from the second quarter of the run to the last. */
function judge(name: string, all: readonly Measurement[]): { readonly grownBytes: number; readonly medianBytes: number } {
  const quarter = (i: number) => all.slice(Math.floor((i * all.length) / 4), Math.floor(((i + 1) * all.length) / 4));
  const medians = [0, 1, 2, 3].map((i) => median(quarter(i).map(({ rssBytes }) => rssBytes)));
  const settled = all.slice(Math.floor(all.length / 4));
  const megabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(0);
  const curve = Array.from({ length: 13 }, (_, i) => all[Math.floor((i * (all.length - 1)) / 12)]?.rssBytes ?? 0);
  report(`${name}: MB over the run ${curve.map(megabytes).join(' ')}`);
  const perHour = slopePerMs(settled) * 3_600_000;
  report(`  medians of its quarters ${medians.map(megabytes).join(' ')}; slope after the first quarter ${megabytes(perHour)} MB an hour`);
  const [, second = 0, , last = 0] = medians;
  return { grownBytes: last - second, medianBytes: second };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Least squares. */
function slopePerMs(all: readonly Measurement[]): number {
  const meanMs = all.reduce((sum, { atMs }) => sum + atMs, 0) / all.length;
  const meanBytes = all.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / all.length;
  const covariance = all.reduce((sum, { atMs, rssBytes }) => sum + (atMs - meanMs) * (rssBytes - meanBytes), 0);
  return covariance / all.reduce((sum, { atMs }) => sum + (atMs - meanMs) ** 2, 0);
}

async function startScrapingServer(): Promise<RunningServer> {
  const target = await startTarget((scrape) => Array.from({ length: 100 }, (_, i) => `soak_total{i="${i}"} ${scrape * i}\n`).join(''));
  const folder = await makeFolder({
    'prometheus.yml': `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs: [{ job_name: soak, static_configs: [{ targets: ['${target.address}'] }] }]
`,
    'rules.yml': `
groups:
  - name: soak
    rules:
      - { record: 'job:soak:rate', expr: 'sum by (job) (rate(soak_total[1m]))' }
      - { alert: Always, expr: 'job:soak:rate > 0', for: 1m }
`,
  });
  const server = await startServer([folder.dir]);
  closers.push(
    () => target.close(),
    () => folder.remove(),
    () => server.stop(),
  );
  return server;
}

async function askSome(server: RunningServer): Promise<void> {
  const end = Math.floor(Date.now() / 1000);
  const range = { start: String(end - 240), end: String(end), step: '5' };
  for (const query of ['rate(soak_total[1m])', 'topk(5, soak_total)', 'histogram_quantile(0.9, soak_total)'])
    await server.api('/api/v1/query_range', { query, ...range });
  await server.query('sum(count_over_time(soak_total[5m]))');
  await server.api('/api/v1/series?match[]=soak_total');
}

describe.skipIf(!isFull)(`memory over ${MINUTES} minutes of small inserts and queries (ALIDADE_FULL)`, () => {
  it('stays flat in the server and in the store', { timeout: (MINUTES + 5) * 60_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'alidade-soak-'));
    const bundle = await bundleWriter();
    closers.push(bundle.remove, () => rm(dataDir, { recursive: true, force: true }));
    const server = await startScrapingServer();
    const options = { dataDir, firstBatch: 1, flushSamples: 20_000, pauseMs: 100, reads: true, reportEveryMs: MEASURE_EVERY_MS };
    const writer = startWriter(bundle.file, options);
    closers.push(writer.kill);

    const ofServer: Measurement[] = [];
    const endMs = Date.now() + MINUTES * 60_000;
    while (Date.now() < endMs) {
      await askSome(server);
      const metrics = await ownMetrics(server.url);
      ofServer.push({ atMs: Date.now(), rssBytes: metrics.get('process_resident_memory_bytes') ?? Number.NaN });
      if (writer.child.exitCode !== null) throw new Error(`the writer ended:\n${writer.errors()}`);
      await sleep(MEASURE_EVERY_MS);
    }
    const acked = [...writer.acked].map(([signal, batch]) => `${batch} of ${signal}`).join(', ');
    report(`batches written: ${acked}; ${writer.memory.at(-1)?.reads ?? 0} rounds of reads`);
    for (const signal of ['metrics', 'logs', 'traces', 'state'] as const)
      expect(writer.acked.get(signal), signal).toBeGreaterThan(MINUTES * 30);
    for (const [name, all] of [
      ['server', ofServer],
      ['store', writer.memory],
    ] as const) {
      const { grownBytes, medianBytes } = judge(name, all);
      expect(grownBytes, `growth of the ${name}`).toBeLessThan(20 * MEGABYTE + 0.1 * medianBytes);
    }
  });
});
