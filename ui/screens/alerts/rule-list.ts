// Rules and alerts as the screen shows them: counted, filtered, sorted.
import type { ActiveAlert, AlertingRule, LabelMap, RecordingRule, RuleGroup } from '../../data/prometheus.ts';
import { labelText, searchTest } from '../../format/search.ts';

/** 'problems' = rules whose last evaluation failed. */
export type RuleFilter = 'all' | 'firing' | 'pending' | 'inactive' | 'problems';

/** What newer answers carry besides: the condition has gone and keep_firing_for holds the alert. */
export type ShownAlert = ActiveAlert & { readonly keepFiringSince?: string };

export interface AlertingGroup {
  readonly group: RuleGroup;
  readonly rules: readonly AlertingRule[];
}

export interface FiringAlert {
  readonly alert: ShownAlert;
  readonly rule: AlertingRule;
  readonly group: RuleGroup;
}

export interface RecordedRule {
  readonly rule: RecordingRule;
  readonly group: RuleGroup;
}

export type RuleCounts = Readonly<Record<RuleFilter, number>> & { readonly recording: number };

/** Rules by state, for the choices of the filter. */
export function countRules(groups: readonly RuleGroup[]): RuleCounts {
  const alerting = groups.flatMap(alertingOf);
  const inState = (state: string) => alerting.filter((rule) => rule.state === state).length;
  return {
    all: alerting.length,
    firing: inState('firing'),
    pending: inState('pending'),
    inactive: inState('inactive'),
    problems: alerting.filter(({ health }) => health === 'err').length,
    recording: groups.reduce((sum, { rules }) => sum + rules.filter(({ type }) => type === 'recording').length, 0),
  };
}

function alertingOf({ rules }: RuleGroup): readonly AlertingRule[] {
  return rules.filter((rule): rule is AlertingRule => rule.type === 'alerting');
}

/** Groups by file and name with the alerting rules that pass, in the order of evaluation; groups without any are left out. */
export function alertingGroups(groups: readonly RuleGroup[], filter: RuleFilter, search: string): readonly AlertingGroup[] {
  const isFound = searchTest(search);
  const passes = (rule: AlertingRule) => filter === 'all' || (filter === 'problems' ? rule.health === 'err' : rule.state === filter);
  return groups
    .map((group) => ({ group, rules: alertingOf(group).filter((rule) => passes(rule) && isFound(ruleText(rule, group))) }))
    .filter(({ rules }) => rules.length > 0)
    .sort((a, b) => compare(a.group.file, b.group.file) || compare(a.group.name, b.group.name));
}

/** Recording rules that pass the search. */
export function recordedRules(groups: readonly RuleGroup[], search: string): readonly RecordedRule[] {
  const isFound = searchTest(search);
  return groups.flatMap((group) =>
    group.rules
      .filter((rule): rule is RecordingRule => rule.type === 'recording')
      .filter((rule) => isFound(`${group.name} ${group.file} ${rule.name} ${rule.query} ${labelText(rule.labels ?? {})}`))
      .map((rule) => ({ rule, group })),
  );
}

/** Firing alerts of one rule: the first few, and how many more there are. */
export interface FiringRule {
  readonly key: string;
  readonly shown: readonly FiringAlert[];
  readonly more: number;
}

/** One rule must not push the others out of sight: `most` alerts of each, rules in the order of their gravest alert. */
export function firingRules(groups: readonly RuleGroup[], most: number): readonly FiringRule[] {
  const byRule = new Map<AlertingRule, FiringAlert[]>();
  for (const each of firingAlerts(groups)) {
    const known = byRule.get(each.rule);
    if (known) known.push(each);
    else byRule.set(each.rule, [each]);
  }
  return [...byRule.values()].map((all) => {
    const [first] = all as [FiringAlert];
    return { key: ruleKey(first.group, first.rule), shown: all.slice(0, most), more: Math.max(0, all.length - most) };
  });
}

/** What fires now: the gravest first, then the newest. */
export function firingAlerts(groups: readonly RuleGroup[]): readonly FiringAlert[] {
  const firing = groups.flatMap((group) =>
    alertingOf(group).flatMap((rule) =>
      rule.alerts.filter(({ state }) => state === 'firing').map((alert): FiringAlert => ({ alert, rule, group })),
    ),
  );
  // The server's order changes between answers: labels decide the rest, so that rows stay where they are.
  return firing.sort(
    (a, b) =>
      gravity(a.alert.labels) - gravity(b.alert.labels) ||
      Date.parse(b.alert.activeAt) - Date.parse(a.alert.activeAt) ||
      compare(labelsKey(a.alert.labels), labelsKey(b.alert.labels)),
  );
}

function gravity({ severity = '' }: LabelMap): number {
  if (/^(critical|page|emergency|fatal|high|error|p1)$/i.test(severity)) return 0;
  return /^(warning|warn|medium|major|p2)$/i.test(severity) ? 1 : 2;
}

/** Alerts of a rule: firing before pending, then the oldest first. */
export function sortAlerts(alerts: readonly ShownAlert[]): readonly ShownAlert[] {
  return alerts.toSorted(
    (a, b) =>
      compare(a.state, b.state) || Date.parse(a.activeAt) - Date.parse(b.activeAt) || compare(labelsKey(a.labels), labelsKey(b.labels)),
  );
}

/** The identity of a rule in URLs: names need not be unique, so its place in the group counts too. */
export function ruleKey(group: RuleGroup, rule: AlertingRule): string {
  const same = group.rules.filter(({ name }) => name === rule.name);
  return same.length > 1 ? `${group.name}/${rule.name}/${same.indexOf(rule) + 1}` : `${group.name}/${rule.name}`;
}

/** The identity of an alert: its labels. */
export function labelsKey(labels: LabelMap): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => compare(a, b)));
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The annotation that says in a line what is wrong. */
export function summaryOf(annotations: LabelMap): string {
  return annotations.summary ?? annotations.message ?? annotations.title ?? annotations.description ?? '';
}

function ruleText(rule: AlertingRule, group: RuleGroup): string {
  const alerts = rule.alerts.map(({ labels }) => labelText(labels)).join(' ');
  return [
    group.name,
    group.file,
    rule.name,
    rule.query,
    labelText(rule.labels ?? {}),
    Object.values(rule.annotations).join(' '),
    alerts,
  ].join(' ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
