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
