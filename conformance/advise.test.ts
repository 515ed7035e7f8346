// Advice of a running server: counted on what it scraped, proved by what it was asked, applied to what it scrapes next, and taken back.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricsOptimizer } from '@alidade/sdk/advise';
import type { AdviceProof, AdviceReport, MetricDetail } from '@alidade/sdk/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adviseCommand } from '../server/cli/advise.ts';
import { runCommand } from './testing/commands.ts';
import { type RunningServer, root, run, startServer, until } from './testing/processes.ts';
import { type WrittenSeries, writeSamples } from './testing/remote-write-client.ts';

const SHARDS = 60;

let dir: string;
let target: Server;
let server: RunningServer;
let instance: string;

/** What the service exposes: two metrics that somebody reads, one that nobody does, one with a user in each series. */
function exposition(): string {
  const lines = ['# TYPE requests_total counter', `requests_total{code="200"} ${Date.now()}`, `requests_total{code="500"} 3`];
  for (let i = 0; i < SHARDS; i++) lines.push(`unread_bytes{shard="s${i}"} ${i}`, `logins_total{user_id="user_${1_000 + i}"} ${i}`);
  return `${lines.join('\n')}\n`;
}

beforeAll(async () => {
  target = createServer((_request, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(exposition()));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  instance = `127.0.0.1:${(target.address() as AddressInfo).port}`;
  dir = await mkdtemp(join(tmpdir(), 'alidade-advise-'));
  await writeFile(
    join(dir, 'prometheus.yml'),
    `global: { scrape_interval: 200ms, evaluation_interval: 1h }
storage: { tsdb: { out_of_order_time_window: 4h } }
rule_files: [rules.yml]
scrape_configs: [{ job_name: lab, static_configs: [{ targets: ['${instance}'] }] }]
`,
  );
  const rule = '{ alert: Errors, expr: "sum by (job) (rate(requests_total{code=\\"500\\"}[5m])) > 1" }';
  await writeFile(join(dir, 'rules.yml'), `groups: [{ name: g, rules: [${rule}] }]\n`);
  server = await startServer([dir]);
  await writePast();
  // By its labels: a query would be a reader.
  await until(
    'the target was scraped',
    async () => (await server.api<{ data: string[] }>('/api/v1/label/user_id/values')).data.length === SHARDS,
  );
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await new Promise((resolve) => (target ? target.close(resolve) : resolve(undefined)));
  if (dir) await rm(dir, { recursive: true, force: true });
});

/** Two hours of the same series from before, so that there is something to replay. */
async function writePast(): Promise<void> {
  const endMs = Date.now() - 5_000;
  const samples = Array.from({ length: 120 }, (_, i) => ({ timestampMs: endMs - (119 - i) * 60_000, value: i }));
  const of = (labels: Record<string, string>): WrittenSeries => ({ labels: { job: 'lab', instance, ...labels }, samples });
  const shards = Array.from({ length: SHARDS }, (_, i) => of({ __name__: 'unread_bytes', shard: `s${i}` }));
  await writeSamples(server.url, [
    ...shards,
    of({ __name__: 'requests_total', code: '200' }),
    of({ __name__: 'requests_total', code: '500' }),
  ]);
}

/** Runs `alidade advise` and answers what it printed and its status. */
async function advise(...args: readonly string[]): Promise<{ output: string; status: number | null }> {
  const { stdout, stderr, status } = await runCommand(adviseCommand(), ['--url', server.url, ...args]);
  return { output: stdout + stderr, status };
}

/** The same in a process of its own. */
async function adviseInProcess(...args: readonly string[]): Promise<{ output: string; status: number | null }> {
  const running = run(join(root, 'server/bin/alidade'), ['advise', '--url', server.url, ...args]);
  const status = await new Promise<number | null>((resolve) => running.child.once('close', resolve));
  return { output: running.output(), status };
}

/** Samples that a scrape brings after relabelling; 0 as long as there was none. */
async function scrapedSamples(): Promise<number> {
  return (await server.query('scrape_samples_post_metric_relabeling{job="lab"}'))[0]?.value ?? 0;
}

describe('alidade advise', () => {
  it('names what nobody reads and what explodes, with the proof', async () => {
    await server.query('sum by (code) (rate(requests_total[5m]))');
    await server.query('sum(rate(logins_total[5m]))');
    const { output, status } = await adviseInProcess('--json');
    expect(status, output).toBe(0);
    const { report, proofs } = JSON.parse(output) as { report: AdviceReport; proofs: AdviceProof[] };
    expect(report.queries).toMatchObject({ asked: 2, rules: 1, dashboards: 0, unreadable: 0 });
    expect(report.metrics.find(({ name }) => name === 'unread_bytes')).toMatchObject({ series: SHARDS, readers: 0 });
    expect(report.metrics.find(({ name }) => name === 'requests_total')).toMatchObject({ series: 2, readers: 2 });
    expect(report.labels.find(({ name }) => name === 'user_id')).toMatchObject({ values: SHARDS, pattern: 'numbered id', metricsRead: 0 });
    const ids = report.advice.map(({ id }) => id);
    expect(ids).toContain('drop-metric:unread_bytes');
    expect(ids).toContain('aggregate:logins_total:user_id');
    expect(proofs.find(({ id }) => id === 'drop-metric:unread_bytes')).toMatchObject({ verdict: 'same', queries: 3, untouched: 3 });
    const detail = await server.api<MetricDetail>('/api/ui/advice/metric?name=logins_total');
    expect(detail.labels[0]).toMatchObject({ name: 'user_id', values: SHARDS, isRead: false });
    expect((await advise('drop-metric:unread_bytes')).output).toContain('proof: All 3 stored queries give the same answers');
  });

  it('applies what is proved to the next scrapes, says so, and takes it back', async () => {
    const before = await scrapedSamples();
    const unnamed = await advise('--apply');
    expect(unnamed).toMatchObject({ status: 1, output: expect.stringContaining('queries are known for 0.0 days only') });
    const applied = await advise('--apply', 'drop-metric:unread_bytes');
    expect(applied, applied.output).toMatchObject({ status: 0 });
    const file = join(dir, 'prometheus.advice.yml');
    const text = await readFile(file, 'utf8');
    expect(text).toContain('metric_relabel_configs:\n  - source_labels:\n      - __name__\n    regex: unread_bytes\n    action: drop\n');
    await until('scrapes bring less', async () => (await scrapedSamples()) === before - SHARDS);
    const { config } = await server.api<{ config: { advice?: unknown } }>('/api/ui/status');
    expect(config.advice).toEqual({ file, rules: 1 });
    expect(JSON.stringify(await server.api('/api/v1/status/config'))).toContain('regex: unread_bytes');
    expect((await advise('--revert')).output).toContain(`removed: ${file}`);
    await until('scrapes bring as much as before', async () => (await scrapedSamples()) === before);
  });

  it('does not apply what a query would notice', async () => {
    // The exercise's own question, which looks at every metric.
    const analysis = await new MetricsOptimizer().analyzeCardinality(server.url);
    expect(analysis.metrics).toMatchObject({ unread_bytes: SHARDS, logins_total: SHARDS, requests_total: 2 });
    expect(analysis.high_cardinality_metrics).toEqual([]);
    // The report of other days is counted anew.
    const { output, status } = await advise('--days', '29', '--apply', 'drop-metric:unread_bytes');
    expect(status).toBe(1);
    expect(output).toContain('left out: drop-metric:unread_bytes: 1 of ');
    const proof = await server.api<AdviceProof>('/api/ui/advice/proof?days=29&id=drop-metric:unread_bytes');
    expect(proof).toMatchObject({ verdict: 'changes', changed: 1, changes: [{ source: 'asked once' }] });
    expect(proof.changes[0]?.expr).toBe('count by (__name__) ({__name__=~".+"})');
  });

  it('answers bad questions clearly, and prices the exercise without a server', async () => {
    expect(JSON.stringify(await server.api('/api/ui/advice?days=0'))).toContain('days must be a whole number from 1 to 90');
    expect(await advise('nothing:here')).toMatchObject({ status: 2, output: expect.stringContaining('there is no advice "nothing:here"') });
    const bill = await advise('--exercise');
    expect(bill.output).toContain('75000 series, 25.9 GB of metrics on each replica, 15.0 GB of logs');
    expect(bill.output).toMatch(/\$192\.65 a month, within the budget of \$5000\.00/);
  });
});
