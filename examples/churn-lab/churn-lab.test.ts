import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AlertingRule } from '@alidade/sdk/schema';
import { sloRules } from '@alidade/sdk/slo';
import { describe, expect, it } from 'vitest';
import project from './churn-lab.alidade.ts';
import { runbookIndex } from './observability/runbooks.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const groups = [...project.ruleGroups, ...(project.logRuleGroups ?? []), ...project.slos.flatMap(sloRules)];
const alerts = groups.flatMap(({ rules }) => rules).filter((rule): rule is AlertingRule => 'alert' in rule);

describe('the alerts', () => {
  it('cover everything that can break', () => {
    const alertsOf = (...names: string[]) =>
      groups
        .filter(({ name }) => names.some((part) => name.startsWith(part)))
        .flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
    const areas = {
      infrastructure: alertsOf('infrastructure', 'kubernetes'),
      service: alertsOf('ml_api', 'ml_service'),
      model: alertsOf('ml_model'),
      data: alertsOf('ml_data'),
      pipeline: alertsOf('ml_pipeline'),
      slo: alertsOf('slo-'),
      alidade: alertsOf('alidade'),
      logs: alertsOf('ml_logs'),
    };
    for (const [area, found] of Object.entries(areas)) expect(found.length, area).toBeGreaterThan(1);
    expect(alerts.length).toBeGreaterThanOrEqual(20);
  });

  it('say how urgent they are, to whom, what is wrong, what it means and what to do', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(['critical', 'warning', 'info', 'demo'], alert).toContain(labels?.severity);
      expect(['ml-platform', 'platform'], alert).toContain(labels?.team);
      for (const name of ['summary', 'description', 'runbook_url']) expect(annotations?.[name], `${alert}: ${name}`).toBeTruthy();
    }
  });

  it('have a name for one thing: the same name only at another urgency', () => {
    const names = alerts.map(({ alert, labels }) => `${alert} ${labels?.severity} ${labels?.slo ?? ''}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe.each(project.dashboards.map((dashboard) => [dashboard.title, dashboard] as const))('the dashboard %s', (_title, { json }) => {
  const panels = json.panels as readonly Panel[];

  it('explains itself and every panel', () => {
    expect(json.description).toBeTruthy();
    for (const { type, title, description } of panels) if (type !== 'row') expect(description, title).toBeTruthy();
  });

  it('leaves no panel over another or beyond the 24 columns', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
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

describe('the runbooks', () => {
  const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
  const pages = readdirSync(join(docs, 'runbooks'));
  const pageOf = (rule: AlertingRule) => /\/runbooks\/([\w-]+\.md)$/.exec(rule.annotations?.runbook_url ?? '')?.[1];

  it('have an index that says of every alert when it fires and what to do first', async () => {
    await expect(runbookIndex(alerts)).toMatchFileSnapshot(join(docs, 'RUNBOOKS.md'));
  });

  it('have a page for each critical alert, and none that is nobody’s', () => {
    const critical = alerts.filter(({ labels }) => labels?.severity === 'critical');
    for (const rule of critical) expect(pages, rule.alert).toContain(pageOf(rule));
    expect(pages.sort()).toEqual([...new Set(alerts.flatMap((rule) => pageOf(rule) ?? []))].sort());
  });

  it.each(pages)('%s says what it means, where to look, why it happens, what helps and what prevents it', (page) => {
    const text = readFileSync(join(docs, 'runbooks', page), 'utf8');
    for (const part of ['**Meaning.**', '**Impact.**', '## First look', '## Likely causes', '## Cures', '## Prevention'])
      expect(text, part).toContain(part);
  });
});
