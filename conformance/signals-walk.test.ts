// By clicks, in a real browser: from a failed prediction's log line to its trace, to the request rate at that minute, and back, with
// time and labels kept.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validPayload } from './testing/guide.ts';
import { type ConfigFolder, makeFolder } from './testing/lab.ts';
import { freePort, type Running, type RunningServer, root, run, startServer, until } from './testing/processes.ts';

const executablePath = process.env.ALIDADE_BROWSER ?? '/usr/bin/chromium';
const SERVICE = 'ml-prediction-api';
const MINUTE = 60_000;

describe.skipIf(!existsSync(executablePath))('from log to trace to metric', () => {
  let folder: ConfigFolder;
  let server: RunningServer;
  let service: Running;
  let browser: Browser;
  let page: Page;
  let servicePort: number;
  const faults: string[] = [];

  const predict = (body: unknown) =>
    fetch(`http://127.0.0.1:${servicePort}/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  beforeAll(async () => {
    servicePort = await freePort();
    const target = `{ targets: ['127.0.0.1:${servicePort}'], labels: { service: ${SERVICE} } }`;
    folder = await makeFolder({
      'prometheus.yml': `scrape_configs: [{ job_name: ml-api, scrape_interval: 1s, static_configs: [${target}] }]\n`,
    });
    server = await startServer([folder.dir]);
    service = run(process.execPath, [join(root, 'examples/prediction-api/dist/main.js')], {
      PORT: String(servicePort),
      LOKI_URL: server.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_SERVICE_NAME: SERVICE,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    });
    await until('the service', () => service.output().includes('listens on'));
    // A rate needs requests at several scrapes.
    for (let i = 0; i < 8; i++) {
      expect((await predict(validPayload)).status).toBe(200);
      if (i % 4 === 0) expect((await predict({ invalid: 'data' })).status).toBe(400);
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    type Answer = { data: { result: unknown[] } };
    const query = `{service="${SERVICE}"} |= "Prediction failed"`;
    await until('the failed lines', async () => {
      const { data } = await server.api<Answer>(`/loki/api/v1/query_range?${new URLSearchParams({ query })}`);
      return data.result.length > 0;
    });
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
    browser = await chromium.launch({ executablePath, args });
    page = await browser.newPage({ viewport: { width: 1440, height: 1200 } });
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => faults.push(String(error)));
  }, 3 * MINUTE);

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    await server?.stop();
    await folder?.remove();
  });

  const here = () => new URL(page.url());
  /** The span of time that the address names, in Unix milliseconds; relative ones end now. */
  const range = () => {
    const [from, to] = ['from', 'to'].map((name) => Number(here().searchParams.get(name)));
    return { from: from ?? Number.NaN, to: to ?? Number.NaN };
  };
  /** A link to the metrics of the service: it leads to those of every service until the screen knows how this one's are called. */
  const toMetrics = (name: string) => page.locator(`a[href*="${SERVICE}"]`, { hasText: name }).first();
  const failedLine = () => page.getByRole('button', { name: /^error, .*Prediction failed/ }).first();

  it('leads by clicks and keeps time and labels', { timeout: 3 * MINUTE }, async () => {
    await page.goto(`${server.url}/`);
    await page.getByRole('link', { name: 'All logs' }).click();
    await failedLine().waitFor();
    expect(here().pathname).toBe('/logs');

    await failedLine().click();
    await page.getByRole('link', { name: 'Trace', exact: true }).first().click();
    await page.getByText(/2 spans failed/).waitFor();
    expect(here().pathname).toMatch(/^\/trace\/[0-9a-f]{32}$/);
    const traceId = here().pathname.split('/').at(-1) as string;
    await page.getByText('validate').first().waitFor();

    await toMetrics('Request rate at that minute').click();
    await page.waitForURL(/\/explore/);
    const expr = here().searchParams.get('q') ?? '';
    expect(expr).toMatch(/rate\(/);
    expect(expr).toContain(SERVICE);
    expect(range().from).toBeLessThan(Date.now());
    expect(range().to).toBeGreaterThan(Date.now() - 5 * MINUTE);
    await page.locator('canvas').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);

    await page.goBack();
    await page.getByText(/2 spans failed/).waitFor();
    await page.getByRole('link', { name: 'Logs of this trace' }).click();
    await page.waitForURL(/\/logs/);
    expect(here().searchParams.get('q')).toContain(traceId);
    await failedLine().click();
    await page.getByRole('cell', { name: SERVICE }).first().waitFor();
    expect(await page.getByText(traceId).count()).toBeGreaterThan(0);
    const { from, to } = range();
    expect(to - from).toBeLessThanOrEqual(10 * MINUTE);

    await toMetrics('Metrics at this minute').click();
    await page.waitForURL(/\/explore/);
    expect(here().searchParams.get('q')).toContain(SERVICE);
    await page.goBack();
    await failedLine().waitFor();
    expect(range()).toEqual({ from, to });
    expect(faults).toEqual([]);
  });

  it('finds the failed trace by the search form', { timeout: 2 * MINUTE }, async () => {
    await page.goto(`${server.url}/traces`);
    await page.getByRole('button', { name: 'Failed only' }).click();
    await until('only failed traces', async () => /status\s*=\s*error/.test(here().searchParams.get('q') ?? ''));
    // The list of before may still be there.
    const failed = page
      .getByRole('row')
      .filter({ hasText: 'POST /v1/predict' })
      .filter({ hasText: /2 errors/ });
    await failed.first().getByRole('link').first().click();
    await page.getByText(/2 spans failed/).waitFor();
    expect(faults).toEqual([]);
  });
});
