import type { Labels } from '../model/labels.ts';

export type AlertState = 'inactive' | 'pending' | 'firing';
export type RuleHealth = 'unknown' | 'ok' | 'err';

/** One active alert of an alerting rule. */
export interface AlertStatus {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAtMs: number;
  /** Set while the condition has gone and keep_firing_for holds the alert. */
  readonly keepFiringSinceMs?: number;
  readonly value: number;
}

interface RuleStatusBase {
  readonly name: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly health: RuleHealth;
  readonly lastError: string;
  /** 0 before the first evaluation. */
  readonly lastEvaluationMs: number;
  readonly evaluationSeconds: number;
}

export interface AlertingRuleStatus extends RuleStatusBase {
  readonly type: 'alerting';
  readonly state: AlertState;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly alerts: readonly AlertStatus[];
}

export interface RecordingRuleStatus extends RuleStatusBase {
  readonly type: 'recording';
}

export type RuleStatus = AlertingRuleStatus | RecordingRuleStatus;

/** What /api/v1/rules shows of a group. */
export interface RuleGroupStatus {
  readonly name: string;
  readonly file: string;
  readonly intervalMs: number;
  readonly limit: number;
  readonly rules: readonly RuleStatus[];
  readonly evaluationSeconds: number;
  readonly lastEvaluationMs: number;
}

/** The reading side of the rule manager. */
export interface RulesView {
  groups(): readonly RuleGroupStatus[];
}
