// 20,000 log lines and 5,000 spans a second, beside scraping: memory stays flat and the event loop is held. Five minutes with
// ALIDADE_FULL=1, ten seconds otherwise.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigFolder, makeFolder, ownMetrics, processBytes, report, serverPid, sleep } from './testing/lab.ts';
import { type RunningServer, startServer } from './testing/processes.ts';
import { type Sent, writeLines, writeSpans } from './testing/signal-writers.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const SECONDS = isFull ? 300 : 10;
const LINES_PER_SECOND = 20_000;
const SPANS_PER_SECOND = 5_000;
const LINE_WRITERS = 4;
const SPAN_WRITERS = 2;
const LINES_PER_REQUEST = 500;
const SPANS_PER_REQUEST = 100;
/** The goal is 50 ms; a noisy machine, on which the writers run too, may add to it. */
const LOOP_MS = 250;
/** The writers have the same two processors; without ALIDADE_FULL they share them with other tests. */
const SHARE = isFull ? 0.9 : 0.4;

interface Measurement {
  readonly rssBytes: number;
  readonly loopP99Ms: number;
}

let folder: ConfigFolder;
let server: RunningServer;

beforeAll(async () => {
  folder = await makeFolder({ 'prometheus.yml': 'global: { scrape_interval: 1s }\nscrape_configs: []\n' });
  server = await startServer([folder.dir]);
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await folder?.remove();
});

async function measureUntil(endMs: number): Promise<Measurement[]> {
  const all: Measurement[] = [];
  const everyMs = isFull ? 10_000 : 2_000;
  await ownMetrics(server.url);
  while (Date.now() + everyMs < endMs) {
    await sleep(everyMs);
    const metrics = await ownMetrics(server.url);
    const pid = serverPid(server.child.pid ?? 0);
    all.push({
      rssBytes: pid === undefined ? Number.NaN : processBytes(pid, 'VmRSS'),
      loopP99Ms: (metrics.get('nodejs_eventloop_lag_p99_seconds') ?? Number.NaN) * 1000,
    });
  }
  return all;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const sum = (all: readonly Sent[], of: (sent: Sent) => number) => all.reduce((total, sent) => total + of(sent), 0);

describe(`${LINES_PER_SECOND} lines and ${SPANS_PER_SECOND} spans a second for ${SECONDS} s`, () => {
  it('are stored with flat memory and a held event loop', { timeout: (SECONDS + 120) * 1000 }, async () => {
    const untilMs = Date.now() + SECONDS * 1000;
    const lineRate = { batch: LINES_PER_REQUEST, perSecond: LINES_PER_SECOND / LINES_PER_REQUEST / LINE_WRITERS, untilMs };
    const spanRate = { batch: SPANS_PER_REQUEST, perSecond: SPANS_PER_SECOND / SPANS_PER_REQUEST / SPAN_WRITERS, untilMs };
    const lineWriters = Array.from({ length: LINE_WRITERS }, (_, i) => writeLines(server.url, `lines-${i}`, lineRate));
    const spanWriters = Array.from({ length: SPAN_WRITERS }, (_, i) => writeSpans(server.url, `spans-${i}`, spanRate));
    const measuring = measureUntil(untilMs);
    const [lines, spans, all] = [await Promise.all(lineWriters), await Promise.all(spanWriters), await measuring];

    const acked = { lines: sum(lines, (sent) => sent.acked), spans: sum(spans, (sent) => sent.acked) };
    const ackMs = [...lines, ...spans].flatMap((sent) => sent.ackMs).sort((a, b) => a - b);
    const loop = median(all.map(({ loopP99Ms }) => loopP99Ms));
    const megabytes = all.map(({ rssBytes }) => Math.round(rssBytes / 1e6));
    report(`${(acked.lines / SECONDS).toFixed(0)} lines/s, ${(acked.spans / SECONDS).toFixed(0)} spans/s acknowledged`);
    report(`acknowledged after ${median(ackMs).toFixed(0)} ms (p99 ${ackMs[Math.floor(ackMs.length * 0.99)]?.toFixed(0)} ms)`);
    report(`event-loop delay p99, median of ${all.length} windows: ${loop.toFixed(0)} ms; resident MB: ${megabytes.join(' ')}`);

    expect(sum([...lines, ...spans], (sent) => sent.failed)).toBe(0);
    expect(acked.lines).toBeGreaterThan(SHARE * LINES_PER_SECOND * SECONDS);
    expect(acked.spans).toBeGreaterThan(SHARE * SPANS_PER_SECOND * SECONDS);
    expect(loop).toBeLessThan(LOOP_MS);
    if (isFull) {
      const quarter = Math.floor(all.length / 4);
      const [second, last] = [all.slice(quarter, 2 * quarter), all.slice(-quarter)].map((part) =>
        median(part.map(({ rssBytes }) => rssBytes)),
      );
      expect((last ?? 0) - (second ?? 0), 'growth of memory').toBeLessThan(100e6);
    }
    await expectStored(lines, spans);
  });

  async function expectStored(lines: readonly Sent[], spans: readonly Sent[]): Promise<void> {
    type Answer = { data: { result: { metric: { writer: string }; value: [number, string] }[] } };
    const query = `sum by (writer) (count_over_time({app="load"}[${SECONDS + 60}s]))`;
    const { data } = await server.api<Answer>(`/loki/api/v1/query?${new URLSearchParams({ query })}`);
    const stored = new Map(data.result.map(({ metric, value }) => [metric.writer, Number(value[1])]));
    expect(lines.map((_, i) => stored.get(`lines-${i}`))).toEqual(lines.map(({ acked }) => acked));
    const metrics = await ownMetrics(server.url);
    expect(metrics.get('alidade_storage_spans_total')).toBe(sum(spans, (sent) => sent.acked));
  }
});
