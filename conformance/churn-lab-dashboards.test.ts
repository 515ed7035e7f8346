// Every dashboard of the churn lab in a real browser, with live data: the example under traffic, GPUs by a stand-in for nvidia-smi, pods by
// recorded expositions. No panel shows an error, and each has data, but for those that are listed with the reason.
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import project from '../examples/churn-lab/churn-lab.alidade.ts';
import { type ChurnWorld, startChurnWorld } from './testing/churn-world.ts';
import { until } from './testing/processes.ts';

const executablePath = process.env.ALIDADE_BROWSER ?? '/usr/bin/chromium';
const isFull = process.env.ALIDADE_FULL === '1';
const MINUTE = 60_000;

/** Panel types that are not drawn yet; their queries run, and their newest values are shown. */
const NOT_DRAWN = new Set(['bargauge', 'heatmap', 'logs', 'state-timeline', 'table']);

/** Rules that sum up thirty days run every two and a half minutes: there is nothing before. The full tests wait for them. */
const SLOW_RULES = /slo:(objective|error_budget|events|events_failed|current_burn_rate|period_|budget_exhaustion|sli_error:ratio_rate30d)/;

interface DefinedPanel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly type: string };
  readonly targets?: readonly { readonly expr: string }[];
}

/** Why a panel may be without data; undefined = it must have some. */
function excuseOf({ datasource, targets = [] }: DefinedPanel): string | undefined {
  if (targets.length === 0) return 'it asks nothing';
  if (datasource?.type === 'loki') return 'panels do not ask in LogQL yet';
  if (!isFull && targets.every(({ expr }) => SLOW_RULES.test(expr))) return 'its rules are slow';
  return undefined;
}

/** What a panel shows. */
interface SeenPanel {
  readonly title: string;
  readonly text: string;
  readonly hasFault: boolean;
}

describe.skipIf(!existsSync(executablePath))('the dashboards of the churn lab', () => {
  let world: ChurnWorld;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    world = await startChurnWorld();
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
    browser = await chromium.launch({ executablePath, args });
    // So high that all panels are in sight: others ask nothing.
    page = await browser.newPage({ viewport: { width: 1440, height: 2600 } });
    page.on('pageerror', (error) => faults.push(String(error)));
    await world.ask(isFull ? 3 * MINUTE : 5_000);
    await until(
      'the host collector has been asked twice',
      async () => (await world.server.query('rate(node_cpu_seconds_total[1m])')).length > 0,
      MINUTE,
    );
  }, 5 * MINUTE);
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  const seen = (): Promise<SeenPanel[]> =>
    page.getByRole('region').evaluateAll((regions) =>
      regions.map((region) => ({
        title:
          region.getAttribute('aria-label') ??
          region.ownerDocument.getElementById(region.getAttribute('aria-labelledby') ?? '')?.textContent ??
          '',
        text: region.textContent ?? '',
        hasFault: region.querySelector('[role=alert]') !== null,
      })),
    );

  it.each(project.dashboards.map(({ title, uid, json }) => [title, uid, json.panels as DefinedPanel[]] as const))(
    '%s',
    { timeout: MINUTE },
    async (_title, uid, defined) => {
      const panels = defined.filter(({ type }) => type !== 'row');
      await page.goto(`${world.server.url}/d/${uid}?from=now-5m&to=now`);
      const complaints = async (): Promise<string[]> => {
        const shown = await seen();
        const bodies = new Map(panels.map(({ title }) => [title, shown.filter((region) => region.title === title)]));
        return panels.flatMap((panel) => {
          const region = bodies.get(panel.title)?.shift();
          if (!region) return [`${panel.title} is not there`];
          const said = region.text.slice(panel.title.length);
          if (region.hasFault) return [`${panel.title} shows an error: ${said}`];
          const type = /Panels of type “([\w-]+)” are not drawn yet/.exec(said)?.[1];
          if (type !== undefined && !NOT_DRAWN.has(type)) return [`${panel.title} is of type ${type}, which is not drawn`];
          const isEmpty = said === '' || /^(Loading|No query)|No data/.test(said);
          return isEmpty && excuseOf(panel) === undefined ? [`${panel.title}: ${said}`] : [];
        });
      };
      let found: string[] = [];
      const isFine = async () => {
        found = await complaints();
        return found.length === 0;
      };
      // What was found at the end says more than that time was up.
      await until(`data in all panels of ${uid}`, isFine, 20_000, 200).catch(() => undefined);
      expect(found).toEqual([]);
      expect(faults).toEqual([]);
    },
  );
});
