// Walks sections 6 and 7 of the instructor guide as a class does, in a real browser: on `npm start`, and on the guide's own files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queriesOfTheGuide, validPayload } from '../testing/guide.ts';
import {
  type Running,
  type RunningServer,
  root,
  run,
  startPredictionService,
  startServer,
  startWebhookReceiver,
  until,
  untilReady,
  type WebhookReceiver,
} from '../testing/processes.ts';

const executablePath = process.env.ALIDADE_BROWSER ?? '/usr/bin/chromium';
const labs = process.env.ALIDADE_LABS;
const hasBrowser = existsSync(executablePath);
const SERVICE = 'http://127.0.0.1:5000';
const MINUTE = 60_000;

/** What differs between the two walks. */
interface Walk {
  readonly url: string;
  readonly dashboard: string;
  readonly alertPanel: string;
  readonly panels: readonly string[];
  stopService(): Promise<void>;
  startService(): Promise<void>;
}

const predict = (body: unknown) =>
  fetch(`${SERVICE}/v1/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function ask<T>(url: string, path: string): Promise<T> {
  const answer = (await (await fetch(url + path)).json()) as { data: T };
  return answer.data;
}

const stateOf = async (url: string, alertname: string) => {
  const { groups } = await ask<{ groups: { rules: { name: string; state?: string }[] }[] }>(url, '/api/v1/rules?type=alert');
  return groups.flatMap((group) => group.rules).find((rule) => rule.name === alertname)?.state;
};

const hasState = (url: string, alertname: string, state: string) =>
  until(`${alertname} is ${state}`, async () => (await stateOf(url, alertname)) === state, 2 * MINUTE, 250);

describe.skipIf(!hasBrowser)('the instructor guide, sections 6 and 7', () => {
  let browser: Browser;
  let page: Page;
  let hook: WebhookReceiver;

  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
    browser = await chromium.launch({ executablePath, args: [...args, '--disable-component-update'] });
    page = await browser.newPage({ viewport: { width: 1440, height: 1400 } });
  });
  afterAll(() => browser?.close());

  async function seesFiring(walk: Walk, alertname: string): Promise<void> {
    await page.goto(`${walk.url}/alerts`);
    await page.getByRole('listitem').filter({ hasText: alertname }).first().waitFor();
    expect(await page.getByText('Firing now').isVisible()).toBe(true);
    await page.goto(walk.url + walk.dashboard);
    const panel = page.getByRole('region', { name: walk.alertPanel });
    await panel.getByRole('listitem').filter({ hasText: alertname }).filter({ hasText: 'Firing' }).waitFor();
    await until(`webhook about ${alertname}`, () => hook.has(alertname, 'firing'), MINUTE);
  }

  async function everyPanelShowsData(walk: Walk): Promise<void> {
    await page.goto(walk.url + walk.dashboard);
    const seen = new Map<string, number>();
    for (const title of walk.panels) {
      const nth = seen.get(title) ?? 0;
      seen.set(title, nth + 1);
      const panel = page.getByRole('region', { name: title, exact: true }).nth(nth);
      await panel.scrollIntoViewIfNeeded();
      const hasData = async () => {
        // Whatever fails says so in an alert: "The query failed", "Query A failed", "No answer".
        if ((await panel.getByRole('alert').count()) > 0) return false;
        const content = ((await panel.textContent()) ?? '').slice(title.length);
        return content !== '' && !/^(No data|No query|Loading)/.test(content);
      };
      await until(`data in the panel "${title}"`, hasData, MINUTE);
    }
  }

  async function walkThrough(walk: Walk): Promise<void> {
    const targets = async () =>
      (await ask<{ activeTargets: { labels: { job: string }; health: string }[] }>(walk.url, '/api/v1/targets')).activeTargets;
    await until('both targets are up', async () => {
      const up = (await targets()).filter((target) => target.health === 'up').map((target) => target.labels.job);
      return up.includes('prometheus') && up.includes('ml-api');
    });
    await page.goto(`${walk.url}/targets`);
    await page.getByText('ml-api').first().waitFor();

    expect((await predict(validPayload)).status).toBe(200);
    // A rate needs two scrapes of a series.
    for (const query of queriesOfTheGuide)
      await until(`an answer to ${query}`, async () => (await instant(walk.url, query)).length > 0, MINUTE);
    await everyPanelShowsData(walk);

    for (let i = 0; i < 5; i++) expect((await predict({ invalid: 'data' })).ok).toBe(false);
    await hasState(walk.url, 'DemoHighErrorCount', 'pending');
    await hasState(walk.url, 'DemoHighErrorCount', 'firing');
    await seesFiring(walk, 'DemoHighErrorCount');

    // The rule wants a rate of 0.5 over a minute to last for half a minute: thirty predictions as in the guide, and thirty more.
    for (let round = 0; round < 2; round++) await Promise.all(Array.from({ length: 30 }, () => predict(validPayload)));
    await hasState(walk.url, 'DemoHighRequestRate', 'firing');
    await seesFiring(walk, 'DemoHighRequestRate');

    await walk.stopService();
    await hasState(walk.url, 'APIDown', 'firing');
    await seesFiring(walk, 'APIDown');
    await walk.startService();
    for (const alertname of ['APIDown', 'DemoHighRequestRate']) {
      await hasState(walk.url, alertname, 'inactive');
      await until(`webhook: ${alertname} resolved`, () => hook.has(alertname, 'resolved'), 2 * MINUTE);
    }
  }

  const instant = async (url: string, query: string) =>
    (await ask<{ result: unknown[] }>(url, `/api/v1/query?query=${encodeURIComponent(query)}`)).result;

  it('works on npm start', { timeout: 15 * MINUTE }, async () => {
    hook = await startWebhookReceiver(5999);
    const dataDir = await mkdtemp(join(tmpdir(), 'alidade-walk-'));
    const demo = run('npm', ['start', '--', '--data', dataDir], {}, true);
    let service: Running | undefined;
    try {
      await untilReady('http://127.0.0.1:9090', demo, 5 * MINUTE);
      await walkThrough({
        url: 'http://127.0.0.1:9090',
        dashboard: '/d/churn-service',
        alertPanel: 'Active alerts',
        panels: panelsOf(join(root, 'examples/churn-lab/grafana/dashboards/churn-lab/churn-service.json')),
        stopService: async () => endProcess(demo, /prediction-api\/dist\/main\.js$/),
        startService: async () => {
          service = await startPredictionService();
        },
      });
    } finally {
      await demo.stop('SIGINT');
      await service?.stop();
      await hook.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it.skipIf(!labs)('works on the guide’s own files, to the letter (skipped without ALIDADE_LABS)', { timeout: 15 * MINUTE }, async () => {
    hook = await startWebhookReceiver();
    const folder = await mkdtemp(join(tmpdir(), 'alidade-walk-'));
    const receivers = `route: {receiver: class, group_by: [alertname], group_wait: 0s, group_interval: 5s}\nreceivers: [{name: class, webhook_configs: [{url: "${hook.url}"}]}]\n`;
    await writeFile(join(folder, 'alertmanager.yml'), receivers);
    const lab = join(labs as string, 'lab-05');
    let service: Running | undefined = await startPredictionService();
    let server: RunningServer | undefined;
    try {
      const args = [lab, '--resolve', 'app=127.0.0.1', '--alertmanager-config', join(folder, 'alertmanager.yml')];
      server = await startServer(args, { port: 9090, dataDir: join(folder, 'data') });
      await walkThrough({
        url: server.url,
        dashboard: '/d/ml-api-monitoring',
        alertPanel: 'Active Alerts',
        panels: panelsOf(join(lab, 'grafana/dashboards/ml-api-dashboard.json')),
        stopService: async () => {
          await service?.stop();
          service = undefined;
        },
        startService: async () => {
          service = await startPredictionService();
        },
      });
    } finally {
      await server?.stop();
      await service?.stop();
      await hook.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Titles of the panels that query, from a dashboard's file. */
function panelsOf(file: string): string[] {
  interface FilePanel {
    readonly title: string;
    readonly targets?: readonly unknown[];
    readonly panels?: readonly FilePanel[];
  }
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: FilePanel[] };
  const all = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  return all.filter((panel) => panel.targets !== undefined).map((panel) => panel.title);
}

/** Ends the process that `started` has brought up and whose command line matches, as the guide's `docker-compose stop app` does. */
function endProcess(started: Running, pattern: RegExp): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    if (groupOf(pid) === started.child.pid && pattern.test(procFile(pid, 'cmdline').split('\0').join(' ').trim()))
      process.kill(Number(pid), 'SIGTERM');
}

/** The process group, the third field after the program's name; other tests have the same programs running. */
const groupOf = (pid: string) => Number(procFile(pid, 'stat').split(') ').at(-1)?.split(' ')[2]);

/** A file of a process; '' when it is gone. */
function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
