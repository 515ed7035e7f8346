// Takes the pictures in docs/ from a running demonstration: `npm start`, send the bad requests, wait for the alert, then
//   node scripts/screenshots.mjs [URL]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBrowser } from './browser.mjs';
import { root } from './install.mjs';

const url = process.argv[2] ?? 'http://127.0.0.1:9090';
const explore = `/explore?q=${encodeURIComponent('sum by (model_version) (rate(ml_predictions_total[1m]))')}`;
const trace = `/trace/${await failedTrace()}`;
const SCREENS = {
  home: '/',
  dashboards: '/dashboards',
  dashboard: '/d/churn-service',
  explore,
  logs: '/logs?from=now-5m&to=now',
  traces: '/traces?from=now-5m&to=now',
  trace,
  alerts: '/alerts',
  targets: '/targets',
};
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];

/** The id of the newest trace with an error: one of the bad requests. */
async function failedTrace() {
  const search = new URLSearchParams({ q: '{ status = error }', limit: '1' });
  const { traces } = await (await fetch(`${url}/api/search?${search}`)).json();
  if (traces.length === 0) throw new Error('there is no failed trace: send the bad requests first');
  return traces[0].traceID;
}

const { path, reason } = ensureBrowser();
if (!path) throw new Error(`no browser: ${reason}`);
mkdirSync(join(root, 'docs'), { recursive: true });
const browser = await chromium.launch({ executablePath: path, args: ARGS });
for (const colorScheme of ['light', 'dark']) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme });
  for (const [name, route] of Object.entries(SCREENS)) {
    await page.goto(url + route);
    await page.waitForTimeout(3_000);
    await page.screenshot({ path: join(root, 'docs', `${name}-${colorScheme}.png`) });
    console.log(`docs/${name}-${colorScheme}.png`);
  }
  await page.close();
}
await browser.close();
