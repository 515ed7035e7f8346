// Small inserts into all tables, with queries: once it is warm, memory stays flat for an hour. Metrics through the built server, logs, traces and state
// through a store in a process of its own. Runs with ALIDADE_FULL=1; ALIDADE_SOAK_MINUTES says how long, 120 unless set.
//
// Judged is what a process has for itself (RssAnon of /proc; pages of the program and of its libraries come and go with the kernel's
// cache) by its slope over the second half of the run: in the first half heaps, pools and caches fill up to their bounds, which takes up to 50 minutes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hasProc, makeFolder, ownMetrics, processBytes, report, serverPid, sleep, startTarget } from './testing/lab.ts';
import { type RunningServer, startServer } from './testing/processes.ts';
import { bundleWriter, startWriter } from './testing/store-process.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const MINUTES = Number(process.env.ALIDADE_SOAK_MINUTES ?? 120);
const MEASURE_EVERY_MS = 2_000;
const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;
const MEGABYTE = 1_000_000;
/**
 * Growth that is allowed in half an hour, which is how far collectors and allocators breathe. A leak of two kilobytes a query, or of
 * a hundred bytes a row, would grow more.
 */
const MAX_GROWTH_BYTES = 8 * MEGABYTE;
/** In less time nothing has settled: shorter runs only print their curve. */
const SETTLED_MINUTES = 40;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Measurement {
  readonly atMs: number;
  readonly rssBytes: number;
  readonly anonBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** Samples in the head, which are bounded by their number and age: two hours at least pass until they go to the engine. */
  readonly headBytes: number;
}

/** Prints the curve and the slope of the second half; returns how much it grew in half an hour, the head left out. */
function judge(name: string, all: readonly Measurement[]): number {
  const startMs = all[0]?.atMs ?? 0;
  const lastMs = all.at(-1)?.atMs ?? 0;
  const megabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(0).padStart(5);
  report(`${name}, MB: minute, resident, of it anonymous, JS heap, external, head`);
  for (let minute = 0; startMs + minute * MINUTE_MS <= lastMs; minute++) {
    const at = all.find(({ atMs }) => atMs >= startMs + minute * MINUTE_MS);
    if (!at) continue;
    const columns = [at.rssBytes, at.anonBytes, at.heapBytes, at.externalBytes, at.headBytes].map(megabytes);
    report(`  ${String(minute).padStart(3)} ${columns.join('')}`);
  }
  const means: string[] = [];
  for (let fromMs = startMs; fromMs < lastMs; fromMs += 10 * MINUTE_MS) {
    const part = all.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 10 * MINUTE_MS);
    means.push(megabytes(part.reduce((sum, { anonBytes }) => sum + anonBytes, 0) / part.length));
  }
  report(`  anonymous, means of ten minutes:${means.join('')}`);
  const secondHalf = all.filter(({ atMs }) => atMs >= (startMs + lastMs) / 2);
  const anonymous = slopePerMs(secondHalf, ({ anonBytes }) => anonBytes) * HALF_HOUR_MS;
  const head = slopePerMs(secondHalf, ({ headBytes }) => headBytes) * HALF_HOUR_MS;
  const growth = anonymous - head;
  report(`  second half: ${megabytes(anonymous)} MB in 30 minutes,${megabytes(head)} MB of it the head`);
  return growth;
}

/** Least squares. */
function slopePerMs(all: readonly Measurement[], read: (measurement: Measurement) => number): number {
  const mean = (of: (measurement: Measurement) => number) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
  const [meanMs, meanValue] = [mean(({ atMs }) => atMs), mean(read)];
  const covariance = all.reduce((sum, one) => sum + (one.atMs - meanMs) * (read(one) - meanValue), 0);
  return covariance / all.reduce((sum, { atMs }) => sum + (atMs - meanMs) ** 2, 0);
}

async function measureServer(server: RunningServer, pid: number): Promise<Measurement> {
  const metrics = await ownMetrics(server.url);
  const metric = (name: string) => metrics.get(name) ?? Number.NaN;
  return {
    ...measureProcess(pid),
    heapBytes: metric('nodejs_heap_size_used_bytes'),
    externalBytes: metric('nodejs_external_memory_bytes'),
    headBytes: metric('alidade_storage_pending_bytes'),
  };
}

function measureProcess(pid: number): Pick<Measurement, 'atMs' | 'rssBytes' | 'anonBytes'> {
  return { atMs: Date.now(), rssBytes: processBytes(pid, 'VmRSS'), anonBytes: processBytes(pid, 'RssAnon') };
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

describe.skipIf(!isFull || !hasProc)(`memory over ${MINUTES} minutes of small inserts and queries (ALIDADE_FULL)`, () => {
  it('stays flat in the server and in the store', { timeout: (MINUTES + 5) * MINUTE_MS }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'alidade-soak-'));
    const bundle = await bundleWriter();
    closers.push(bundle.remove, () => rm(dataDir, { recursive: true, force: true }));
    const server = await startScrapingServer();
    const options = { dataDir, firstBatch: 1, flushSamples: 20_000, pauseMs: 100, reads: true, reportEveryMs: MEASURE_EVERY_MS };
    const writer = startWriter(bundle.file, options);
    closers.push(writer.kill);

    const pid = serverPid(server.child.pid as number) as number;
    const ofServer: Measurement[] = [];
    const ofStore: Measurement[] = [];
    const endMs = Date.now() + MINUTES * MINUTE_MS;
    while (Date.now() < endMs) {
      await askSome(server);
      ofServer.push(await measureServer(server, pid));
      if (writer.child.exitCode !== null) throw new Error(`the writer ended:\n${writer.errors()}`);
      const heap = writer.memory();
      // Its head is flushed every few seconds.
      if (heap) ofStore.push({ ...measureProcess(writer.child.pid as number), ...heap, headBytes: 0 });
      await sleep(MEASURE_EVERY_MS);
    }
    const acked = [...writer.acked].map(([signal, batch]) => `${batch} of ${signal}`).join(', ');
    report(`batches written: ${acked}; ${writer.memory()?.reads ?? 0} rounds of reads`);
    for (const signal of ['metrics', 'logs', 'traces', 'state'] as const)
      expect(writer.acked.get(signal), signal).toBeGreaterThan(MINUTES * 30);
    const growths = { server: judge('server', ofServer), store: judge('store', ofStore) };
    if (MINUTES < SETTLED_MINUTES) return;
    for (const [name, growth] of Object.entries(growths))
      expect(growth, `growth of the ${name} in half an hour`).toBeLessThan(MAX_GROWTH_BYTES);
  });
});
