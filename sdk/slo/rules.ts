// The rules of an objective, as groups of a Prometheus rule file: one records the failed share over the alerts' windows, one over the
// whole window (less often, as it reads most), one holds the alerts.
import type { AlertingRule, RecordingRule, RuleFile, RuleGroup } from '../schema/rule-file.ts';
import type { Slo, SloAlertName, SloBurnCondition } from '../schema/slo.ts';
import { errorBudget } from './budget.ts';
import { burnConditions } from './burn-conditions.ts';
import { durationMs, formatDuration } from './duration.ts';
import { ruleExpressions, sliceGood } from './expressions.ts';
import { errorRatioName, eventsName, failedEventsName, RECORDED, sloLabels, sloSelector } from './recorded-names.ts';

/** The burn rate that is called the current one is that of the last hour. */
export const CURRENT_WINDOW = '1h';

/** Less than the five minutes for which a sample counts, so that there are no gaps. */
const WINDOW_INTERVAL = '2m30s';
const DAY_MS = 86_400_000;

/** A rule file with the rules of all objectives. */
export function generateSloRules(slos: readonly Slo[]): RuleFile {
  return { groups: slos.flatMap(sloRules) };
}

/** What the rule groups of an objective are called before `-sli` and the like: `slo-<service>-<name>`. `a-b/c` and `a/b-c` have the same. */
export function sloGroupName({ service, name }: Slo): string {
  return `slo-${service}-${name}`;
}

/** The rule groups of one objective: `slo-<service>-<name>-sli`, `…-budget` and `…-alerts`. */
export function sloRules(slo: Slo): RuleGroup[] {
  const name = sloGroupName(slo);
  const interval = slo.indicator.type === 'time-slice' ? { interval: slo.indicator.slice } : {};
  const alerts = alertRules(slo);
  return [
    { name: `${name}-sli`, ...interval, rules: indicatorRules(slo) },
    { name: `${name}-budget`, interval: WINDOW_INTERVAL, rules: budgetRules(slo) },
    ...(alerts.length === 0 ? [] : [{ name: `${name}-alerts`, rules: alerts }]),
  ];
}

/** The windows whose failed share is recorded, shortest first, without the objective's own. */
export function recordedWindows(slo: Slo): string[] {
  const windows = burnConditions(slo.window).flatMap(({ longWindow, shortWindow }) => [longWindow, shortWindow]);
  const ms = new Set([CURRENT_WINDOW, ...windows].map(durationMs));
  ms.delete(durationMs(slo.window));
  return [...ms].sort((a, b) => a - b).map(formatDuration);
}

function indicatorRules(slo: Slo): RecordingRule[] {
  const { indicator } = slo;
  const labels = sloLabels(slo);
  const sli = ruleExpressions(slo);
  const guards = guardWindows(slo);
  const rules: RecordingRule[] = [];
  if (indicator.type === 'time-slice') rules.push({ record: RECORDED.sliceGood, expr: sliceGood(slo, indicator), labels });
  for (const window of recordedWindows(slo)) {
    rules.push({ record: errorRatioName(window), expr: sli.errorRatio(window), labels });
    const total = guards.has(window) ? sli.total(window) : undefined;
    if (total !== undefined) rules.push({ record: eventsName(window), expr: total, labels });
  }
  return rules;
}

/** Long windows whose number of events an alert looks at. */
function guardWindows(slo: Slo): Set<string> {
  if (!slo.minEvents || slo.indicator.type === 'time-slice') return new Set();
  return new Set(burnConditions(slo.window).map(({ longWindow }) => longWindow));
}

function budgetRules(slo: Slo): RecordingRule[] {
  const labels = sloLabels(slo);
  const sli = ruleExpressions(slo);
  const budget = errorBudget(slo.target);
  const windowMs = durationMs(slo.window);
  const at = sloSelector(slo);
  const total = sli.total(slo.window);
  const failed = sli.failed(slo.window);
  const record = (name: string, expr: string): RecordingRule => ({ record: name, expr, labels });
  const counts =
    total === undefined || failed === undefined
      ? [record(errorRatioName(slo.window), sli.errorRatio(slo.window))]
      : [
          record(eventsName(slo.window), total),
          record(failedEventsName(slo.window), failed),
          record(errorRatioName(slo.window), `${failedEventsName(slo.window)}${at} / (${eventsName(slo.window)}${at} > 0)`),
        ];
  return [
    record(RECORDED.objective, `vector(${slo.target})`),
    record(RECORDED.budget, `vector(${budget})`),
    record(RECORDED.days, `vector(${windowMs / DAY_MS})`),
    ...counts,
    record(RECORDED.currentBurnRate, `${errorRatioName(CURRENT_WINDOW)}${at} / ${budget}`),
    record(RECORDED.periodBurnRate, `${errorRatioName(slo.window)}${at} / ${budget}`),
    record(RECORDED.budgetRemaining, `1 - ${RECORDED.periodBurnRate}${at}`),
    record(
      RECORDED.exhaustionHours,
      `clamp_min(${RECORDED.budgetRemaining}${at}, 0) * ${windowMs / 3_600_000} / (${RECORDED.currentBurnRate}${at} > 0)`,
    ),
    { record: RECORDED.info, expr: 'vector(1)', labels: { ...labels, ...infoLabels(slo) } },
  ];
}

