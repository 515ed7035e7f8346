import { describe, expect, it } from 'vitest';
import type { Slo } from '../schema/slo.ts';
import { burnConditions } from './burn-conditions.ts';
import { slo } from './define.ts';
import { exampleSeries, seriesText } from './example-series.ts';
import { parsePattern } from './pattern.ts';
import { generateSloRuleTests } from './rule-tests.ts';
import { sloRules } from './rules.ts';
import { leMatcher } from './selector.ts';
import { validateSlo } from './validate.ts';

const BASE: Slo = {
  name: 'availability',
  service: 'predictor',
  target: 0.999,
  window: '30d',
  indicator: { type: 'ratio', total: { counter: 'requests_total{job="api"}' }, bad: { counter: 'requests_total{job="api",code=~"5.."}' } },
};
const LATENCY: Slo['indicator'] = {
  type: 'latency',
  kind: 'classic',
  histogram: 'd_seconds{job="api"}',
  threshold: 0.3,
  buckets: [0.1, 0.2, 0.5],
};

function exprOf(definition: Slo, name: string): string {
  const rules = sloRules(definition).flatMap((group) => group.rules);
  return rules.find((rule) => ('alert' in rule ? rule.alert : rule.record) === name)?.expr ?? '';
}

describe('burn conditions', () => {
  const row = (window: string) =>
    burnConditions(window).map(({ longWindow, shortWindow, factor }) => `${longWindow}/${shortWindow} ${factor}`);

  it('are those of the book for 30 days, and keep their windows for 28', () => {
    expect(row('30d')).toEqual(['1h/5m 14.4', '6h/30m 6', '1d/2h 3', '3d/6h 1']);
    expect(row('28d')).toEqual(['1h/5m 13.44', '6h/30m 5.6', '1d/2h 2.8', '3d/6h 0.933333']);
    expect(row('4w')).toEqual(row('28d'));
  });

  it('scale their windows with others, so that a share of the budget stays that share', () => {
    expect(row('7d')).toEqual(['14m/2m 14.4', '1h25m/7m 5.92941', '5h35m/28m 3.00896', '17h/1h25m 0.988235']);
    expect(row('90d')).toEqual(['3h/15m 14.4', '18h/1h30m 6', '3d/6h 3', '9d/18h 1']);
    for (const { budgetShare, longWindow, factor } of burnConditions('7d')) {
      const [, hours = 0, minutes = 0] = (/(?:(\d+)h)?(?:(\d+)m)?/.exec(longWindow) ?? []).map(Number);
      const longHours = (Number.isNaN(hours) ? 0 : hours) + (Number.isNaN(minutes) ? 0 : minutes) / 60;
      expect((factor * longHours) / (7 * 24)).toBeCloseTo(budgetShare, 5);
    }
  });
});

describe('rules of an objective', () => {
  it('count failures of which there are no series yet as none, and do not divide by no traffic', () => {
    expect(exprOf(BASE, 'slo:sli_error:ratio_rate5m')).toBe(
      '(sum(rate(requests_total{job="api",code=~"5.."}[5m])) or 0 * sum(rate(requests_total{job="api"}[5m]))) / (sum(rate(requests_total{job="api"}[5m])) > 0)',
    );
  });

  it('alert by pairs of windows', () => {
    const at = '{slo="availability",slo_service="predictor"}';
    expect(exprOf(BASE, 'ErrorBudgetBurnRateCritical')).toBe(
      [
        `(\n  slo:sli_error:ratio_rate1h${at} > 0.0144\n  and slo:sli_error:ratio_rate5m${at} > 0.0144\n)`,
        `(\n  slo:sli_error:ratio_rate6h${at} > 0.006\n  and slo:sli_error:ratio_rate30m${at} > 0.006\n)`,
      ].join('\nor\n'),
    );
    expect(exprOf({ ...BASE, minEvents: 50 }, 'ErrorBudgetBurnRateWarning')).toContain(`and slo:events:increase3d${at} >= 50`);
    expect(exprOf({ ...BASE, alerts: { omit: ['ticket-fast', 'ticket-slow'] } }, 'ErrorBudgetBurnRateWarning')).toBe('');
  });

  it('find whole bounds of buckets however they are written', () => {
    const whole = { ...BASE, indicator: { ...LATENCY, threshold: 1, buckets: [1] } as Slo['indicator'] };
    expect(exprOf(whole, 'SLODataMissing')).toBe('absent(present_over_time(d_seconds_bucket{job="api",le=~"1([.]0)?"}[10m]))');
  });

  it.each<[number, string]>([
    [2_500_000, 'le=~"2500000([.]0)?|2[.]5e[+]06"'],
    [0.00005, 'le=~"0[.]00005|5e-05"'],
    [1e21, 'le=~"1e[+]21"'],
    [0.25, 'le="0.25"'],
  ])('find the bound %d as Go, Python and others write it', (bound, matcher) => {
    expect(leMatcher(bound)).toBe(matcher);
  });

  it('carry owner, severity and runbook', () => {
    const rules = sloRules({
      ...BASE,
      team: 'ml',
      runbookUrl: 'https://runbooks/a',
      labels: { tier: 'gold' },
      alerts: { page: { labels: { severity: 'page' } } },
    });
    const alerts = rules.flatMap((group) => group.rules).filter((rule) => 'alert' in rule);
    for (const { labels, annotations } of alerts) {
      expect(labels).toMatchObject({ team: 'ml', tier: 'gold', slo: 'availability', slo_service: 'predictor' });
      expect(annotations).toMatchObject({
        runbook_url: 'https://runbooks/a',
        summary: expect.any(String),
        description: expect.any(String),
      });
    }
    expect(alerts.map(({ labels }) => labels?.severity)).toEqual(['page', 'warning', 'page', 'warning']);
  });
});

