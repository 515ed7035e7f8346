// More series than there may be, and as many as a large installation has. The complete form (ALIDADE_FULL=1) sends a million new series in a
// minute, and keeps 140,000 active under continuous queries for half an hour (ALIDADE_CURVE_MINUTES) while it draws the memory.
import { afterEach, describe, expect, it } from 'vitest';
import { encodeWrite } from '../server/formats/remote-write/testing/encode.ts';
import { hasProc, makeFolder, ownMetrics, processBytes, report, serverPid, sleep, startTarget } from './testing/lab.ts';
import { type RunningServer, startServer, until } from './testing/processes.ts';
import { postWrite, type WriteAnswer } from './testing/remote-write-client.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const MINUTES = Number(process.env.ALIDADE_CURVE_MINUTES ?? 30);
const SCRAPE_MS = 15_000;
const ACTIVE_SERIES = 140_000;
const MAX_RESIDENT_MB = 900;
const EXPLOSION = isFull ? { limit: 200_000, series: 1_000_000 } : { limit: 5_000, series: 40_000 };
const PER_REQUEST = 10_000;
const MEGABYTE = 1024 * 1024;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(args: readonly string[]): Promise<RunningServer> {
  const server = await startServer(args);
  closers.push(() => server.stop());
  return server;
}

/** Writes one sample of each of the series `from` … `end - 1`. */
function writeSome(server: RunningServer, name: string, from: number, end: number, timestampMs: number): Promise<WriteAnswer> {
  const series = Array.from({ length: end - from }, (_, i) => ({
    labels: {
      __name__: name,
      job: `job-${(from + i) % 40}`,
      instance: `host-${Math.floor((from + i) / 40) % 700}:9100`,
      id: String(from + i),
    },
    samples: [{ timestampMs, value: ((from + i) * 7 + Math.floor(timestampMs / SCRAPE_MS) * ((from + i) % 13)) % 100_000 }],
  }));
  return postWrite(server.url, encodeWrite(series, '1.0'));
}

describe('a cardinality explosion', () => {
  it(`of ${EXPLOSION.series} new series meets the limit of ${EXPLOSION.limit}, is told so, and disturbs nobody`, {
    timeout: 300_000,
  }, async () => {
    const target = await startTarget((scrape) => `steady_value ${scrape}\n`);
    const folder = await makeFolder({
      'prometheus.yml': `scrape_configs: [{ job_name: steady, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: [{ targets: ['${target.address}'] }] }]\n`,
    });
    closers.push(() => target.close(), folder.remove);
    const server = await start([folder.dir, '--max-series', String(EXPLOSION.limit)]);
    await until('the first scrape', async () => (await server.query('steady_value')).length === 1);
    const known = await writeSome(server, 'known_value', 0, 100, Date.now());
    expect(known.status).toBe(204);
    const startedMs = performance.now();
    const scrapesBefore = target.scrapes;
    const refusals: WriteAnswer[] = [];
    for (let from = 0; from < EXPLOSION.series; from += PER_REQUEST) {
      const answer = await writeSome(server, 'exploding_value', from, from + PER_REQUEST, Date.now());
      if (answer.status !== 204) refusals.push(answer);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    report(`${EXPLOSION.series} new series in ${seconds.toFixed(1)} s, ${refusals.length} requests refused: ${refusals[0]?.text.trim()}`);
    // A client error: the sender must not send the same again.
    expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([400]));
    expect(refusals.length).toBeGreaterThanOrEqual(Math.floor((EXPLOSION.series - EXPLOSION.limit) / PER_REQUEST));
    expect(refusals[0]?.text).toContain(`--max-series`);
    expect(refusals[0]?.text).toContain(String(EXPLOSION.limit));
    const [counted] = await server.query('count({__name__=~".+_value"})');
    expect(counted?.value).toBeLessThanOrEqual(EXPLOSION.limit);
    // What is known goes on: writes, scrapes and queries.
    expect((await writeSome(server, 'known_value', 0, 100, Date.now())).status).toBe(204);
    await until('scrapes during the explosion', () => target.scrapes > scrapesBefore + 2);
    await until('the newest scrape in an answer', async () => ((await server.query('steady_value'))[0]?.value ?? 0) > scrapesBefore);
    const pid = serverPid(server.child.pid as number);
    if (pid !== undefined) report(`resident ${(processBytes(pid, 'VmRSS') / MEGABYTE).toFixed(0)} MB`);
    const metrics = await ownMetrics(server.url);
    const refused = [...metrics].filter(([name]) => name.includes('reason="series_limit"')).reduce((sum, [, value]) => sum + value, 0);
    expect(refused).toBeGreaterThanOrEqual(EXPLOSION.series - EXPLOSION.limit);
  });
});

