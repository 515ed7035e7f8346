// Rules in the shape of a Prometheus rule file.
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from '../schema/rule-file.ts';
import { checkDuration, type Duration } from './duration.ts';
import { CodeError } from './errors.ts';
import type { Expr } from './expr.ts';
import { recorded } from './metrics.ts';
import type { PromqlText } from './operators.ts';
import type { Gauge } from './series.ts';

/** How urgent an alert is; the label that routes look at. */
export type Severity = 'critical' | 'warning' | 'info' | (string & {});

/** What an alert says beside its condition. All texts are Go templates: `{{ $value | humanizePercentage }}`. */
export interface AlertOptions {
  readonly severity: Severity;
  /** One line: what is wrong. */
  readonly summary: string;
  /** What it means, with the value. */
  readonly description?: string | undefined;
  /** Who is told; a label. */
  readonly team?: string | undefined;
  /** Address of the runbook; the annotation `runbook_url`. */
  readonly runbook?: string | undefined;
  /** How long the condition must hold before it fires. */
  readonly for?: Duration | undefined;
  /** How long it goes on firing when the condition no longer holds. */
  readonly keepFiringFor?: Duration | undefined;
  /** Further labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Further annotations. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** An alert for each series of the result of `expr`. */
export function alert(name: string, expr: PromqlText | string, options: AlertOptions): AlertingRule {
  const place = `alert "${name}"`;
  const { severity, team, summary, description, runbook } = options;
  return {
    alert: name,
    expr: ruleExpr(expr, place),
    ...(options.for !== undefined && { for: checkDuration(options.for, `${place}: for`) }),
    ...(options.keepFiringFor !== undefined && { keep_firing_for: checkDuration(options.keepFiringFor, `${place}: keepFiringFor`) }),
    labels: { severity, ...(team !== undefined && { team }), ...options.labels },
    annotations: {
      summary,
      ...(description !== undefined && { description }),
      ...(runbook !== undefined && { runbook_url: runbook }),
      ...options.annotations,
    },
  };
}

/** Stores the result of `expr` as series `name`, by convention `level:metric:operations`. */
export function record<L extends string>(
  name: string,
  expr: Expr<L> | string,
  options: { readonly labels?: Readonly<Record<string, string>> } = {},
): RecordedRule<L> {
  const unit = typeof expr === 'string' ? undefined : expr.unit;
  const rule = { record: name, expr: ruleExpr(expr, `recording rule "${name}"`), ...(options.labels && { labels: options.labels }) };
  // Not enumerable: the rule is plain data wherever it is written or compared.
  return Object.defineProperty(rule, 'metric', { value: recorded<L>(name, unit) }) as RecordedRule<L>;
}

/** A recording rule, and in `metric` what it records, to write other queries with. */
export type RecordedRule<L extends string> = RecordingRule & { readonly metric: Gauge<L> };

/** How a group is evaluated. */
export interface RuleGroupOptions {
  /** How often; default: `evaluationInterval` of the project. */
  readonly interval?: Duration;
  /** How far in the past, so that late samples are there. */
  readonly queryOffset?: Duration;
  /** Most series or alerts that one rule may make. */
  readonly limit?: number;
  /** Labels of all its rules. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Rules that are evaluated in order, at one time. */
export function group(name: string, rules: readonly Rule[]): RuleGroup;
export function group(name: string, options: RuleGroupOptions, rules: readonly Rule[]): RuleGroup;
export function group(name: string, ...[first, second]: [readonly Rule[]] | [RuleGroupOptions, readonly Rule[]]): RuleGroup {
  const [options, rules] = second === undefined ? [{}, first as readonly Rule[]] : [first as RuleGroupOptions, second];
  const { interval, queryOffset, limit, labels } = options;
  return {
    name,
    ...(interval !== undefined && { interval: checkDuration(interval, `rule group "${name}": interval`) }),
    ...(queryOffset !== undefined && { query_offset: checkDuration(queryOffset, `rule group "${name}": queryOffset`) }),
    ...(limit !== undefined && { limit }),
    ...(labels && { labels }),
    rules,
  };
}

function ruleExpr(expr: PromqlText | string, place: string): string {
  const text = typeof expr === 'string' ? expr.trim() : expr.promql;
  const variable = /\$__\w+/.exec(text)?.[0];
  if (variable === undefined) return text;
  throw new CodeError(
    'code.invalid_rule',
    `${place}: ${variable} exists only in dashboards: give the range, as in rate('5m'); the expression is ${text}`,
  );
}