describe('an objective is refused', () => {
  it.each<[string, Partial<Slo>, string]>([
    [
      'whose alert can never fire',
      { target: 0.9 },
      'target: the alert page-fast can never fire: it wants 14.4 × the budget of 0.1 = 1.44 of all events to fail',
    ],
    ['without a budget', { target: 1 }, 'target: a target of 1 leaves no error budget'],
    ['in percent', { target: 99.9 }, 'target: 99.9 looks like percent; write 0.999'],
    ['with a window that is too short', { window: '6h' }, 'window: 6h is too short'],
    ['with a window that is none', { window: '1 month' }, 'window: "1 month" is no duration; write 30d'],
    [
      'with a threshold between buckets',
      { indicator: LATENCY },
      'indicator.threshold: 0.3 is not the bound of a bucket, so it cannot be counted; take one of 0.1, 0.2, 0.5',
    ],
    [
      'with a query for a counter',
      { indicator: { type: 'ratio', total: { counter: 'sum(x)' }, bad: { counter: 'x' } } },
      'indicator.total.counter: "sum(x)" is no selector',
    ],
    ['with a query without a window', { indicator: { type: 'error-ratio', query: 'x[5m]' } }, 'indicator.query: the query has no $window'],
    [
      'with slices longer than its windows',
      { indicator: { type: 'time-slice', slice: '10m', query: 'up', op: 'gte', value: 1 } },
      'indicator.slice: the alert page-fast looks at 5m and 1h, but a slice takes 10m',
    ],
    [
      'with a minimum that cannot be counted',
      { minEvents: 5, indicator: { type: 'error-ratio', query: 'x[$window]' } },
      'minEvents: an error ratio has no number of events',
    ],
  ])('%s', (_, change, message) => {
    expect(() => slo({ ...BASE, ...change })).toThrow(message);
  });

  it('but not when the alert that cannot fire is left out', () => {
    expect(validateSlo({ ...BASE, target: 0.9, alerts: { omit: ['page-fast'] } })).toEqual([]);
  });
});

describe('series for tests', () => {
  it.each([
    ['5..', '500', '50', '400'],
    ['(5..|429)', '500', '42', '4290'],
    ['2[0-9]{2}|3.*', '200', '20', '4'],
    ['a\\.b+|c?', 'a.b', 'axb', 'cc'],
    ['[^5].*', 'x0', '500', ''],
  ])('match %s', (source, example, ...others) => {
    const pattern = parsePattern(source);
    expect(pattern?.example).toBe(example);
    expect(pattern?.matches(example)).toBe(true);
    for (const other of others) expect(pattern?.matches(other), other).toBe(false);
  });

  it('are known not to be known', () => {
    for (const source of ['(?i)x', 'a{', '[[:alpha:]]', '\\pL', '(']) expect(parsePattern(source), source).toBeUndefined();
  });

  it('match one selector and not the other', () => {
    const text = (matched: string[], unmatched: string[] = []) => {
      const series = exampleSeries(matched, unmatched);
      return series && seriesText(series);
    };
    expect(text(['x{job="a"}', 'x{job="a",code=~"5.."}'])).toBe('x{job="a",code="500"}');
    expect(text(['x{job="a"}'], ['x{job="a",code=~"5.."}'])).toBe('x{job="a"}');
    expect(text(['x'], ['x{code!~"5.."}'])).toBe('x{code="500"}');
    expect(text(['x'], ['y'])).toBe('x');
    expect(text(['x{code=~"(?i)ok"}'])).toBeUndefined();
  });

  it('are told where none can be made up', () => {
    const { file, skipped } = generateSloRuleTests([{ ...BASE, indicator: { type: 'error-ratio', query: 'x[$window]' } }], ['r.yml']);
    expect(file.tests).toEqual([]);
    expect(skipped[0]?.reason).toBe('its indicator is a query: no series can be made up for it');
  });
});
