// Objectives as people keep them in files: their generated rules are good to promtool and alert as they should; what the rules record is
// what is calculated directly; and the running server, the command line and SLOTracker tell the same.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SloDetail, SloList, SloStatus } from '@alidade/sdk/schema';
import { generateSloRules, generateSloRuleTests, SLOTracker, type Slo, sliExpressions, slo, sloSelector } from '@alidade/sdk/slo';
import { writeSlos } from '@alidade/sdk/slo/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadChecked } from '../server/app-config.ts';
import { sloCommand } from '../server/cli/slo.ts';
import { FakeClock } from '../server/model/fake-clock.ts';
import { Labels } from '../server/model/labels.ts';
import { createQueryEngine } from '../server/promql/engine/query-engine.ts';
import { createRuleManager } from '../server/rules/manager.ts';
import { askEngine } from '../server/slo/ask-engine.ts';
import { openMemoryStore } from '../server/storage/memory/open.ts';
import { runCommand } from './testing/commands.ts';
import { type RunningServer, root, startServer } from './testing/processes.ts';
import { writeSamples } from './testing/remote-write-client.ts';

const promtool = join(root, '.cache/peers/prometheus-3/usr/bin/promtool');
const MINUTE = 60_000;
const WINDOW = { window: '1d', alerts: { omit: ['page-fast', 'page-slow'] } } as const;

const AVAILABILITY = slo({
  ...WINDOW,
  name: 'availability',
  service: 'predictor',
  target: 0.99,
  minEvents: 10,
  team: 'ml',
  indicator: { type: 'ratio', total: { counter: 'requests_total{job="api"}' }, bad: { counter: 'requests_total{job="api",code=~"5.."}' } },
});
const LATENCY = slo({
  ...WINDOW,
  name: 'latency',
  service: 'predictor',
  target: 0.9,
  indicator: { type: 'latency', kind: 'classic', histogram: 'seconds{job="api"}', threshold: 0.5 },
});
const SLICES = slo({
  ...WINDOW,
  name: 'slices',
  service: 'predictor',
  target: 0.95,
  indicator: { type: 'time-slice', slice: '1m', sliceTarget: 0.9, of: AVAILABILITY.indicator as never },
});
const NATIVE = slo({
  ...LATENCY,
  name: 'native',
  indicator: { type: 'latency', kind: 'native', histogram: 'native_seconds', threshold: 0.2 },
});
const FILED = [AVAILABILITY, LATENCY];

/** Counters by series, every 15 s: 20 requests a minute of which some fail and some are slow, in waves. */
function samplesOf(minutes: number) {
  const sums = new Map<string, number>();
  const series = new Map<string, { labels: Record<string, string>; values: number[] }>();
  for (let step = 0; step <= minutes * 4; step++) {
    const bad = step % 40 < 6 ? 3 : 0;
    const slow = step % 30 < 4 ? 2 : 0;
    const add = (labels: Record<string, string>, more: number) => {
      const key = JSON.stringify(labels);
      sums.set(key, (sums.get(key) ?? 0) + more);
      const one = series.get(key) ?? { labels, values: [] };
      one.values.push(sums.get(key) ?? 0);
      series.set(key, one);
    };
    add({ __name__: 'requests_total', job: 'api', code: '200' }, 5 - bad);
    add({ __name__: 'requests_total', job: 'api', code: '500' }, bad);
    add({ __name__: 'seconds_bucket', job: 'api', le: '0.5' }, 5 - slow);
    add({ __name__: 'seconds_bucket', job: 'api', le: '+Inf' }, 5);
    add({ __name__: 'seconds_count', job: 'api' }, 5);
  }
  return [...series.values()];
}

describe.skipIf(!existsSync(promtool))('generated rules (skipped without .cache/peers: run node scripts/peers.mjs)', () => {
  it('are good to promtool, as are their own tests', () => {
    const dir = mkdtempSync(join(tmpdir(), 'alidade-slo-'));
    const slos = [AVAILABILITY, LATENCY, SLICES, NATIVE];
    const run = () => spawnSync(promtool, ['test', 'rules', join(dir, 'tests.json')], { encoding: 'utf8' });
    writeFileSync(join(dir, 'rules.json'), JSON.stringify(generateSloRules(slos)));
    const { file, skipped } = generateSloRuleTests(slos, ['rules.json']);
    writeFileSync(join(dir, 'tests.json'), JSON.stringify(file));
    expect(skipped).toEqual([]);
    expect(execFileSync(promtool, ['check', 'rules', join(dir, 'rules.json')], { encoding: 'utf8' })).toContain('SUCCESS');
    const good = run();
    expect(good.stdout + good.stderr).toContain('SUCCESS');
    // A budget of another size is not spent in the same way: the tests notice.
    writeFileSync(join(dir, 'rules.json'), JSON.stringify(generateSloRules([{ ...AVAILABILITY, target: 0.98 }])));
    writeFileSync(join(dir, 'tests.json'), JSON.stringify({ ...file, tests: file.tests.slice(0, 1) }));
    expect(run().status).toBe(1);
    rmSync(dir, { recursive: true, force: true });
  });
});

