import { describe, expect, it } from 'vitest';
import type { AlertingRule, RuleGroup } from '../../data/prometheus.ts';
import {
  alertingGroups,
  countRules,
  fileName,
  firingAlerts,
  firingRules,
  recordedRules,
  ruleKey,
  sortAlerts,
  summaryOf,
} from './rule-list.ts';

const alert = (labels: Record<string, string>, activeAt: string, state: 'firing' | 'pending' = 'firing') => ({
  labels,
  annotations: {},
  state,
  activeAt,
  value: '1e+00',
});

const rule = (name: string, over: Partial<AlertingRule> = {}): AlertingRule => ({
  type: 'alerting',
  name,
  query: 'up == 0',
  state: 'inactive',
  duration: 60,
  keepFiringFor: 0,
  labels: { severity: 'warning' },
  annotations: { summary: `${name} happened` },
  alerts: [],
  health: 'ok',
  evaluationTime: 0.001,
  lastEvaluation: '2026-01-31T12:00:00Z',
  ...over,
});

const group = (name: string, file: string, rules: RuleGroup['rules']): RuleGroup => ({
  name,
  file,
  rules,
  interval: 15,
  evaluationTime: 0.001,
  lastEvaluation: '2026-01-31T12:00:00Z',
});

const DOWN = rule('APIDown', {
  state: 'firing',
  alerts: [
    alert({ alertname: 'APIDown', instance: 'b', severity: 'warning' }, '2026-01-31T11:00:00Z'),
    alert({ alertname: 'APIDown', instance: 'a', severity: 'warning' }, '2026-01-31T11:30:00Z'),
    alert({ alertname: 'APIDown', instance: 'c', severity: 'warning' }, '2026-01-31T10:00:00Z', 'pending'),
  ],
});
const SLOW = rule('Slow', {
  state: 'firing',
  alerts: [alert({ alertname: 'Slow', severity: 'critical' }, '2026-01-31T09:00:00Z')],
});
const GROUPS = [
  group('web', '/etc/rules/b.yml', [DOWN, rule('Broken', { health: 'err', lastError: 'many-to-many matching' })]),
  group('ml', '/etc/rules/a.yml', [
    SLOW,
    rule('Pending', { state: 'pending' }),
    { type: 'recording', name: 'job:up', query: 'sum by (job) (up)', health: 'ok', evaluationTime: 0, lastEvaluation: '' },
  ]),
];

describe('alertingGroups', () => {
  const names = (...args: [Parameters<typeof alertingGroups>[1], string]) =>
    alertingGroups(GROUPS, ...args).map(({ group: { name }, rules }) => `${name}: ${rules.map((each) => each.name).join(' ')}`);

  it('goes by file, then group, in the order of evaluation', () => {
    expect(names('all', '')).toEqual(['ml: Slow Pending', 'web: APIDown Broken']);
  });

  it('filters by state and by failed evaluation', () => {
    expect(names('firing', '')).toEqual(['ml: Slow', 'web: APIDown']);
    expect(names('problems', '')).toEqual(['web: Broken']);
  });

  it('searches names, files, labels of active alerts and annotations', () => {
    expect(names('all', 'instance=a')).toEqual(['web: APIDown']);
    expect(names('all', 'pending HAPPENED')).toEqual(['ml: Pending']);
    expect(names('all', 'b.yml')).toEqual(['web: APIDown Broken']);
    expect(names('all', 'nothing')).toEqual([]);
  });
});

it('counts rules, not alerts', () => {
  expect(countRules(GROUPS)).toEqual({ all: 4, firing: 2, pending: 1, inactive: 1, problems: 1, recording: 1 });
});

it('shows the gravest firing alert first, then the newest', () => {
  expect(firingAlerts(GROUPS).map((each) => each.alert.labels.instance ?? each.rule.name)).toEqual(['Slow', 'a', 'b']);
});

it('shows a few alerts of each firing rule', () => {
  expect(firingRules(GROUPS, 1).map(({ key, shown, more }) => [key, shown.length, more])).toEqual([
    ['ml/Slow', 1, 0],
    ['web/APIDown', 1, 1],
  ]);
});

it('sorts the alerts of a rule', () => {
  expect(sortAlerts(DOWN.alerts).map(({ labels }) => labels.instance)).toEqual(['b', 'a', 'c']);
});

it('tells rules of one name apart', () => {
  const twice = group('g', 'f', [rule('A'), rule('A'), rule('B')]);
  expect(twice.rules.map((each) => ruleKey(twice, each as AlertingRule))).toEqual(['g/A/1', 'g/A/2', 'g/B']);
});

it('finds recording rules, files and summaries', () => {
  expect(recordedRules(GROUPS, 'job:up a.yml')).toHaveLength(1);
  expect(recordedRules(GROUPS, 'web')).toHaveLength(0);
  expect(fileName('/etc/rules/a.yml')).toBe('a.yml');
  expect(summaryOf({ description: 'd' })).toBe('d');
});
