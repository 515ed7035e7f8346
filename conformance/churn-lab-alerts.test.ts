// Each alert of the churn lab fires when it should and is silent when it should be: by the real promtool on the generated rule files, and
// by Alidade's own rules on a fake clock.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AlertingRule, RuleFile } from '@alidade/sdk/schema';
import { generateSloRuleTests, sloRules } from '@alidade/sdk/slo';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import project from '../examples/churn-lab/churn-lab.alidade.ts';
import { ALERT_CASES, type AlertCase, HEALTHY, MINUTES, type World, worldOf } from './churn-lab/alert-cases.ts';
import { firingIn } from './churn-lab/firing.ts';
import { type ConfigFolder, makeFolder, report } from './testing/lab.ts';
import { root } from './testing/processes.ts';

const promtool = join(root, '.cache/peers/prometheus-3/usr/bin/promtool');
const hasPromtool = existsSync(promtool);
if (!hasPromtool) report('Left out: alerts by promtool; node scripts/peers.mjs fetches it');
const RULES = join(root, 'examples/churn-lab/prometheus/rules');

const alertsOf = (groups: RuleFile['groups']) =>
  groups.flatMap(({ rules }) => rules).filter((rule): rule is AlertingRule => 'alert' in rule);
const alerts = alertsOf(project.ruleGroups);
const id = ({ alert, severity }: { alert: string; severity?: string | undefined }) => `${alert} (${severity})`;

it('there is a case for each alert', () => {
  const wanted = alerts.map(({ alert, labels }) => id({ alert, severity: labels?.severity }));
  expect(ALERT_CASES.map(id).sort()).toEqual(wanted.sort());
});

describe.skipIf(!hasPromtool)('by promtool (skipped without .cache/peers)', () => {
  let folder: ConfigFolder;
  beforeAll(async () => {
    folder = await makeFolder({});
  });
  afterAll(() => folder.remove());

  /** Runs test files; each evaluates all rules of its rule files at every step. */
  async function test(...files: readonly object[]): Promise<string> {
    const names = await Promise.all(
      files.map(async (file, i) => {
        await folder.write(`tests-${i}.yml`, JSON.stringify(file));
        return join(folder.dir, `tests-${i}.yml`);
      }),
    );
    const { stdout } = await promisify(execFile)(promtool, ['test', 'rules', ...names], { encoding: 'utf8' }).catch(
      (error: { stdout: string; stderr: string }) => ({ stdout: `FAILED ${error.stdout}${error.stderr}` }),
    );
    return stdout;
  }

  const testOf = (name: string, world: World, minutes: number, expr: string, fires: boolean) => ({
    name,
    interval: '15s',
    input_series: Object.entries(world).map(([series, values]) => ({ series, values })),
    promql_expr_test: [{ expr, eval_time: `${minutes}m`, exp_samples: fires ? [{ labels: '{}', value: 1 }] : [] }],
  });
  const isFiring = ({ alert, severity }: AlertCase) =>
    `count(ALERTS{alertname="${alert}",severity="${severity}",alertstate="firing"}) > bool 0`;

  it('each fires when it should, and only then', async () => {
    const { groups } = parse(await readFile(join(RULES, 'churn-lab.yml'), 'utf8')) as RuleFile;
    const files = ALERT_CASES.map(async (one, i) => {
      const rule = alertsOf(groups).find(({ alert, labels }) => alert === one.alert && labels?.severity === one.severity);
      // Alone: promtool evaluates all rules of a file at every step of every test.
      await folder.write(`rule-${i}.yml`, JSON.stringify({ groups: [{ name: 'one', rules: [rule] }] }));
      const minutes = one.minutes ?? MINUTES;
      const tests = [
        testOf(`${id(one)} fires`, worldOf(one, one.fires), minutes, isFiring(one), true),
        testOf(`${id(one)} is silent`, worldOf(one, one.silent), minutes, isFiring(one), false),
      ];
      return { rule_files: [join(folder.dir, `rule-${i}.yml`)], evaluation_interval: '15s', tests };
    });
    expect(await test(...(await Promise.all(files)))).not.toContain('FAILED');
  });

  it('in a healthy world none fires', async () => {
    const rule_files = [join(RULES, 'churn-lab.yml'), join(RULES, 'churn-lab-slo.yml')];
    const tests = [testOf('healthy', HEALTHY, MINUTES, 'ALERTS', false)];
    expect(await test({ rule_files, evaluation_interval: '15s', tests })).not.toContain('FAILED');
  });

  it('those of objectives fire when everything fails, when the budget is gone, and when there is no data', async () => {
    const { file, skipped } = generateSloRuleTests(project.slos, [join(RULES, 'churn-lab-slo.yml')]);
    expect(skipped).toEqual([]);
    expect(alertsOf(project.slos.flatMap(sloRules)).length).toBe(4 * project.slos.length);
    expect(await test(file)).not.toContain('FAILED');
  });
});

describe('by Alidade', () => {
  it.each(ALERT_CASES.map((one) => [id(one), one] as const))('%s fires when it should, and only then', async (_id, one) => {
    const rule = alerts.find(({ alert, labels }) => alert === one.alert && labels?.severity === one.severity);
    if (!rule) throw new Error(`there is no alert ${id(one)}`);
    const minutes = one.minutes ?? MINUTES;
    expect(await firingIn(worldOf(one, one.fires), [rule], minutes)).toEqual([one.alert]);
    expect(await firingIn(worldOf(one, one.silent), [rule], minutes)).toEqual([]);
  });
});
