// The HTTP API between our own UI and server: /api/ui/*. Errors are { error: { code, message } } with a 4xx or 5xx status.

/** One query of a panel. `$__interval`, `$__rate_interval`, `$__range` and dashboard variables are filled in by the server. */
export interface FrameQuery {
  readonly refId: string;
  readonly expr: string;
  /** `instant` asks once at the end of the range (tables, pies); default `range`. */
  readonly kind: 'range' | 'instant';
  /** Grafana's legend format: `{{label}}`; '' = the series' labels. */
  readonly legendFormat: string;
  /** Grafana's min step of the query or the data source, e.g. "5s"; '' = none. */
  readonly minStep?: string;
}

/** POST /api/ui/frames: everything that a screen needs now, in one request. */
export interface FramesRequest {
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly panels: readonly {
    /** Echoed in each answer line. */
    readonly id: string;
    /** About one point for each pixel: the step is derived from it. */
    readonly maxDataPoints: number;
    readonly queries: readonly FrameQuery[];
    /** Range queries answer only steps at or after this instant (Unix milliseconds); step and `$__range` still follow from fromMs … toMs. */
    readonly sinceMs?: number;
  }[];
  /** Values of dashboard variables: name → value(s). */
  readonly variables?: Readonly<Record<string, string | readonly string[]>>;
}

/** A number as JSON can carry it: null = no sample, the strings are the values that JSON lacks. */
export type JsonNumber = number | null | 'NaN' | '+Inf' | '-Inf';

/** One series of a frame. */
export interface FrameSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One value for each step (range), or one (instant). */
  readonly values: readonly JsonNumber[];
}

/** One line of the answer (application/x-ndjson), sent as soon as its query has finished. */
export interface FrameLine {
  readonly panel: string;
  readonly refId: string;
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
  readonly series: readonly FrameSeries[];
  readonly warnings: readonly string[];
  /** Instead of series when this query failed; the others go on. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly elapsedMs: number;
}

/** GET /api/ui/dashboards. */
export interface DashboardSummary {
  readonly uid: string;
  readonly title: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly file: string;
  readonly panels: number;
}

/** GET /api/ui/dashboards/:uid. */
export interface DashboardAnswer {
  readonly summary: DashboardSummary;
  readonly dashboard: import('./dashboard.ts').Dashboard;
  /** What was assumed or is not supported, for the reader: "data source uid "x" is unknown, using Prometheus". */
  readonly notes: readonly string[];
}

/** GET /api/ui/status: what Home and the frame of the UI show. */
export interface ServerStatus {
  readonly version: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly dir: string;
  readonly config: {
    readonly loadedAtMs: number;
    /** True when the newest files were refused and the previous configuration runs on. */
    readonly stale: boolean;
    readonly problems: readonly ConfigProblem[];
  };
  readonly ingest: { readonly samplesPerSecond: number; readonly logLinesPerSecond: number; readonly spansPerSecond: number };
  readonly store: { readonly series: number; readonly diskBytes: number; readonly pendingBytes: number };
  readonly hasAlertmanager: boolean;
}

export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** GET /api/ui/notifications: deliveries, newest first (bounded). */
export interface NotificationRecord {
  readonly timeMs: number;
  readonly receiver: string;
  readonly integration: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly firing: number;
  readonly resolved: number;
  readonly outcome: 'sent' | 'failed' | 'retrying';
  /** In words: "first notification", "repeat interval elapsed", or the error. */
  readonly reason: string;
}
