import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { metricCatalog, seriesNames } from '@alidade/sdk/instrument';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const lab = dirname(fileURLToPath(import.meta.url));

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

function readRules(dir: string): Rule[] {
  const files = readdirSync(dir).filter((name) => name.endsWith('.yml'));
  return files.flatMap((file) =>
    (parse(readFileSync(join(dir, file), 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((g) => g.rules),
  );
}

const rules = readRules(join(lab, 'prometheus/rules'));
const dashboard = JSON.parse(readFileSync(join(lab, 'grafana/dashboards/churn-service.json'), 'utf8')) as { panels: Panel[] };

/** Metric names in an expression: what has an underscore or a colon and is no function, label or aggregation. */
function metricNames(expr: string): string[] {
  const bare = expr.replace(/"[^"]*"|\{[^}]*\}|\b(by|on|without|ignoring) *\([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b([a-zA-Z_:][\w:]*[_:][\w:]*)\b(?! *\()/g)].map((match) => match[1] ?? '');
}

const known = new Set([...metricCatalog.flatMap(seriesNames), ...rules.map((rule) => rule.record ?? '')]);
/** Series of the built-in host collector, with the names of node-exporter. */
for (const name of [
  'cpu_seconds_total',
  'memory_MemAvailable_bytes',
  'memory_MemTotal_bytes',
  'filesystem_avail_bytes',
  'filesystem_size_bytes',
]) {
  known.add(`node_${name}`);
}

describe('the rules', () => {
  it('read only metrics that the service, the host collector or a recording rule has', () => {
    for (const rule of rules) for (const name of metricNames(rule.expr)) expect(known, rule.alert ?? rule.record).toContain(name);
  });

  it('explain every alert', () => {
    for (const { alert, labels, annotations } of rules.filter((rule) => rule.alert)) {
      expect(Object.keys(annotations ?? {}), alert).toEqual(['summary', 'description', 'runbook']);
      expect(['critical', 'warning', 'info', 'demo'], alert).toContain(labels?.severity);
    }
  });

  const labs = process.env.ALIDADE_LABS;
  it.skipIf(!labs)(
    `have the alerts of the instructor guide with the same conditions${labs ? '' : ' (left out: ALIDADE_LABS is not set)'}`,
    () => {
      for (const theirs of readRules(join(labs ?? '', 'lab-05/prometheus/rules'))) {
        const ours = rules.find((rule) => rule.alert === theirs.alert);
        expect({ expr: ours?.expr, for: ours?.for, severity: ours?.labels?.severity }, theirs.alert).toEqual({
          expr: theirs.expr,
          for: theirs.for,
          severity: theirs.labels?.severity,
        });
      }
    },
  );
});

describe('the dashboard', () => {
  it('reads only metrics that exist', () => {
    const names = dashboard.panels.flatMap((panel) => (panel.targets ?? []).flatMap(({ expr }) => metricNames(expr)));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(known).toContain(name);
  });

  it('explains every panel, and no two overlap or leave the 24 columns', () => {
    const taken = new Map<string, string>();
    expect(new Set(dashboard.panels.map((panel) => panel.id)).size).toBe(dashboard.panels.length);
    for (const { type, title, description, gridPos } of dashboard.panels) {
      if (type !== 'row' && type !== 'text') expect(description, title).toBeTruthy();
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`), `${title} overlaps`).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });
});
