// The states of alerts against `promtool test rules`: the same series, rules and minutes, the same alerts.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDurationMs } from '../server/model/duration.ts';
import { Labels } from '../server/model/labels.ts';
import { unquoteGo } from '../server/template/quote.ts';
import { MINUTE, type SampleOf, startRuleWorld } from './testing/rule-world.ts';

const promtool = fileURLToPath(new URL('../.cache/peers/prometheus-3/usr/bin/promtool', import.meta.url));
const MINUTES = 40;

interface RuleText {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

const RULES: readonly RuleText[] = [
  { record: 'job:up:sum', expr: 'sum by (job) (up)', labels: { source: 'rule' } },
  {
    alert: 'Now',
    expr: 'up == 0',
    labels: { severity: 'page', team: '{{ $labels.job | toUpper }}' },
    annotations: { summary: '{{ $labels.instance }} {{ $value }}' },
  },
  {
    alert: 'Later',
    expr: 'up == 0',
    for: '3m',
    annotations: { since: '{{ with query "sum(up)" }}{{ len . }} series, {{ . | first | value }}{{ end }}' },
  },
  { alert: 'Held', expr: 'up == 0', keep_firing_for: '4m' },
  { alert: 'LaterHeld', expr: 'up == 0', for: '2m', keep_firing_for: '3m', labels: { instance: '' } },
  { alert: 'FromRecord', expr: 'job:up:sum < 2', annotations: { v: '{{ printf "%.1f" $value }} {{ $labels.source }}' } },
  { alert: 'OnAlerts', expr: 'ALERTS{alertname="Later", alertstate="firing"}', for: '1m' },
  { alert: 'Pending', expr: 'count(ALERTS{alertname="Later", alertstate="pending"}) > 0' },
  { alert: 'Absent', expr: 'absent(up{job="c"})', for: '2m' },
  { alert: 'Scalar', expr: '0.25 + scalar(up{instance="a"})', annotations: { t: '{{ $value | humanizePercentage }}' } },
  { alert: 'Age', expr: 'time() - ALERTS_FOR_STATE{alertname="Later"} > 150' },
];

/** One letter a minute: 1, 0, or `_` for no sample. */
const SERIES: Readonly<Record<string, string>> = {
  'up{instance="a",job="x"}': '1100000011111110001111111111000000111111',
  'up{instance="b",job="x"}': '1111111101010101111110000111111111111111',
  'up{instance="c",job="y"}': '111000____0000000000____1111111110000000',
};

describe.skipIf(!existsSync(promtool))('alerts are those of promtool (skipped without .cache/peers: run node scripts/peers.mjs)', () => {
  it('minute by minute', async () => {
    const ours = await byAlidade();
    const theirs = byPromtool();
    expect(theirs.filter((line) => line.length > 0).length).toBeGreaterThan(30);
    expect(ours).toEqual(theirs);
  });
});

/** The firing alerts of each minute as sorted lines. */
function byPromtool(): string[][] {
  const dir = mkdtempSync(join(tmpdir(), 'alidade-rules-'));
  try {
    writeFileSync(join(dir, 'rules.yml'), JSON.stringify({ groups: [{ name: 'g', rules: RULES }] }));
    const input_series = Object.entries(SERIES).map(([series, values]) => ({ series, values: [...values].join(' ') }));
    const names = RULES.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));
    const never = [{ exp_labels: { never: 'equal' } }];
    const alert_rule_test = Array.from({ length: MINUTES }, (_, minute) =>
      names.map((alertname) => ({ eval_time: `${minute}m`, alertname, exp_alerts: never })),
    ).flat();
    const tests = [{ interval: '1m', input_series, alert_rule_test }];
    writeFileSync(join(dir, 'test.yml'), JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests }));
    const { stdout, stderr } = spawnSync(promtool, ['test', 'rules', join(dir, 'test.yml')], { encoding: 'utf8', maxBuffer: 1 << 28 });

    return parseReport(`${stdout}\n${stderr}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function parseReport(report: string): string[][] {
  const minutes: string[][] = Array.from({ length: MINUTES }, () => []);
  for (const part of report.split(/(?=alertname: \w+, time: )/)) {
    const [, time] = /^alertname: \w+, time: (\w+),/.exec(part) ?? [];
    const got = part.slice(part.indexOf('got:'));
    if (time === undefined) continue;
    for (const [, labels, annotations] of got.matchAll(/Labels:\{(.*)\}\n\s*Annotations:\{(.*)\}/g))
      minutes[parseDurationMs(time) / MINUTE]?.push(`${readPairs(labels as string)} ${readPairs(annotations as string)}`);
  }
  return minutes.map((lines) => lines.sort());
}

/** `a="b", c="d"` as our own text. */
function readPairs(text: string): string {
  const pairs = [...text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)].map(
    ([, name, quoted]) => [name as string, unquoteGo(quoted as string)] as const,
  );
  return Labels.fromEntries(pairs).toString();
}

async function byAlidade(): Promise<string[][]> {
  const rules = RULES.map(({ alert, record, expr, labels = {}, annotations = {}, ...times }) =>
    record === undefined
      ? {
          type: 'alerting' as const,
          alert: alert ?? '',
          expr,
          forMs: parseDurationMs(times.for ?? '0s'),
          keepFiringForMs: parseDurationMs(times.keep_firing_for ?? '0s'),
          labels,
          annotations,
        }
      : { type: 'recording' as const, record, expr, labels },
  );
  const world = await startRuleWorld({
    name: 'g',
    file: 'rules.yml',
    intervalMs: MINUTE,
    queryOffsetMs: 0,
    limit: 0,
    labels: {},
    rules,
  });
  const minutes: string[][] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    const firing = await world.minute(samplesOf(minute));
    minutes.push(firing.map(({ labels, annotations }) => `${labels} ${Labels.from(annotations)}`).sort());
  }
  await world.stop();
  return minutes;
}

function* samplesOf(minute: number): Generator<SampleOf> {
  for (const [series, values] of Object.entries(SERIES)) {
    const value = values[minute];
    if (value === '_') continue;
    const pairs = [...series.matchAll(/(\w+)="(\w+)"/g)].map(([, name, text]) => [name as string, text as string] as const);
    yield { labels: Labels.fromEntries([['__name__', 'up'], ...pairs]), value: Number(value) };
  }
}
