// From a sample to a webhook and back: rules, routing and delivery together, on real time and real HTTP, over a restart.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createAlerting } from '../server/alerting/alerting.ts';
import { addExternalLabels } from '../server/alerting/external-labels.ts';
import { readAlertmanager } from '../server/config/alertmanager.ts';
import type { RuleGroupConfig } from '../server/config/rule-groups.ts';
import { systemClock } from '../server/model/clock.ts';
import { Labels } from '../server/model/labels.ts';
import { createQueryEngine } from '../server/promql/engine/query-engine.ts';
import { createRuleManager } from '../server/rules/manager.ts';
import { openStore } from '../server/storage/clickhouse/open.ts';
import { openMemoryStore } from '../server/storage/memory/open.ts';
import type { Store } from '../server/storage/store.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const SOON = { timeout: 10_000 };

const GROUPS: readonly RuleGroupConfig[] = [
  {
    name: 'demo',
    file: 'rules.yml',
    intervalMs: 200,
    queryOffsetMs: 0,
    limit: 0,
    labels: {},
    rules: [
      { type: 'recording', record: 'job:up:min', expr: 'min by (job) (up)', labels: {} },
      {
        type: 'alerting',
        alert: 'APIDown',
        expr: 'job:up:min == 0',
        forMs: 400,
        keepFiringForMs: 0,
        labels: { severity: 'critical' },
        annotations: { summary: '{{ $labels.job }} is down ({{ $value }})' },
      },
    ],
  },
];

interface Told {
  readonly status: string;
  readonly alerts: readonly {
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
    readonly startsAt: string;
  }[];
}

async function webhook(): Promise<{ url: string; told: Told[] }> {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      told.push(JSON.parse(body) as Told);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, told };
}

/** Everything between the store and the receiver. */
async function start(store: Store, url: string) {
  const clock = systemClock;
  const text = `
route: { receiver: r, group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h, group_by: [alertname] }
receivers: [ { name: r, webhook_configs: [ { url: '${url}' } ] } ]`;
  const { config, file } = await readAlertmanager('alertmanager.yml', text, (path) => path);
  expect(file.problems).toEqual([]);
  const engine = createQueryEngine({ store: store.metrics, clock, workers: 0 });
  const alerting = createAlerting({ clock, state: store.state, externalUrl: 'http://localhost:9090', resolve: {} });
  await alerting.apply(config);
  const rules = createRuleManager({
    engine,
    store: store.metrics,
    state: store.state,
    clock,
    onAlerts: (alerts) => alerting.push(addExternalLabels(alerts, { region: 'eu' }, [])),
    externalUrl: 'http://localhost:9090',
    externalLabels: { region: 'eu' },
  });
  await rules.apply(GROUPS);
  const stop = async () => {
    await rules.stop();
    await alerting.stop();
    await engine.close();
  };
  return { alerting, rules, stop };
}

/** Writes `up` ten times a second, as `value()` says, into the store that is open. */
function scrape(storeNow: () => Store | undefined, value: () => number): void {
  const timer = setInterval(() => {
    const appender = storeNow()?.metrics.appender();
    if (!appender) return;
    appender.append(appender.seriesRef(Labels.from({ __name__: 'up', job: 'api', instance: 'a' })), Date.now(), value());
    void appender.commit();
  }, 100);
  closers.push(() => clearInterval(timer));
}

/** What a process has open: after `reopen` everything comes from the disk. The memory store stands in for a store that stayed. */
const STORES = {
  async memory() {
    const store = openMemoryStore(systemClock);
    return { store, reopen: async () => store };
  },
  async chdb() {
    const dataDir = mkdtempSync(join(tmpdir(), 'alidade-pipeline-'));
    let store = await openStore({ dataDir, clock: systemClock });
    closers.push(async () => {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const reopen = async () => {
      await store.close();
      store = await openStore({ dataDir, clock: systemClock });
      return store;
    };
    return { store, reopen };
  },
};

it.each(['memory', 'chdb'] as const)('tells of an alert once, also over a restart, and of its end (%s)', async (kind) => {
  const { store, reopen } = await STORES[kind]();
  let open: Store | undefined = store;
  const { url, told } = await webhook();
  let up = 1;
  scrape(
    () => open,
    () => up,
  );
  const first = await start(store, url);
  closers.push(first.stop);
  const stateOf = ({ rules }: typeof first) =>
    rules.groups()[0]?.rules.map((rule) => (rule.type === 'alerting' ? rule.state : rule.health));
  await expect.poll(() => stateOf(first), SOON).toEqual(['ok', 'inactive']);
  up = 0;
  await expect.poll(() => stateOf(first), SOON).toEqual(['ok', 'pending']);
  await expect.poll(() => told.length, SOON).toBe(1);
  expect(told[0]).toMatchObject({
    status: 'firing',
    alerts: [
      { labels: { alertname: 'APIDown', job: 'api', region: 'eu', severity: 'critical' }, annotations: { summary: 'api is down (0)' } },
    ],
  });
  // At once: what is under way is finished and remembered.
  await first.stop();
  expect(first.alerting.notifications()).toMatchObject([{ outcome: 'sent', reason: 'first notification', firing: 1 }]);

  open = undefined;
  open = await reopen();
  const second = await start(open, url);
  closers.push(second.stop);
  await expect.poll(() => stateOf(second), SOON).toEqual(['ok', 'firing']);
  await expect
    .poll(() => second.alerting.groups().flatMap(({ decisions }) => decisions.map(({ outcome }) => outcome)), SOON)
    .toEqual(['not sent']);
  expect(told).toHaveLength(1);
  up = 1;
  await expect.poll(() => told.length, SOON).toBe(2);
  expect(told[1]).toMatchObject({ status: 'resolved', alerts: [{ startsAt: told[0]?.alerts[0]?.startsAt }] });
  await expect
    .poll(() => second.alerting.notifications(), SOON)
    .toMatchObject([{ outcome: 'sent', reason: 'all alerts resolved', resolved: 1 }]);
});
