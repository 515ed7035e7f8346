// One rule file and one file of tests for it, as users keep them: `promtool test rules` finds them good, and the same series and rules
// give the same alerts and values here. Skipped without the peer.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadChecked } from '../server/app-config.ts';
import type { RuleGroupConfig } from '../server/config/rule-groups.ts';
import { parseDurationMs } from '../server/model/duration.ts';
import { Labels } from '../server/model/labels.ts';
import type { Vector } from '../server/promql/query.ts';
import { seriesOf } from '../server/promql/testdata/store.ts';
import { MINUTE, startRuleWorld } from './testing/rule-world.ts';

const promtool = fileURLToPath(new URL('../.cache/peers/prometheus-3/usr/bin/promtool', import.meta.url));

/** Calls of two services a minute; one of them breaks at minute 10 and is gone from minute 20 to 22. */
const minutes = (perMinute: (minute: number) => number | undefined) => {
  let sum = 0;
  return Array.from({ length: 31 }, (_, minute) => {
    const more = perMinute(minute);
    sum += more ?? 0;
    return more === undefined ? '_' : String(sum);
  }).join(' ');
};
const INPUT: Readonly<Record<string, string>> = {
  'calls_total{service="shop",code="200"}': minutes(() => 60),
  'calls_total{service="shop",code="500"}': minutes((minute) => (minute < 10 ? 0 : minute >= 20 && minute <= 22 ? undefined : 30)),
  'calls_total{service="mail",code="200"}': minutes(() => 120),
  'calls_total{service="mail",code="500"}': minutes(() => 1),
  'queue{service="mail"}': minutes((minute) => (minute === 15 ? 40 : minute === 17 ? -40 : 0)),
};

const RULE_FILE = `groups:
- name: calls
  interval: 1m
  labels: {owner: core}
  rules:
  - record: service:calls:rate5m
    expr: sum by (service) (rate(calls_total[5m]))
  - record: service:errors:ratio5m
    expr: sum by (service) (rate(calls_total{code="500"}[5m])) / on (service) service:calls:rate5m
    labels: {kind: ratio}
  - alert: ManyErrors
    expr: service:errors:ratio5m > 0.2
    for: 3m
    labels: {severity: page, title: '{{ $labels.service | title }}'}
    annotations: {summary: '{{ $labels.service }} fails {{ $value | humanizePercentage }}'}
  - alert: Queue
    expr: queue > 10
    keep_firing_for: 4m
    annotations: {waiting: '{{ $value }}'}
  - alert: Silent
    expr: absent_over_time(calls_total{service="shop",code="500"}[2m])
`;

interface Expected {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations?: Readonly<Record<string, string>>;
}

const MANY_ERRORS: Expected = {
  exp_labels: { severity: 'page', title: 'Shop', service: 'shop', kind: 'ratio', owner: 'core' },
  exp_annotations: { summary: 'shop fails 33.33%' },
};
const ALERT_TESTS: readonly { readonly eval_time: string; readonly alertname: string; readonly exp_alerts: readonly Expected[] }[] = [
  { eval_time: '12m', alertname: 'ManyErrors', exp_alerts: [] },
  { eval_time: '16m', alertname: 'ManyErrors', exp_alerts: [MANY_ERRORS] },
  { eval_time: '30m', alertname: 'ManyErrors', exp_alerts: [MANY_ERRORS] },
  { eval_time: '14m', alertname: 'Queue', exp_alerts: [] },
  {
    eval_time: '15m',
    alertname: 'Queue',
    exp_alerts: [{ exp_labels: { service: 'mail', owner: 'core' }, exp_annotations: { waiting: '40' } }],
  },
  {
    eval_time: '20m',
    alertname: 'Queue',
    exp_alerts: [{ exp_labels: { service: 'mail', owner: 'core' }, exp_annotations: { waiting: '40' } }],
  },
  { eval_time: '22m', alertname: 'Queue', exp_alerts: [] },
  { eval_time: '20m', alertname: 'Silent', exp_alerts: [] },
  { eval_time: '21m', alertname: 'Silent', exp_alerts: [{ exp_labels: { service: 'shop', code: '500', owner: 'core' } }] },
  { eval_time: '23m', alertname: 'Silent', exp_alerts: [] },
];
const EXPRESSION_TESTS: readonly {
  readonly eval_time: string;
  readonly expr: string;
  readonly exp_samples: readonly { labels: string; value: number }[];
}[] = [
  {
    eval_time: '9m',
    expr: 'service:calls:rate5m',
    exp_samples: [
      { labels: 'service:calls:rate5m{service="mail",owner="core"}', value: 121 / 60 },
      { labels: 'service:calls:rate5m{service="shop",owner="core"}', value: 1 },
    ],
  },
  {
    eval_time: '16m',
    expr: 'service:errors:ratio5m{service="shop"}',
    exp_samples: [{ labels: 'service:errors:ratio5m{service="shop",kind="ratio",owner="core"}', value: 1 / 3 }],
  },
  {
    eval_time: '16m',
    expr: 'count by (alertstate) (ALERTS)',
    exp_samples: [{ labels: '{alertstate="firing"}', value: 2 }],
  },
  { eval_time: '12m', expr: 'ALERTS{alertstate="firing"}', exp_samples: [] },
  { eval_time: '30m', expr: 'sum(increase(calls_total{code="200"}[10m]))', exp_samples: [{ labels: '{}', value: 1_800 }] },
  {
    eval_time: '30m',
    expr: 'count_over_time(service:calls:rate5m{service="shop"}[1h])',
    exp_samples: [{ labels: '{service="shop",owner="core"}', value: 30 }],
  },
];

