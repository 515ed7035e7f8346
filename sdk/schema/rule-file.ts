// Prometheus' rule file as plain data, with the names of its fields: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/.

/** A rule file. */
export interface RuleFile {
  readonly groups: readonly RuleGroup[];
}

/** Rules that are evaluated in order, at one time. Durations are Prometheus' (`1m`, `2m30s`). */
export interface RuleGroup {
  readonly name: string;
  /** Default: `global.evaluation_interval`. */
  readonly interval?: string;
  readonly query_offset?: string;
  readonly limit?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly rules: readonly Rule[];
}

/** One rule of a group. */
export type Rule = RecordingRule | AlertingRule;

/** Stores the result of `expr` as series named `record`. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Makes an alert of each series of the result of `expr`; labels and annotations are Go templates. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
