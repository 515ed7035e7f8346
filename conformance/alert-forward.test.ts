// What an Alertmanager elsewhere gets of our rules against what it gets of a real Prometheus with the same rules.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { addExternalLabels } from '../server/alerting/external-labels.ts';
import { createForwarder } from '../server/alerting/forward.ts';
import { systemClock } from '../server/model/clock.ts';
import { createQueryEngine } from '../server/promql/engine/query-engine.ts';
import type { RelabelRule } from '../server/relabel/rule.ts';
import { createRuleManager } from '../server/rules/manager.ts';
import { openMemoryStore } from '../server/storage/memory/open.ts';
import { findPrometheus, startPrometheus } from './peers/prometheus.ts';

const EXTERNAL_URL = 'http://alidade.example.org:9090/prom';
const EXTERNAL_LABELS = { region: 'eu', severity: 'external' };
// Short, because Prometheus finds its Alertmanagers only after its first evaluations.
const RESEND_MS = 2000;
const ALERTS = [
  { alert: 'Plain', expr: 'vector(1)>0', labels: {}, annotations: {} },
  {
    alert: 'Rich',
    expr: 'label_replace(vector(0.25),"instance","a:1","","") and on() vector(1)',
    labels: { severity: 'page', internal: 'x', url: '{{ $externalURL }}' },
    annotations: {
      summary: '{{ $labels.instance }} {{ $value | humanizePercentage }} {{ $externalLabels.region }} {{ pathPrefix }} {{ externalURL }}',
    },
  },
  { alert: 'Dropped', expr: 'vector(1)', labels: { drop: 'me' }, annotations: {} },
  { alert: 'Broken', expr: 'vector(1)', labels: {}, annotations: { summary: '{{ gt $value 1 }}' } },
];
const relabelRule = (over: Partial<RelabelRule>): RelabelRule => ({
  action: 'replace',
  sourceLabels: [],
  separator: ';',
  regex: '(.*)',
  modulus: 0,
  targetLabel: '',
  replacement: '$1',
  ...over,
});
const RELABEL = [
  relabelRule({ action: 'drop', sourceLabels: ['drop'], regex: 'me' }),
  relabelRule({ action: 'labeldrop', regex: 'internal' }),
];

interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function alertmanager(): Promise<{ address: string; posted: Map<string, Posted[]> }> {
  const posted = new Map<string, Posted[]>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const path = request.url ?? '';
      posted.set(path, [...(posted.get(path) ?? []), ...(JSON.parse(body) as Posted[])]);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, posted };
}

/** The first report of each alert. Its end is the time of an evaluation, as its start, and four times the resend delay. */
function firstReports(posted: readonly Posted[]): string[] {
  const byName = new Map<string, Posted>();
  for (const alert of posted) if (!byName.has(alert.labels.alertname ?? '')) byName.set(alert.labels.alertname ?? '', alert);
  const sorted = (map: Readonly<Record<string, string>>) => Object.entries(map).sort();
  return [...byName.values()]
    .map(({ labels, annotations, startsAt, endsAt, generatorURL }) =>
      JSON.stringify({
        labels: sorted(labels),
        annotations: sorted(annotations ?? {}),
        generatorURL,
        evaluations: ((Date.parse(endsAt) - Date.parse(startsAt) - 4 * RESEND_MS) / 1000) % 1,
      }),
    )
    .sort();
}

const prometheus = findPrometheus();

describe.skipIf(!prometheus)('alerts leave as those of Prometheus (skipped without .cache/peers: run node scripts/peers.mjs)', () => {
  it('with external labels, relabelling, links and times', async () => {
    const { address, posted } = await alertmanager();
    const dir = mkdtempSync(join(tmpdir(), 'alidade-forward-'));
    closers.push(() => rmSync(dir, { recursive: true, force: true }));
    const ruleFile = join(dir, 'rules.yml');
    writeFileSync(ruleFile, JSON.stringify({ groups: [{ name: 'g', rules: ALERTS }] }));
    const config = JSON.stringify({
      global: { evaluation_interval: '1s', external_labels: EXTERNAL_LABELS },
      rule_files: [ruleFile],
      alerting: {
        alert_relabel_configs: [
          { action: 'drop', source_labels: ['drop'], regex: 'me' },
          { action: 'labeldrop', regex: 'internal' },
        ],
        alertmanagers: [{ path_prefix: '/theirs', static_configs: [{ targets: [address] }] }],
      },
    });
    const flags = [`--web.external-url=${EXTERNAL_URL}`, '--web.route-prefix=/', `--rules.alert.resend-delay=${RESEND_MS / 1000}s`];
    const peer = await startPrometheus(prometheus as string, { config, flags });
    closers.push(peer.close);

    const store = openMemoryStore(systemClock);
    const engine = createQueryEngine({ store: store.metrics, clock: systemClock, workers: 0 });
    const forwarder = createForwarder({ clock: systemClock, resolve: {} });
    await forwarder.apply([{ url: `http://${address}/ours`, timeoutMs: 5000, client: { followRedirects: true } }]);
    const manager = createRuleManager({
      engine,
      store: store.metrics,
      state: store.state,
      clock: systemClock,
      onAlerts: (alerts) => forwarder.push(addExternalLabels(alerts, EXTERNAL_LABELS, RELABEL)),
      externalUrl: EXTERNAL_URL,
      externalLabels: EXTERNAL_LABELS,
      resendDelayMs: RESEND_MS,
    });
    closers.push(async () => {
      await manager.stop();
      await forwarder.stop();
      await engine.close();
    });
    const rules = ALERTS.map((rule) => ({ type: 'alerting' as const, forMs: 0, keepFiringForMs: 0, ...rule }));
    await manager.apply([{ name: 'g', file: ruleFile, intervalMs: 1000, queryOffsetMs: 0, limit: 0, labels: {}, rules }]);

    const side = (name: string) => firstReports(posted.get(`/${name}/api/v2/alerts`) ?? []);
    await expect.poll(() => [side('theirs').length, side('ours').length], { timeout: 20_000 }).toEqual([3, 3]);
    expect(side('ours')).toEqual(side('theirs'));
  });
});