describe.skipIf(!existsSync(promtool))('rules and their tests (skipped without .cache/peers: run node scripts/peers.mjs)', () => {
  let dir = '';
  let lab: Awaited<ReturnType<typeof evaluate>>;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'alidade-rule-tests-'));
    writeFileSync(join(dir, 'rules.yml'), RULE_FILE);
    writeFileSync(join(dir, 'prometheus.yml'), 'rule_files: [rules.yml]\n');
    const { config, problems } = await loadChecked(dir, {});
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    lab = await evaluate(config?.prometheus.ruleGroups[0] as RuleGroupConfig);
  });
  afterAll(async () => {
    await lab?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('are good to promtool, which would notice an alert or a value that is wrong', () => {
    expect(testByPromtool(dir, ALERT_TESTS, EXPRESSION_TESTS)).toEqual({ status: 0, failures: 0 });
    const [first] = EXPRESSION_TESTS;
    const wrong = [{ ...first, exp_samples: [] }];
    expect(testByPromtool(dir, [{ eval_time: '30m', alertname: 'ManyErrors', exp_alerts: [] }], wrong)).toEqual({ status: 1, failures: 2 });
  });

  it.each(ALERT_TESTS)('fires $alertname at $eval_time as they say', ({ eval_time, alertname, exp_alerts }) => {
    const wanted = exp_alerts.map(
      ({ exp_labels, exp_annotations = {} }) => `${Labels.from({ ...exp_labels, alertname })} ${Labels.from(exp_annotations)}`,
    );
    expect(lab.firing(alertname, parseDurationMs(eval_time) / MINUTE)).toEqual(wanted.sort());
  });

  it.each(EXPRESSION_TESTS)('answers $expr at $eval_time as they say', async ({ eval_time, expr, exp_samples }) => {
    const found = await lab.query(expr, parseDurationMs(eval_time));
    const wanted = exp_samples.flatMap(({ labels, value }) =>
      seriesOf(`${labels} 0`).map((series) => ({ labels: Labels.from(series.labels).toString(), value })),
    );
    expect(found.map(({ labels }) => labels).sort()).toEqual(wanted.map(({ labels }) => labels).sort());
    for (const { labels, value } of wanted) expect(found.find((one) => one.labels === labels)?.value).toBeCloseTo(value, 9);
  });
});

function testByPromtool(
  dir: string,
  alert_rule_test: readonly object[],
  promql_expr_test: readonly object[],
): { status: number | null; failures: number } {
  const input_series = Object.entries(INPUT).map(([series, values]) => ({ series, values }));
  const tests = [{ interval: '1m', input_series, alert_rule_test, promql_expr_test }];
  writeFileSync(join(dir, 'test.yml'), JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests }));
  const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', '--diff', join(dir, 'test.yml')], { encoding: 'utf8' });
  const failures = `${stdout}${stderr}`.match(/^\s*(?:alertname|expr): /gm)?.length ?? 0;
  if (failures > 0 && status === 0) throw new Error(stdout + stderr);
  return { status, failures };
}

/** Writes the series minute by minute and lets the group evaluate them: what fired at each minute, and a way to ask for values. */
async function evaluate(group: RuleGroupConfig) {
  const world = await startRuleWorld(group);
  const { startMs } = world;
  const input = seriesOf(
    Object.entries(INPUT)
      .map((pair) => pair.join(' '))
      .join('\n'),
  );
  const firing: { name: string; text: string }[][] = [];
  for (let minute = 0; minute <= 30; minute++) {
    const samples = input.flatMap(({ labels, samples: all }) => {
      const sample = all.find(({ timestampMs }) => timestampMs === minute * MINUTE);
      return sample ? [{ labels: Labels.from(labels), value: sample.value }] : [];
    });
    const alerts = await world.minute(samples);
    firing.push(
      alerts.map(({ labels, annotations }) => ({ name: labels.get('alertname'), text: `${labels} ${Labels.from(annotations)}` })),
    );
  }
  return {
    firing: (alertname: string, minute: number) =>
      (firing[minute] ?? [])
        .filter(({ name }) => name === alertname)
        .map(({ text }) => text)
        .sort(),
    async query(expr: string, atMs: number): Promise<{ labels: string; value: number }[]> {
      const { value } = await world.engine.instant({ expr, timeMs: startMs + atMs });
      const { labels, values } = value as Vector;
      return labels.map((one, i) => ({ labels: one.toString(), value: values[i] as number }));
    },
    close: () => world.stop(),
  };
}
