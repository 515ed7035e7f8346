// The generated files of the churn lab: as the definitions are, good to the real promtool and amtool, with all alerts of the documents;
// and the links of the runbooks, which lead to dashboards and queries that exist.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AlertingRule, RuleFile } from '@alidade/sdk/schema';
import { sloRules } from '@alidade/sdk/slo';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import project from '../examples/churn-lab/churn-lab.alidade.ts';
import { generateFiles } from '../server/generate/project-files.ts';
import { readProjects } from '../server/generate/read-projects.ts';
import { compareFiles } from '../server/generate/write-files.ts';
import { parseQuery } from '../server/logql/parse/parser.ts';
import { formatExpr } from '../server/promql/parse/format.ts';
import { mapExpr } from '../server/promql/parse/map-expr.ts';
import { parseExpr } from '../server/promql/parse/parse.ts';
import { parseTraceql } from '../server/traceql/parse/parse.ts';
import { report } from './testing/lab.ts';
import { root } from './testing/processes.ts';

const exec = promisify(execFile);
const lab = join(root, 'examples/churn-lab');
const promtool = join(root, '.cache/peers/prometheus-3/usr/bin/promtool');
const amtool = join(root, '.cache/peers/alertmanager/usr/bin/amtool');
const hasPeers = existsSync(promtool) && existsSync(amtool);
if (!hasPeers) report('Left out: promtool and amtool on the lab; node scripts/peers.mjs fetches them');

const alertsOf = (groups: RuleFile['groups']) =>
  groups.flatMap(({ rules }) => rules).filter((rule): rule is AlertingRule => 'alert' in rule);

describe('the generated files', () => {
  it.each(['.', 'production'])('of %s are what the definitions say: alidade generate changes nothing', async (folder) => {
    const { dir, projects } = await readProjects(join(lab, folder));
    expect(await compareFiles(generateFiles(projects), dir)).toEqual([]);
  });

  it.skipIf(!hasPeers)('are good to promtool and amtool (skipped without .cache/peers)', async () => {
    const config = join(lab, 'prometheus/prometheus.yml');
    const { stdout } = await exec(promtool, ['check', 'config', '--lint=all', '--lint-fatal', config]);
    expect(stdout).toMatch(/SUCCESS.*valid prometheus config/);
    for (const folder of ['.', 'production'])
      expect((await exec(amtool, ['check-config', join(lab, folder, 'alertmanager/alertmanager.yml')])).stdout).toContain('SUCCESS');
  });

  it.skipIf(!hasPeers)('route by severity and team (skipped without .cache/peers)', async () => {
    const file = join(lab, 'production/alertmanager/alertmanager.yml');
    const receivers = async (...labels: string[]) =>
      (await exec(amtool, ['config', 'routes', 'test', `--config.file=${file}`, ...labels])).stdout.trim();
    expect(await receivers('severity=critical', 'team=ml-platform')).toBe('pagerduty,slack-ml-team');
    expect(await receivers('severity=critical', 'team=platform')).toBe('pagerduty,slack-platform-team');
    expect(await receivers('severity=warning', 'team=platform')).toBe('slack-warnings');
    expect(await receivers('severity=info', 'team=ml-platform')).toBe('slack-info');
    expect(await receivers('severity=other')).toBe('default');
  });

  it('have rules on log lines that are good LogQL', () => {
    const rules = alertsOf(project.logRuleGroups ?? []);
    expect(rules.length).toBeGreaterThan(0);
    for (const { expr } of rules) expect(() => parseQuery(expr)).not.toThrow();
  });

  it('have panels on log lines that ask in good LogQL', () => {
    interface Target {
      readonly expr: string;
      readonly datasource: { readonly type: string };
    }
    const targets = project.dashboards.flatMap(({ json }) =>
      (json.panels as { targets?: Target[] }[]).flatMap((panel) => panel.targets ?? []),
    );
    const ofLogs = targets.filter(({ datasource }) => datasource.type === 'loki');
    expect(ofLogs.length).toBeGreaterThan(3);
    for (const { expr } of ofLogs) expect(() => parseQuery(expr.replaceAll('$__interval', '1m'))).not.toThrow();
  });
});

/** What became of an alert of the documents; without `because` it has the same condition, duration and severity. */
interface Became {
  readonly alert: string;
  readonly severity: string;
  readonly because?: string;
}

