import { describe, expect, it } from 'vitest';
import { slo } from '../slo/define.ts';
import { sloRules } from '../slo/rules.ts';
import { sloDashboard } from './slo-dashboard.ts';

const OBJECTIVES = [
  slo({
    name: 'availability',
    service: 'api',
    target: 0.999,
    window: '30d',
    indicator: { type: 'ratio', total: { counter: 'requests_total' }, bad: { counter: 'requests_total{code="500"}' } },
  }),
  slo({
    name: 'fresh',
    service: 'api',
    target: 0.99,
    window: '7d',
    indicator: { type: 'error-ratio', query: '1 - avg_over_time(fresh[$window])' },
  }),
];

interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}

describe('the dashboard of objectives', () => {
  const { json } = sloDashboard(OBJECTIVES);
  const panels = json.panels as unknown as readonly PanelJson[];

  it('has a row for each, and says of every panel what it shows', () => {
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual(['availability (api)', 'fresh (api)']);
    for (const { type, title, description } of panels) if (type !== 'row') expect(description, title).toMatch(/\.$/);
  });

  it('asks only for what the rules record', () => {
    const recorded = new Set(
      OBJECTIVES.flatMap((one) => sloRules(one).flatMap(({ rules }) => rules.flatMap((rule) => ('record' in rule ? rule.record : [])))),
    );
    const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const asked = exprs.flatMap((expr) => expr.match(/slo:[a-z_]+:[a-z0-9_]+/g) ?? []);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !recorded.has(name))).toEqual([]);
  });
});
