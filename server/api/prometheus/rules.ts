// /api/v1/rules, alerts and alertmanagers: what the rule manager knows.
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { FormValues } from '../../http/form-values.ts';
import { messageOf } from '../../model/app-error.ts';
import { toGoJson } from '../../model/go-json.ts';
import { compileMatcher } from '../../model/matcher.ts';
import type { AlertStatus, RuleGroupStatus, RuleStatus } from '../../rules/rule-status.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { invalidParameter } from './errors.ts';
import { formatExponential, labelMapToJson, labelsToJson, listToJson, numberToJson, objectJson, timeToJson } from './json.ts';
import { parametersOf, parseBoolean, parseInteger, reading } from './parameters.ts';
import { READ } from './route.ts';
import { parseSelectors } from './selector.ts';

/** Adds the routes about rules and alerts. */
export function addRuleRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  app.get('/api/v1/rules', READ, async (request, reply) => {
    const values = parametersOf(request);
    const isWanted = ruleFilter(values);
    const withAlerts = !booleanOf(values, 'exclude_alerts');
    const wanted = groupsIn(deps, values).map((group) => ({ ...group, rules: group.rules.filter(isWanted) }));
    const page = pageOf(
      values,
      wanted.filter(({ rules }) => rules.length > 0),
    );
    const groups: string[] = [];
    for (const group of page.groups) groups.push(groupToJson(group, await listToJson(group.rules, (rule) => ruleToJson(rule, withAlerts))));
    const groupNextToken = page.nextToken === undefined ? undefined : toGoJson(page.nextToken);
    return sendData(reply, objectJson({ groups: `[${groups.join(',')}]`, groupNextToken }));
  });

  app.get('/api/v1/alerts', READ, async (_request, reply) => {
    const rules = deps.rules.groups().flatMap((group) => group.rules);
    const alerts = rules.flatMap((rule) => (rule.type === 'alerting' ? rule.alerts : []));
    return sendData(reply, `{"alerts":${await listToJson(alerts, alertToJson)}}`);
  });

  app.get('/api/v1/alertmanagers', READ, (_request, reply) => {
    const { active, dropped } = deps.alertmanagers();
    const list = (urls: readonly string[]) => toGoJson(urls.map((url) => ({ url })));
    return sendData(reply, `{"activeAlertmanagers":${list(active)},"droppedAlertmanagers":${list(dropped)}}`);
  });
}

function groupsIn({ rules }: PrometheusApiDeps, values: FormValues): RuleGroupStatus[] {
  const files = new Set(values.getAll('file[]'));
  const names = new Set(values.getAll('rule_group[]'));
  return rules.groups().filter((group) => (files.size === 0 || files.has(group.file)) && (names.size === 0 || names.has(group.name)));
}

function ruleFilter(values: FormValues): (rule: RuleStatus) => boolean {
  const type = values.get('type').toLowerCase();
  if (type !== '' && type !== 'alert' && type !== 'record') throw invalidParameter('type', `not supported value "${type}"`);
  const names = new Set(values.getAll('rule_name[]'));
  const sets = parseSelectors(values.getAll('match[]')).map((matchers) =>
    matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) })),
  );
  const hasType = (rule: RuleStatus) => type === '' || (type === 'alert') === (rule.type === 'alerting');
  const hasLabels = ({ labels }: RuleStatus) =>
    sets.length === 0 || sets.some((tests) => tests.every(({ name, test }) => test(labels[name] ?? '')));
  return (rule) => hasType(rule) && (names.size === 0 || names.has(rule.name)) && hasLabels(rule);
}

/** One page of groups, by `group_limit` and `group_next_token`. */
function pageOf(values: FormValues, groups: readonly RuleGroupStatus[]): { groups: readonly RuleGroupStatus[]; nextToken?: string } {
  const limitText = values.get('group_limit');
  const token = values.get('group_next_token');
  if (limitText === '') {
    if (token === '') return { groups };
    throw invalidParameter('group_next_token', 'group_limit needs to be present in order to paginate over the groups');
  }
  const limit = reading('group_limit', () => {
    try {
      return parseInteger(limitText, 'ParseInt');
    } catch (error) {
      throw new Error(`group_limit needs to be a valid number: ${messageOf(error)}`);
    }
  });
  if (limit <= 0) throw invalidParameter('group_limit', 'group_limit needs to be greater than 0');
  const start = token === '' ? 0 : groups.findIndex((group) => tokenOf(group) === token);
  if (start < 0) throw invalidParameter('group_next_token', `invalid group_next_token '${token}'. were rule groups changed?`);
  const next = groups[start + limit];
  return { groups: groups.slice(start, start + limit), ...(next ? { nextToken: tokenOf(next) } : {}) };
}

function tokenOf({ file, name }: RuleGroupStatus): string {
  return createHash('sha1').update(`${file};${name}`).digest('hex');
}

function booleanOf(values: FormValues, name: string): boolean {
  const text = values.get(name);
  if (text === '') return false;
  try {
    return parseBoolean(text);
  } catch (error) {
    throw invalidParameter(name, `error converting ${name}: ${messageOf(error)}`);
  }
}

function groupToJson(group: RuleGroupStatus, rules: string): string {
  return objectJson({
    name: toGoJson(group.name),
    file: toGoJson(group.file),
    rules,
    interval: String(group.intervalMs / 1000),
    limit: String(group.limit),
    evaluationTime: numberToJson(group.evaluationSeconds),
    lastEvaluation: timeToJson(group.lastEvaluationMs),
  });
}

function ruleToJson(rule: RuleStatus, withAlerts: boolean): string {
  const outcome = {
    health: toGoJson(rule.health),
    lastError: rule.lastError === '' ? undefined : toGoJson(rule.lastError),
    evaluationTime: numberToJson(rule.evaluationSeconds),
    lastEvaluation: timeToJson(rule.lastEvaluationMs),
    type: toGoJson(rule.type),
  };
  const labels = labelMapToJson(rule.labels);
  const named = { name: toGoJson(rule.name), query: toGoJson(rule.expr) };
  if (rule.type === 'recording') return objectJson({ ...named, labels: labels === '{}' ? undefined : labels, ...outcome });
  return objectJson({
    state: toGoJson(rule.state),
    ...named,
    duration: String(rule.forMs / 1000),
    keepFiringFor: String(rule.keepFiringForMs / 1000),
    labels,
    annotations: labelMapToJson(rule.annotations),
    alerts: withAlerts ? `[${rule.alerts.map(alertToJson).join(',')}]` : 'null',
    ...outcome,
  });
}

function alertToJson(alert: AlertStatus): string {
  return objectJson({
    labels: labelsToJson(alert.labels),
    annotations: labelMapToJson(alert.annotations),
    state: toGoJson(alert.state),
    activeAt: timeToJson(alert.activeAtMs),
    keepFiringSince: alert.keepFiringSinceMs === undefined ? undefined : timeToJson(alert.keepFiringSinceMs),
    value: toGoJson(formatExponential(alert.value)),
  });
}
