import type { z } from 'zod';
import { messageOf } from '../model/app-error.ts';
import { isLabelName, isMetricName } from '../model/label-name.ts';
import type { LanguageFeatures } from '../model/language-features.ts';
import type { ConfigFile } from './config-file.ts';
import { duration, listOf, mapOf, section, text, wholeNumber } from './fields.ts';
import type { CheckRetentionMatch } from './retention.ts';
import type { YamlPath } from './yaml-file.ts';

/** One rule of a rule file, defaults filled in; `expr` has been parsed once, so it is valid PromQL. */
export type RuleConfig = RecordingRuleConfig | AlertingRuleConfig;

export interface RecordingRuleConfig {
  readonly type: 'recording';
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface AlertingRuleConfig {
  readonly type: 'alerting';
  readonly alert: string;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** Values are Go templates, checked when loaded. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A group of rules that are evaluated in order, at one time. */
export interface RuleGroupConfig {
  readonly name: string;
  /** The file it stands in. Name and file together are the group's identity. */
  readonly file: string;
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  /** Most alerts or series that one rule may produce; 0 = no limit. */
  readonly limit: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: readonly RuleConfig[];
}

/** What a rule file cannot know by itself. */
export interface RuleDefaults {
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  readonly features: LanguageFeatures;
}

/** Checks that belong to higher layers; both throw an AppError whose message begins with `line:column: ` where it has a place. */
export interface LanguageChecks {
  readonly checkExpr: (expr: string, features: LanguageFeatures) => void;
  readonly checkTemplate: (text: string) => void;
  /** Of rules of retention; absent: not checked. */
  readonly checkRetention?: CheckRetentionMatch | undefined;
}

const ruleLabels = mapOf(text(), (name) =>
  isLabelName(name) && name !== '__name__' ? undefined : `invalid label name: ${name} (__name__ and empty names cannot be set by a rule)`,
);
const annotations = mapOf(text(), (name) => (isLabelName(name) ? undefined : `invalid annotation name: ${name}`));

const ruleSection = section({
  record: text().optional(),
  alert: text().optional(),
  expr: text().default(''),
  for: duration().default(0),
  keep_firing_for: duration().default(0),
  labels: ruleLabels.default({}),
  annotations: annotations.default({}),
});

const groupSection = section({
  name: text().default(''),
  interval: duration().default(0),
  query_offset: duration().optional(),
  limit: wholeNumber(Number.MIN_SAFE_INTEGER).default(0),
  labels: ruleLabels.default({}),
  rules: listOf(ruleSection),
});

const fileSection = section({ groups: listOf(groupSection) });

/** The groups of a rule file, or undefined when it has faults, which are then among its problems. */
export function readRuleGroups(file: ConfigFile, defaults: RuleDefaults, checks: LanguageChecks): RuleGroupConfig[] | undefined {
  const settings = file.has([]) ? file.read(fileSection, []) : { groups: [] };
  const names = new Set<string>();
  for (const group of file.items(['groups'])) {
    checkGroupName(file, group, names);
    for (const rule of file.items([...group, 'rules'])) checkRule(file, rule, defaults.features, checks);
  }
  if (!settings || file.hasErrors) return undefined;
  return settings.groups.map((group) => ({
    name: group.name,
    file: file.file,
    intervalMs: group.interval || defaults.intervalMs,
    queryOffsetMs: group.query_offset ?? defaults.queryOffsetMs,
    limit: Math.max(0, group.limit),
    labels: group.labels,
    rules: group.rules.map(toRule),
  }));
}

function checkGroupName(file: ConfigFile, group: YamlPath, names: Set<string>): void {
  const name = file.text([...group, 'name']) ?? '';
  if (name === '') file.error([...group, 'name'], 'Groupname must not be empty');
  else if (names.has(name))
    file.error([...group, 'name'], `groupname: "${name}" is repeated in the same file; give each group its own name`);
  names.add(name);
}

function checkRule(file: ConfigFile, rule: YamlPath, features: LanguageFeatures, checks: LanguageChecks): void {
  const value = (key: string) => file.text([...rule, key]) ?? '';
  const isRecording = value('record') !== '';
  const isAlerting = value('alert') !== '';
  if (isRecording && isAlerting) file.error([...rule, 'record'], "only one of 'record' and 'alert' must be set");
  if (!isRecording && !isAlerting) file.error(rule, "one of 'record' or 'alert' must be set");
  if (value('expr') === '') file.error([...rule, 'expr'], "field 'expr' must be set in rule");
  else tryCheck(file, [...rule, 'expr'], (expr) => checks.checkExpr(expr, features));
  if (isRecording) checkRecording(file, rule, value('record'));
  if (!isAlerting) return;
  for (const part of ['labels', 'annotations']) {
    for (const name of file.keys([...rule, part])) tryCheck(file, [...rule, part, name], checks.checkTemplate);
  }
}

function checkRecording(file: ConfigFile, rule: YamlPath, name: string): void {
  for (const key of ['annotations', 'for', 'keep_firing_for']) {
    if (isSet(file, [...rule, key])) file.error([...rule, key], `invalid field '${key}' in recording rule; only alerting rules have it`);
  }
  const place = [...rule, 'record'];
  if (!isMetricName(name)) file.error(place, `invalid recording rule name: ${name}`);
  else if (/[{}]/.test(name)) file.error(place, `braces present in the recording rule name; should it be in expr?: ${name}`);
}

// Written but empty is no fault upstream: `for: 0s`, `annotations: {}`.
function isSet(file: ConfigFile, path: YamlPath): boolean {
  const written = file.text(path);
  return written === undefined ? file.keys(path).length > 0 : duration().safeParse(file.get(path)).data !== 0;
}

function tryCheck(file: ConfigFile, path: YamlPath, check: (text: string) => void): void {
  const written = file.text(path);
  if (written === undefined) return;
  try {
    check(written);
  } catch (error) {
    const message = messageOf(error);
    file.errorInText(path, Number(/^(\d+):\d+: /.exec(message)?.[1] ?? 1), message);
  }
}

function toRule(rule: z.output<typeof ruleSection>): RuleConfig {
  const { expr, labels } = rule;
  if (rule.record) return { type: 'recording', record: rule.record, expr, labels };
  return {
    type: 'alerting',
    alert: rule.alert ?? '',
    expr,
    forMs: rule.for,
    keepFiringForMs: rule.keep_firing_for,
    labels,
    annotations: rule.annotations,
  };
}
