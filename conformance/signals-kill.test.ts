// The server is killed while log lines, spans and scrapes arrive: every line and span that was acknowledged is there afterwards, once,
// and the scrapes go on.
import { afterEach, describe, expect, it } from 'vitest';
import { hasProc, makeFolder, report, type ScrapeTarget, serverPid, sleep, startTarget } from './testing/lab.ts';
import { type RunningServer, startServer, until, untilReady } from './testing/processes.ts';
import { type Sent, writeLines, writeSpans } from './testing/signal-writers.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const KILLS = isFull ? 20 : 3;
const LIFE_MS = isFull ? 10_500 : 2_500;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startScraping(): Promise<{ server: RunningServer; target: ScrapeTarget }> {
  const target = await startTarget((scrape) => `# TYPE scrapes_total counter\nscrapes_total ${scrape}\n`);
  const folder = await makeFolder({
    'prometheus.yml': `
global: { scrape_interval: 500ms, scrape_timeout: 500ms }
scrape_configs: [{ job_name: a, static_configs: [{ targets: ['${target.address}'] }] }]
`,
  });
  const server = await startServer([folder.dir]);
  closers.push(
    () => target.close(),
    () => folder.remove(),
    () => server.stop(),
  );
  return { server, target };
}

/** Lines of one writer as they are stored: number → how often. */
async function storedLines(server: RunningServer, writer: string): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  // Asked in parts: one answer may have so many lines and no more.
  for (const pod of Array.from({ length: 10 }, (_, i) => `pod-${i}`)) {
    const lines = await allLines(server, `{writer="${writer}",pod="${pod}"}`);
    for (const line of lines) {
      const { n } = JSON.parse(line) as { n: number };
      found.set(n, (found.get(n) ?? 0) + 1);
    }
  }
  return found;
  async function allLines(of: RunningServer, query: string): Promise<string[]> {
    type Lines = { data: { result: { values: [string, string][] }[] } };
    const all: string[] = [];
    let startNs = BigInt(Date.now() - 3_600_000) * 1_000_000n;
    for (;;) {
      const search = new URLSearchParams({
        query,
        start: `${startNs}`,
        end: `${BigInt(Date.now()) * 1_000_000n}`,
        limit: '5000',
        direction: 'forward',
      });
      const answer = await of.api<Lines>(`/loki/api/v1/query_range?${search}`);
      const values = answer.data.result.flatMap((stream) => stream.values);
      all.push(...values.map(([, line]) => line));
      if (values.length < 5000) return all;
      startNs = BigInt(values.at(-1)?.[0] ?? 0) + 1n;
    }
  }
}

describe.skipIf(!hasProc)(`${KILLS} kills under logs, traces and scrapes`, () => {
  it('lose nothing that was acknowledged', { timeout: KILLS * (LIFE_MS + 10_000) + 120_000 }, async () => {
    const { server, target } = await startScraping();
    const untilMs = Date.now() + KILLS * (LIFE_MS + 3_000) + 2_000;
    const writing = Promise.all([
      writeLines(server.url, 'a', { batch: 100, perSecond: 20, untilMs }),
      writeLines(server.url, 'b', { batch: 20, perSecond: 50, untilMs }),
      writeSpans(server.url, 'spans', { batch: 25, perSecond: 20, untilMs }),
    ]);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(LIFE_MS);
      const pid = serverPid(server.child.pid ?? 0);
      if (pid === undefined) continue;
      process.kill(pid, 'SIGKILL');
      const killedAtMs = Date.now();
      await untilReady(server.url, server);
      report(`kill ${kill + 1}: ready again after ${Date.now() - killedAtMs} ms`);
    }
    const [a, b, spans] = (await writing) as [Sent, Sent, Sent];
    report(`acknowledged: ${a.acked + b.acked} lines, ${spans.acked} spans; ${a.failed + b.failed + spans.failed} requests broke`);

    for (const [name, sent] of [
      ['a', a],
      ['b', b],
    ] as const) {
      const stored = await storedLines(server, name);
      // A request that broke may have been stored all the same, but never twice.
      expect(Math.max(...stored.values()), name).toBe(1);
      expect(stored.size, name).toBeGreaterThanOrEqual(sent.acked);
      expect(stored.size, name).toBeLessThanOrEqual(sent.acked + sent.failed * 100);
      expect(sent.acked).toBeGreaterThan(0);
    }
    expect(await storedSpans(server)).toBeGreaterThanOrEqual(spans.acked);
    const scraped = target.scrapes;
    await until('scrapes after the last kill', async () => ((await server.query('scrapes_total'))[0]?.value ?? 0) > scraped);
  });

  async function storedSpans(server: RunningServer): Promise<number> {
    type Answer = { traces: { spanSets: { matched: number }[] }[] };
    const search = new URLSearchParams({
      q: '{ resource.service.name = "spans" }',
      start: `${Math.floor(Date.now() / 1000) - 3600}`,
      end: `${Math.ceil(Date.now() / 1000)}`,
      limit: '100000',
    });
    const { traces } = await server.api<Answer>(`/api/search?${search}`);
    return traces.reduce((total, { spanSets }) => total + (spanSets[0]?.matched ?? 0), 0);
  }
});