const OWN_SERIES = 'as printed each series is divided by itself: any error is 100 %';
const FROM_OBJECTIVE = 'follows from the objective, over several windows';
const DOCUMENTED: Readonly<Record<string, Readonly<Record<string, Became>>>> = {
  'lab-05/prometheus/rules/alerts.yml': {
    APIDown: { alert: 'APIDown', severity: 'critical' },
    HighErrorRate: { alert: 'HighErrorRate', severity: 'warning' },
    HighLatency: { alert: 'HighLatency', severity: 'warning' },
    DemoHighErrorCount: { alert: 'DemoHighErrorCount', severity: 'demo' },
    DemoHighRequestRate: { alert: 'DemoHighRequestRate', severity: 'demo' },
  },
  'lab-04/prometheus/rules/alerts.yml': {
    APIDown: { alert: 'APIDown', severity: 'critical', because: 'the next lab waits 30 seconds instead of a minute' },
    HighErrorRate: { alert: 'HighErrorRate', severity: 'warning', because: 'the next lab looks at two minutes instead of five' },
    HighLatency: { alert: 'HighLatency', severity: 'warning', because: 'the next lab allows half a second instead of one' },
  },
  'exercise-01/config/prometheus/rules/alerts.yml': {
    HighCPUUsage: { alert: 'HighCPUUsage', severity: 'warning' },
    HighMemoryUsage: { alert: 'HighMemoryUsage', severity: 'warning' },
    DiskSpaceLow: { alert: 'DiskSpaceLow', severity: 'critical' },
    GPUUtilizationLow: { alert: 'GPUUtilizationLow', severity: 'info' },
    HighErrorRate: { alert: 'HighErrorRate', severity: 'critical', because: OWN_SERIES },
    HighLatency: {
      alert: 'HighRequestLatency',
      severity: 'warning',
      because: 'another lab has the name for predictions; here over all instances',
    },
    ModelPredictionFailure: {
      alert: 'ModelPredictionFailure',
      severity: 'critical',
      because: 'failed predictions have the status "error" in the labs',
    },
    ErrorBudgetBurnRateCritical: { alert: 'ErrorBudgetBurnRateCritical', severity: 'critical', because: FROM_OBJECTIVE },
    ErrorBudgetExhausted: { alert: 'ErrorBudgetExhausted', severity: 'critical', because: FROM_OBJECTIVE },
  },
  'day-58/prometheus/alert_rules.yml': {
    ModelAccuracyDrop: { alert: 'ModelAccuracyDrop', severity: 'critical' },
    HighModelLatency: { alert: 'HighModelLatency', severity: 'warning', because: 'over all instances of a model' },
    HighErrorRate: { alert: 'HighModelErrorRate', severity: 'warning', because: OWN_SERIES },
  },
};

const labs = process.env.ALIDADE_LABS;
describe.skipIf(!labs)(`the alerts that the documents print${labs ? '' : ' (skipped: ALIDADE_LABS is not set)'}`, () => {
  const ours = alertsOf([...project.ruleGroups, ...project.slos.flatMap(sloRules)]);
  /** One writing for expressions that differ in spaces and parentheses only. */
  const plain = (expr: string) =>
    formatExpr(mapExpr(parseExpr(expr.replace(/#.*$/gm, '')), (node) => (node.kind === 'paren' ? node.expr : node)));
  const essence = ({ expr, for: duration, labels }: AlertingRule) => ({ expr: plain(expr), for: duration, severity: labels?.severity });

  it.each(Object.entries(DOCUMENTED))('%s: are all here, with the same condition or for a reason', (file, became) => {
    const theirs = alertsOf((parse(readFileSync(join(labs ?? '', file), 'utf8')) as RuleFile).groups);
    expect(Object.keys(became).sort()).toEqual([...new Set(theirs.map(({ alert }) => alert))].sort());
    for (const rule of theirs) {
      const { alert, severity, because } = became[rule.alert] as Became;
      const own = ours.find((one) => one.alert === alert && one.labels?.severity === severity);
      expect(own, alert).toBeDefined();
      if (own && because === undefined) expect(essence(own), alert).toEqual(essence(rule));
    }
  });
});

describe('the links of the runbooks', () => {
  const folder = join(root, 'docs/runbooks');
  const uids = new Set(project.dashboards.map(({ uid }) => uid));
  const screens = new Set(['alerts', 'slo', 'targets']);
  const check: Readonly<Record<string, (query: string) => unknown>> = { explore: parseExpr, logs: parseQuery, traces: parseTraceql };

  it.each(readdirSync(folder))('%s lead to dashboards and queries that exist', (page) => {
    const links = [...readFileSync(join(folder, page), 'utf8').matchAll(/\]\((http:\/\/127\.0\.0\.1:9090\/[^)]*)\)/g)].map(
      ([, url = '']) => new URL(url),
    );
    expect(links.length).toBeGreaterThan(2);
    for (const { pathname, searchParams, href } of links) {
      const [, screen = '', uid = ''] = pathname.split('/');
      const parseIt = check[screen];
      if (screen === 'd') expect(uids, href).toContain(uid);
      else if (parseIt) expect(() => parseIt(searchParams.get('q') ?? ''), href).not.toThrow();
      else expect(screens, href).toContain(screen);
    }
  });
});