const QUERIES = [
  'sum by (job) (rate(active_value[2m]))',
  'topk(5, active_value)',
  'count by (instance) (active_value)',
  'quantile(0.95, active_value{job="job-7"})',
  'active_value{job="job-3",instance="host-5:9100"}',
];

describe.skipIf(!isFull || !hasProc)(`memory with ${ACTIVE_SERIES} active series for ${MINUTES} minutes (ALIDADE_FULL)`, () => {
  it(`stays below ${MAX_RESIDENT_MB} MB under continuous queries`, { timeout: (MINUTES + 10) * 60_000 }, async () => {
    const server = await start(['--no-demo']);
    const pid = serverPid(server.child.pid as number) as number;
    const endMs = Date.now() + MINUTES * 60_000;
    let answered = 0;
    const refused: string[] = [];
    const write = async () => {
      while (Date.now() < endMs) {
        const timestampMs = Math.floor(Date.now() / SCRAPE_MS) * SCRAPE_MS;
        for (let from = 0; from < ACTIVE_SERIES; from += PER_REQUEST) {
          const { status, text } = await writeSome(server, 'active_value', from, from + PER_REQUEST, timestampMs);
          if (status !== 204) refused.push(text);
        }
        await sleep(timestampMs + SCRAPE_MS - Date.now());
      }
    };
    const ask = async () => {
      for (let i = 0; Date.now() < endMs; i++) {
        const query = QUERIES[i % QUERIES.length] as string;
        const end = Date.now() / 1000;
        const form = { query, start: String(end - 900), end: String(end), step: '15' };
        const { status, error } = await server.api<{ status: string; error?: string }>(
          '/api/v1/query_range',
          i % 3 === 0 ? form : { query },
        );
        if (i % 3 === 0 && status !== 'success') refused.push(`${query}: ${error}`);
        await server.query(query);
        answered += 2;
        await sleep(100);
      }
    };
    const curve: { minute: number; residentMb: number; anonymousMb: number }[] = [];
    const watch = async () => {
      const startMs = Date.now();
      while (Date.now() < endMs) {
        const [residentMb, anonymousMb] = ['VmRSS', 'RssAnon'].map((field) => processBytes(pid, field) / MEGABYTE) as [number, number];
        curve.push({ minute: (Date.now() - startMs) / 60_000, residentMb, anonymousMb });
        await sleep(2_000);
      }
    };
    await Promise.all([write(), ask(), watch()]);
    draw(curve);
    const most = Math.max(...curve.map(({ residentMb }) => residentMb));
    report(
      `${answered} queries answered; most resident ${most.toFixed(0)} MB, VmHWM ${(processBytes(pid, 'VmHWM') / MEGABYTE).toFixed(0)} MB`,
    );
    expect(refused.slice(0, 3)).toEqual([]);
    expect(most).toBeLessThan(MAX_RESIDENT_MB);
  });
});

/** A line for each half minute, as long as the memory is large. */
function draw(curve: readonly { minute: number; residentMb: number; anonymousMb: number }[]): void {
  report('minute, most resident MB, of it anonymous');
  for (let from = 0; from <= (curve.at(-1)?.minute ?? 0); from += 0.5) {
    const part = curve.filter(({ minute }) => minute >= from && minute < from + 0.5);
    if (part.length === 0) continue;
    const resident = Math.max(...part.map(({ residentMb }) => residentMb));
    const anonymous = Math.max(...part.map(({ anonymousMb }) => anonymousMb));
    report(
      `${from.toFixed(1).padStart(5)} ${resident.toFixed(0).padStart(5)} ${anonymous.toFixed(0).padStart(5)} ${'█'.repeat(Math.round(resident / 15))}`,
    );
  }
}
