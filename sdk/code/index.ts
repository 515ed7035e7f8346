/**
 * `@alidade/sdk/code`: dashboards, rules, alert routes and scrape jobs in TypeScript. A `*.alidade.ts` file exports a project by default;
 * `alidade up` runs it, `alidade generate` writes it as the files of Prometheus, Alertmanager and Grafana.
 *
 * ```ts
 * const m = metrics(catalog);
 * export default defineProject({
 *   name: 'churn',
 *   dashboards: [dashboard('Churn', { panels: [timeseries('Latency', { p95: m.mlPredictionDurationSeconds.quantile(0.95) })] })],
 *   rules: [group('churn', [alert('ApiDown', up.where({ job: 'ml-api' }).eq(0), { severity: 'critical', summary: 'The API is down' })])],
 * });
 * ```
 */
export type { CounterDescriptor, GaugeDescriptor, HistogramDescriptor, MetricDescriptor, MetricUnit } from '../schema/metric-descriptor.ts';
export type { AlertingRule, RecordingRule, Rule, RuleGroup } from '../schema/rule-file.ts';
export {
  type AlertingOptions,
  type EmailOptions,
  email,
  type InhibitOptions,
  type Integration,
  integration,
  type PagerdutyOptions,
  pagerduty,
  type Receiver,
  type RouteOptions,
  receiver,
  type SlackOptions,
  slack,
  type TimeInterval,
  type TimeRange,
  timeInterval,
  type WebhookOptions,
  webhook,
} from './alerting.ts';
export { type Annotation, annotation, type Dashboard, type DashboardOptions, dashboard, type Row, row } from './dashboards/dashboard.ts';
export type { Color, FieldOptions, MappedText, Mappings, RangeMapping, SeriesOptions, Thresholds } from './dashboards/field.ts';
export type { Calc, Legend } from './dashboards/legend.ts';
export type { Link, Panel, PanelOptions } from './dashboards/panel.ts';
export {
  type AlertListOptions,
  alertlist,
  type BargaugeOptions,
  bargauge,
  type GaugeOptions,
  gauge,
  type HeatmapOptions,
  heatmap,
  type LogsOptions,
  logs,
  type PieOptions,
  panel,
  piechart,
  type StateTimelineOptions,
  type StatOptions,
  stat,
  stateTimeline,
  type TableOptions,
  type TimeseriesOptions,
  table,
  text,
  timeseries,
} from './dashboards/panels.ts';
export { type PanelQuery, type Queries, type Query, query } from './dashboards/query.ts';
export { type Variable, type VariableOptions, variable } from './dashboards/variable.ts';
export { type Datasource, type DatasourceOptions, datasource, lokiSource, prometheusSource, tempoSource } from './datasources.ts';
export { type Duration, RATE_INTERVAL, type Range } from './duration.ts';
export { CodeError, type CodeErrorCode } from './errors.ts';
export { Expr, now, promql } from './expr.ts';
export { folderOf, folderSlug, openSloPath, type ProjectFile, projectFiles, ruleFiles } from './files.ts';
export type { HttpClientOptions } from './http-client.ts';
export { type LabelMatcher, type Matchers, matches, matchesNot, not } from './matchers.ts';
export {
  alerts,
  existing,
  type MetricOf,
  type MetricOptions,
  type MetricsOf,
  metric,
  metrics,
  recorded,
  type TargetLabel,
  up,
} from './metrics.ts';
export type { Matching, Operand, PromqlText } from './operators.ts';
export { defineProject, type Project, type ProjectOptions } from './project.ts';
export { type AlertOptions, alert, group, type RecordedRule, type RuleGroupOptions, record, type Severity } from './rules.ts';
export {
  type Discovery,
  dns,
  drop,
  files,
  http,
  type Job,
  type JobOptions,
  job,
  type KubernetesOptions,
  type KubernetesRole,
  keep,
  kubernetes,
  labeldrop,
  labelmap,
  type Relabel,
  replace,
  type ScrapeOptions,
  setLabel,
  type TargetGroup,
} from './scrape.ts';
export { Counter, Gauge, Histogram, type LabelValues, Series } from './series.ts';
export type { AlertLimits } from './service/alerts.ts';
export type { LatencyBound, Objectives } from './service/objectives.ts';
export { type ServiceOptions, service, serviceParts } from './service/service.ts';
export { type SloDashboardOptions, sloDashboard } from './slo-dashboard.ts';
export type { Unit } from './units.ts';
