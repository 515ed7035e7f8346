// Grafana's options of the alert list → which alerts, in which order.
import type { Panel } from '@alidade/sdk/schema';
import type { ActiveAlert, AlertingRule, LabelMap, RuleGroup } from '../../data/prometheus.ts';
import { optionGroup, optionNumber, optionText } from '../panel-series.ts';

/** One line of the list: an alert, or a rule without alerts when inactive ones are wanted. */
export interface AlertRow {
  readonly key: string;
  readonly name: string;
  readonly state: 'firing' | 'pending' | 'inactive' | 'error';
  readonly labels: LabelMap;
  readonly summary: string;
  readonly activeAtMs: number | undefined;
  readonly severity: string;
}

export interface AlertListOptions {
  readonly states: ReadonlySet<AlertRow['state']>;
  readonly maxItems: number;
  readonly sortOrder: number;
  readonly nameFilter: string;
  readonly labelFilter: LabelMap;
}

/** Absent options have Grafana's defaults: pending and firing, twenty, by name. */
export function alertListOptions(panel: Panel): AlertListOptions {
  const filter = optionGroup(panel.options, 'stateFilter');
  const isWanted = (name: string, fallback: boolean) => (typeof filter[name] === 'boolean' ? filter[name] : fallback);
  const states = new Set<AlertRow['state']>();
  if (isWanted('firing', true)) states.add('firing');
  if (isWanted('pending', true)) states.add('pending');
  if (isWanted('normal', false) || isWanted('inactive', false)) states.add('inactive');
  if (isWanted('error', true)) states.add('error');
  return {
    states,
    maxItems: optionNumber(panel.options, 'maxItems') ?? 20,
    sortOrder: optionNumber(panel.options, 'sortOrder') ?? 1,
    nameFilter: optionText(panel.options, 'alertName', ''),
    labelFilter: parseMatchers(optionText(panel.options, 'alertInstanceLabelFilter', '')),
  };
}

/** `{job="api", team="ml"}`; only equality, as far as the panel's filter goes. */
function parseMatchers(text: string): LabelMap {
  const pairs = text.matchAll(/([a-zA-Z_]\w*)\s*=\s*"([^"]*)"/g);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name ?? '', value ?? '']));
}

/** The lines to show, and how many more there are. */
export function alertRows(
  groups: readonly RuleGroup[],
  options: AlertListOptions,
): { readonly rows: readonly AlertRow[]; readonly more: number } {
  const all = groups
    .flatMap((group) => group.rules.filter((rule): rule is AlertingRule => rule.type === 'alerting').flatMap((rule) => rowsOf(group, rule)))
    .filter(({ state }) => options.states.has(state))
    .filter(({ name }) => name.toLowerCase().includes(options.nameFilter.toLowerCase()))
    .filter(({ labels }) => Object.entries(options.labelFilter).every(([name, value]) => labels[name] === value))
    .toSorted(comparison(options.sortOrder));
  const rows = all.slice(0, Math.max(1, options.maxItems));
  return { rows, more: all.length - rows.length };
}

function rowsOf(group: RuleGroup, rule: AlertingRule): AlertRow[] {
  const key = `${group.file}/${group.name}/${rule.name}`;
  const base = { name: rule.name, severity: rule.labels?.severity ?? '' };
  if (rule.health === 'err') {
    return [{ ...base, key, state: 'error', labels: {}, summary: rule.lastError ?? 'The rule cannot be evaluated', activeAtMs: undefined }];
  }
  if (rule.alerts.length === 0) {
    return [{ ...base, key, state: 'inactive', labels: rule.labels ?? {}, summary: rule.annotations.summary ?? '', activeAtMs: undefined }];
  }
  return rule.alerts.map((alert) => ({
    key: `${key}/${JSON.stringify(alert.labels)}`,
    name: alert.labels.alertname ?? rule.name,
    state: alert.state,
    labels: alert.labels,
    summary: summaryOf(alert),
    activeAtMs: Date.parse(alert.activeAt),
    severity: alert.labels.severity ?? '',
  }));
}

/** The one sentence that says what is wrong: summary, else description, else message. */
export function summaryOf({ annotations }: Pick<ActiveAlert, 'annotations'>): string {
  return annotations.summary ?? annotations.description ?? annotations.message ?? '';
}

const IMPORTANCE: Readonly<Record<AlertRow['state'], number>> = { firing: 0, error: 1, pending: 2, inactive: 3 };

/** 1 name, 2 name backwards, 3 importance, 4 oldest first, 5 newest first. */
function comparison(order: number): (a: AlertRow, b: AlertRow) => number {
  const byName = (a: AlertRow, b: AlertRow) => a.name.localeCompare(b.name) || a.key.localeCompare(b.key);
  if (order === 2) return (a, b) => byName(b, a);
  if (order === 3) return (a, b) => IMPORTANCE[a.state] - IMPORTANCE[b.state] || byName(a, b);
  if (order === 4) return (a, b) => (a.activeAtMs ?? Infinity) - (b.activeAtMs ?? Infinity) || byName(a, b);
  if (order === 5) return (a, b) => (b.activeAtMs ?? -Infinity) - (a.activeAtMs ?? -Infinity) || byName(a, b);
  return byName;
}
