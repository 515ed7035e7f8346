// Grafana's dashboard JSON as far as Alidade reads it, after normalisation (defaults filled in, `{"dashboard": …}` unwrapped,
// nested rows flattened). Unknown members are kept in the file but not here.

export interface ThresholdStep {
  /** null = minus infinity. */
  readonly value: number | null;
  readonly color: string;
}

export interface Thresholds {
  readonly mode: 'absolute' | 'percentage';
  readonly steps: readonly ThresholdStep[];
}

/** Text and colour in place of a value. */
export type ValueMapping =
  | { readonly type: 'value'; readonly options: Readonly<Record<string, MappingResult>> }
  | {
      readonly type: 'range';
      readonly options: { readonly from: number | null; readonly to: number | null; readonly result: MappingResult };
    }
  | { readonly type: 'regex'; readonly options: { readonly pattern: string; readonly result: MappingResult } }
  | { readonly type: 'special'; readonly options: { readonly match: string; readonly result: MappingResult } };

export interface MappingResult {
  readonly text?: string;
  readonly color?: string;
  readonly index?: number;
}

/** Grafana's field options: how one series is shown. */
export interface FieldConfig {
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly displayName?: string;
  readonly noValue?: string;
  readonly color?: { readonly mode: string; readonly fixedColor?: string };
  readonly thresholds?: Thresholds;
  readonly mappings: readonly ValueMapping[];
  /** Panel-specific: drawStyle, fillOpacity, lineWidth, showPoints, stacking, … */
  readonly custom: Readonly<Record<string, unknown>>;
}

export interface FieldOverride {
  readonly matcher: { readonly id: string; readonly options?: unknown };
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
}

export interface PanelTarget {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
  readonly hide: boolean;
  /** Min step, '' = none. */
  readonly interval: string;
  /** Whether the panel shows exemplars of this query; absent = no. */
  readonly exemplar?: boolean;
}

/** 24 columns; a unit of height is 30 px. */
export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Panel {
  readonly id: number;
  /** Grafana's type: stat, timeseries, piechart, alertlist, row, text, … */
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly gridPos: GridPos;
  readonly targets: readonly PanelTarget[];
  readonly fieldConfig: { readonly defaults: FieldConfig; readonly overrides: readonly FieldOverride[] };
  /** As in the file: legend, tooltip, reduceOptions, colorMode, … */
  readonly options: Readonly<Record<string, unknown>>;
  readonly collapsed: boolean;
}

export interface DashboardVariable {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  /** `$__all` stands for all options. */
  readonly current: readonly string[];
  readonly options: readonly string[];
  /** Of a query variable: `label_values(up, job)`. The server fills `options` from it when the dashboard is opened. */
  readonly query?: string;
  readonly regex?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  /** What `$__all` becomes in queries instead of all options. */
  readonly allValue?: string;
  readonly hidden?: boolean;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** '' = no automatic refresh, else like "5s". */
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly timezone: string;
  readonly graphTooltip: number;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly variables: readonly DashboardVariable[];
  /** PromQL of marks on the time axis. They are not drawn; who reads a metric is told by them too. Absent without any. */
  readonly annotations?: readonly { readonly name: string; readonly expr: string }[];
}
