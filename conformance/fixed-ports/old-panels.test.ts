// The dashboard of the day-58 lab, wrapped in {"dashboard": …} and made of the panel types graph and singlestat, drawn in a real browser.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validPayload } from '../testing/guide.ts';
import { type Running, type RunningServer, startPredictionService, startServer, until } from '../testing/processes.ts';

const executablePath = process.env.ALIDADE_BROWSER ?? '/usr/bin/chromium';
const labs = process.env.ALIDADE_LABS ?? '';
/** Where the lab's prometheus.yml looks for its service. */
const SERVICE_PORT = 8080;

describe.skipIf(labs === '' || !existsSync(executablePath))('the dashboard of day-58 (ALIDADE_LABS)', () => {
  let server: RunningServer;
  let service: Running;
  let browser: Browser;

  beforeAll(async () => {
    service = await startPredictionService(SERVICE_PORT);
    server = await startServer([join(labs, 'day-58'), '--resolve', 'ml-service=127.0.0.1']);
    const body = JSON.stringify(validPayload);
    const headers = { 'content-type': 'application/json' };
    await until(
      'a rate of predictions',
      async () => {
        await fetch(`http://127.0.0.1:${SERVICE_PORT}/v1/predict`, { method: 'POST', headers, body });
        return (await server.query('rate(ml_model_predictions_total[5m])')).length > 0;
      },
      90_000,
      1_000,
    );
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'] });
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await service?.stop();
  });

  it('shows its old panels with data', { timeout: 120_000 }, async () => {
    const [summary] = await server.api<{ uid: string; title: string }[]>('/api/ui/dashboards');
    expect(summary?.title).toBe('ML System Overview');
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    await page.goto(`${server.url}/d/${summary?.uid}?from=now-5m&to=now&refresh=5s`);
    const graph = page.getByRole('region', { name: 'Model Prediction Rate' });
    await graph.locator('canvas').first().waitFor();
    const stat = page.getByRole('region', { name: 'Model Accuracy' });
    await until('the accuracy', async () => /0\.\d/.test((await stat.textContent()) ?? ''));
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.getByText('not supported').count()).toBe(0);
  });
});
