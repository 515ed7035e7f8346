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
    /** Relabelling of applied advice that is in force for every job; absent when there is none. */
    readonly advice?: { readonly file: string; readonly rules: number };
  };
  readonly ingest: { readonly samplesPerSecond: number; readonly logLinesPerSecond: number; readonly spansPerSecond: number };
  readonly store: { readonly series: number; readonly diskBytes: number; readonly pendingBytes: number };
  readonly hasAlertmanager: boolean;
  /** Who logged in on the login page; absent without a session. */
  readonly session?: { readonly name: string };
}

export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** GET /api/ui/discovery: sources of service discovery that fail now; what they gave before is still in force. */
export interface DiscoveryProblem {
  readonly job: string;
  /** A file, a URL, a name, a path of an API. */
  readonly source: string;
  readonly message: string;
  readonly sinceMs: number;
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

/** GET /api/ui/logs/volume?query=…&fromMs=…&toMs=…&buckets=…: lines over time by level, of a log query (any pipeline). */
export interface LogVolume {
  readonly startMs: number;
  readonly stepMs: number;
  readonly levels: readonly { readonly level: LogLevel; readonly counts: readonly number[] }[];
}

/** In order of severity. */
export type LogLevel = 'fatal' | 'critical' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'unknown';

/** GET /api/ui/logs?query=…&fromMs=…&toMs=…&limit=…&direction=backward: lines over all streams in order of time. */
export interface LogLines {
  readonly lines: readonly LogLine[];
  /** Whether the limit left lines out. */
  readonly isCut: boolean;
  readonly linesProcessed: number;
  readonly bytesProcessed: number;
}

export interface LogLine {
  /** Nanoseconds since the epoch as decimal text: a number cannot hold them. */
  readonly timestampNs: string;
  readonly line: string;
  readonly level: LogLevel;
  /** Labels of the stream. */
  readonly stream: Readonly<Record<string, string>>;
  /** Structured metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the query's parsers extracted. */
  readonly parsed: Readonly<Record<string, string>>;
}

/** GET /api/ui/traces?q=…&fromMs=…&toMs=…&minDurationMs=…&maxDurationMs=…&limit=…: newest first. `q` is TraceQL, '' = all. */
export interface TraceList {
  readonly traces: readonly TraceSummary[];
  /** Whether the limit left traces out. */
  readonly isCut: boolean;
}

export interface TraceSummary {
  readonly traceId: string;
  /** Of the root span; '' while it has not arrived. */
  readonly rootName: string;
  readonly rootService: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly spans: number;
  readonly errors: number;
  /** Spans of each service, most first. */
  readonly services: readonly { readonly service: string; readonly spans: number }[];
  /** Spans that match the query. */
  readonly matched: number;
}

/** GET /api/ui/traces/:id. */
export interface TraceView {
  readonly traceId: string;
  /** By start time; parents before their children where the clocks allow it. */
  readonly spans: readonly TraceSpan[];
}

export type AttributeJson = string | number | boolean | readonly AttributeJson[] | { readonly [name: string]: AttributeJson };

export interface TraceSpan {
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  readonly kind: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Unix milliseconds with fractions, to about a microsecond. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, AttributeJson>>;
  readonly resource: Readonly<Record<string, AttributeJson>>;
  readonly events: readonly {
    readonly timeMs: number;
    readonly name: string;
    readonly attributes: Readonly<Record<string, AttributeJson>>;
  }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** GET /api/ui/traces/services?fromMs=…&toMs=…: what the search form offers. */
export interface TraceServices {
  readonly services: readonly { readonly service: string; readonly operations: readonly string[] }[];
}