describe('what rules record', () => {
  it('is what is calculated directly from the metrics', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'alidade-slo-'));
    mkdirSync(join(dir, 'slo'));
    writeFileSync(join(dir, 'slo/objectives.yml'), writeSlos(FILED, 'pyrra').text);
    writeFileSync(join(dir, 'slo/generated-rules.yml'), 'groups: []\n');
    const { config, problems } = await loadChecked(dir, {});
    rmSync(dir, { recursive: true, force: true });
    expect(problems).toEqual([]);
    const clock = new FakeClock(0);
    const store = openMemoryStore(clock);
    const appender = store.metrics.appender();
    for (const { labels, values } of samplesOf(120)) {
      const ref = appender.seriesRef(Labels.from(labels));
      values.forEach((value, i) => void appender.append(ref, i * 15_000, value));
    }
    await appender.commit();
    const engine = createQueryEngine({ store: store.metrics, clock, workers: 0 });
    const { metrics, state } = store;
    const manager = createRuleManager({
      engine,
      store: metrics,
      state,
      clock,
      onAlerts: () => undefined,
      externalUrl: '',
      externalLabels: {},
    });
    await clock.advance(110 * MINUTE);
    await manager.apply(config?.prometheus.ruleGroups ?? []);
    await clock.advance(8 * MINUTE);
    let compared = 0;
    for (const { slo: one } of config?.slos ?? []) {
      const sli = sliExpressions(one);
      const pairs = [
        ...['2m', '12m', '48m', '1h'].map((window) => [`slo:sli_error:ratio_rate${window}`, sli.errorRatio(window)]),
        ['slo:sli_error:ratio_rate1d', sli.errorRatio('1d')],
        ['slo:events:increase1d', sli.total('1d')],
        ['slo:events_failed:increase1d', sli.failed('1d')],
      ] as const;
      for (const [name, expr = ''] of pairs) {
        const ask = askEngine(engine, clock.nowMs());
        const [value, at = 0] = [await ask(`${name}${sloSelector(one)}`), await ask(`timestamp(${name}${sloSelector(one)})`)];
        if (name !== 'slo:sli_error:ratio_rate2m') expect(value, name).toBeGreaterThan(0);
        expect(value, name).toBeCloseTo((await askEngine(engine, at * 1_000)(expr)) ?? Number.NaN, 12);
        compared++;
      }
    }
    expect(compared).toBe(14);
    await manager.stop();
    await engine.close();
  });
});

describe('a server with files of objectives', () => {
  let dir = '';
  let server: RunningServer;
  const cli = (...args: string[]) => runCommand(sloCommand(), [...args, '--url', server.url]);

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'alidade-slo-'));
    mkdirSync(join(dir, 'slo'));
    writeFileSync(join(dir, 'slo/objectives.yml'), writeSlos(FILED, 'pyrra').text);
    server = await startServer([dir]);
    const endMs = Math.floor(Date.now() / 15_000) * 15_000;
    const series = samplesOf(60).map(({ labels, values }) => ({
      labels,
      samples: values.map((value, i) => ({ timestampMs: endMs - (values.length - 1 - i) * 15_000, value })),
    }));
    await writeSamples(server.url, series);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('tells the state of each, on the API and on the command line', async () => {
    const { objectives } = await server.api<SloList>('/api/ui/slo');
    // 0.45 of 5 fail in each 15 s: 9 %; 0.27 of 5 are slow: about 5 %.
    const by = (name: string) => objectives.find((one) => one.slo.name === name) as SloStatus;
    expect(by('availability')).toMatchObject({ state: 'exhausted', isCompliant: false });
    expect(by('availability').successRate).toBeCloseTo(0.91, 2);
    expect(by('latency')).toMatchObject({ isCompliant: true });
    expect(by('latency').successRate).toBeCloseTo(0.947, 2);
    const detail = await server.api<SloDetail>('/api/ui/slo/predictor/availability');
    expect(detail.incidents.length).toBeGreaterThan(0);
    const check = spawnSync(join(root, 'server/bin/alidade'), ['slo', 'check', '--url', server.url], { encoding: 'utf8' });
    expect(check.status).toBe(1);
    expect(check.stdout).toContain('1 of 2 objectives out of budget');
    expect(check.stdout).toMatch(/predictor\/availability +99 % +1d +9\d\.\d+ % +-\d+.* spent +exhausted/);
    expect((await cli('show', 'availability')).stdout).toContain('incidents that spent the budget:');
    expect(await cli('show', 'nothing')).toMatchObject({ status: 2, stderr: expect.stringContaining('there are predictor/availability') });
  });

  it('is told the same by SLOTracker and by --dir, which ask any Prometheus', async () => {
    const other = JSON.parse((await cli('list', '--dir', dir, '--json')).stdout) as SloStatus[];
    const now = other[0]?.timeMs ?? 0;
    const tracker = new SLOTracker(server.url, { slos: FILED as readonly Slo[], now: () => now });
    for (const status of other) {
      const budget = await tracker.calculateErrorBudget(status.slo);
      expect(budget.success_rate).toBeCloseTo(status.successRate ?? 0, 12);
      expect(budget.error_budget_remaining).toBeCloseTo(status.budgetRemaining ?? 0, 9);
      expect(budget.burn_rate).toBeCloseTo(status.burnRates.find(({ window }) => window === '1h')?.rate ?? 0, 9);
      expect(await tracker.checkSloCompliance(status.slo)).toBe(status.isCompliant);
    }
  });

  it('runs the rules and reads new files', async () => {
    const groups = async () =>
      (await server.api<{ data: { groups: { name: string }[] } }>('/api/v1/rules')).data.groups.map(({ name }) => name);
    expect(await groups()).toContain('slo-predictor-latency-alerts');
    writeFileSync(join(dir, 'slo/slices.yml'), writeSlos([SLICES], 'openslo').text);
    await fetch(`${server.url}/-/reload`, { method: 'POST' });
    expect(await groups()).toContain('slo-predictor-slices-sli');
    writeFileSync(join(dir, 'slo/slices.yml'), writeSlos([{ ...SLICES, target: 0.1 }], 'openslo').text);
    const answer = await fetch(`${server.url}/-/reload`, { method: 'POST' });
    expect(answer.status).toBe(500);
    expect(await groups()).toContain('slo-predictor-slices-sli');
  });
});