function infoLabels({ target, window, team, title }: Slo): Record<string, string> {
  return { objective: String(target), window, ...(team && { team }), ...(title && { title }) };
}

function alertRules(slo: Slo): AlertingRule[] {
  const omitted = new Set<SloAlertName>(slo.alerts?.omit);
  const conditions = burnConditions(slo.window).filter(({ name }) => !omitted.has(name));
  const rules: AlertingRule[] = [];
  for (const severity of ['page', 'ticket'] as const) {
    const own = conditions.filter((condition) => condition.severity === severity);
    if (own.length > 0) rules.push(burnAlert(slo, severity, own));
  }
  if (!omitted.has('exhausted')) rules.push(exhaustedAlert(slo));
  if (!omitted.has('missing-data')) rules.push(missingDataAlert(slo));
  return rules;
}

function burnAlert(slo: Slo, severity: 'page' | 'ticket', conditions: readonly SloBurnCondition[]): AlertingRule {
  const words = conditions.map(({ budgetShare, longWindow }) => `${percent(budgetShare)} in ${longWindow}`).join(' or ');
  return alert(slo, severity, {
    alert: severity === 'page' ? 'ErrorBudgetBurnRateCritical' : 'ErrorBudgetBurnRateWarning',
    expr: conditions.map((condition) => conditionExpr(slo, condition)).join('\nor\n'),
    summary: `${titleOf(slo)}: the error budget burns too fast`,
    description: `{{ $value | humanizePercentage }} of the events fail; ${percent(errorBudget(slo.target))} may. That spends at least ${words} of the budget.${goneIn(slo)}`,
  });
}

/** True, with the long window's failed share as value, while both windows burn faster than the factor. */
export function conditionExpr(slo: Slo, { longWindow, shortWindow, factor }: SloBurnCondition): string {
  const at = sloSelector(slo);
  const threshold = conditionThreshold(slo, factor);
  const enough = guardWindows(slo).has(longWindow) ? `\n  and ${eventsName(longWindow)}${at} >= ${slo.minEvents}` : '';
  return `(\n  ${errorRatioName(longWindow)}${at} > ${threshold}\n  and ${errorRatioName(shortWindow)}${at} > ${threshold}${enough}\n)`;
}

/** The failed share above which a condition holds. */
export function conditionThreshold({ target }: Slo, factor: number): number {
  return Number((factor * errorBudget(target)).toPrecision(12));
}

function exhaustedAlert(slo: Slo): AlertingRule {
  const enough =
    slo.minEvents && ruleExpressions(slo).total(slo.window) !== undefined && slo.indicator.type !== 'time-slice'
      ? ` and ${eventsName(slo.window)}${sloSelector(slo)} >= ${slo.minEvents}`
      : '';
  return alert(slo, 'page', {
    alert: 'ErrorBudgetExhausted',
    expr: `${RECORDED.budgetRemaining}${sloSelector(slo)} <= 0${enough}`,
    for: '5m',
    summary: `${titleOf(slo)}: the error budget is spent`,
    description: `The objective of ${percent(slo.target)} over ${slo.window} is missed; {{ $value | humanizePercentage }} of the budget is left.`,
  });
}

function missingDataAlert(slo: Slo): AlertingRule {
  return alert(slo, 'ticket', {
    alert: 'SLODataMissing',
    expr: `absent(${ruleExpressions(slo).presence})`,
    for: '5m',
    summary: `${titleOf(slo)}: there is no data to judge it by`,
    description: `Nothing that the objective measures has arrived lately. Neither success nor failure is known: see whether ${slo.service} runs and is scraped.`,
  });
}

interface AlertWords {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly summary: string;
  readonly description: string;
}

function alert(slo: Slo, severity: 'page' | 'ticket', { summary, description, ...rule }: AlertWords): AlertingRule {
  const own = slo.alerts?.[severity];
  return {
    ...rule,
    labels: {
      severity: severity === 'page' ? 'critical' : 'warning',
      ...(slo.team && { team: slo.team }),
      ...slo.labels,
      ...own?.labels,
      ...sloLabels(slo),
    },
    annotations: { summary, description, ...(slo.runbookUrl && { runbook_url: slo.runbookUrl }), ...own?.annotations },
  };
}

/** "Budget gone in N hours", asked when the alert is sent. */
function goneIn(slo: Slo): string {
  const query = `${RECORDED.exhaustionHours}${sloSelector(slo)}`.replaceAll('"', "'");
  return `{{ with query "${query}" }} The budget is gone in {{ . | first | value | printf "%.1f" }} hours.{{ end }}`;
}

function titleOf({ title, name, service }: Slo): string {
  // Braces would begin a template.
  return (title ?? `${service} ${name}`).replaceAll('{{', '{ {');
}

/** `99.9 %` */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(10))} %`;
}
