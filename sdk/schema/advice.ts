// What the advisor says: /api/ui/advice*, and `alidade advise --json`. Bytes are what the retention keeps in the long run, money is dollars a month.

/** A name and how many there are of it. */
export interface AdviceCount {
  readonly name: string;
  readonly count: number;
}

/** Bytes on disk once the retention is full, of all replicas, and what a month of it costs. */
export interface Cost {
  readonly bytes: number;
  readonly monthlyCost: number;
}

/** A metric, what it takes, and who reads it. */
export interface MetricUsage extends Cost {
  readonly name: string;
  readonly series: number;
  /** Those that have not ended. */
  readonly liveSeries: number;
  /** Series that appeared, and that ended, within the days looked at. */
  readonly startedSeries: number;
  readonly endedSeries: number;
  readonly samplesPerDay: number;
  /** Stored queries, rules and panels that name it. */
  readonly readers: number;
  /** How far back they look. */
  readonly daysQueriedBack: number;
}

/** A label over all metrics. */
export interface LabelUsage {
  readonly name: string;
  /** Distinct values. */
  readonly values: number;
  /** Series that have the label. */
  readonly series: number;
  /** What the values look like, where they look alike. */
  readonly pattern?: string | undefined;
  /** Many values, of a kind that has no end. */
  readonly isExplosive: boolean;
  /** Metrics of the label, and in how many of them somebody reads it. */
  readonly metrics: number;
  readonly metricsRead: number;
}

/** A stream of log lines. */
export interface StreamUsage extends Cost {
  readonly labels: Readonly<Record<string, string>>;
  readonly linesPerDay: number;
  /** As they arrive. */
  readonly bytesPerDay: number;
}

/** What a service costs: by the first of the labels `service`, `service_name`, `app`, `job` that a series or stream has. */
export interface ServiceUsage extends Cost {
  readonly name: string;
  readonly series: number;
  readonly logBytesPerDay: number;
}

/** One relabelling rule with Prometheus' names. */
export interface RelabelEntry {
  readonly source_labels?: readonly string[];
  readonly regex?: string;
  readonly target_label?: string;
  readonly replacement?: string;
  readonly action:
    | ('replace' | 'keep' | 'drop' | 'keepequal' | 'dropequal' | 'hashmod' | 'labelmap')
    | ('labeldrop' | 'labelkeep' | 'lowercase' | 'uppercase');
}

/** A recording rule that keeps what is asked of series that are not kept. */
export interface AggregationRule {
  readonly record: string;
  readonly expr: string;
}

export type AdviceKind = 'drop-metric' | 'drop-label' | 'replace-label' | 'aggregate' | 'retention' | 'stream-label';

/** One thing to do. */
export interface Advice {
  /** Stays the same as long as the advice is about the same. */
  readonly id: string;
  readonly kind: AdviceKind;
  readonly title: string;
  /** Why, in figures. */
  readonly reason: string;
  readonly metrics: readonly string[];
  /** Of `metrics`, which may be cut. */
  readonly metricCount: number;
  readonly label?: string | undefined;
  readonly saves: Cost & { readonly series: number };
  readonly risk: 'low' | 'medium' | 'high';
  /** Why it is not without risk. */
  readonly risks: readonly string[];
  /** What does it: for `metric_relabel_configs` of every job. */
  readonly relabel: readonly RelabelEntry[];
  readonly rules: readonly AggregationRule[];
  /** Days to keep the samples of `metrics`. */
  readonly keepDays?: number | undefined;
  /** All of it as text to copy. */
  readonly yaml: string;
  /** Whether `alidade advise --apply` can do it: only relabelling, only what is scraped. */
  readonly isApplicable: boolean;
}

/** A stored query whose answer changes. */
export interface ProofChange {
  readonly expr: string;
  /** Where it stands: "asked 12 times", a dashboard and its panel, a rule. */
  readonly source: string;
  /** What changes. */
  readonly difference: string;
}

/** What became of the stored queries on the reduced data. */
export interface AdviceProof {
  readonly id: string;
  /**
   * `same`: no answer changes. `changes`: those of `changes` do. `merges`: series become one, so that samples would be lost.
   * `incomplete`: no answer that was compared changes, but some could not be compared.
   */
  readonly verdict: 'same' | 'changes' | 'merges' | 'incomplete';
  /** One sentence. */
  readonly summary: string;
  readonly queries: number;
  /** Cannot see the difference, whatever the data: they select nothing that changes. */
  readonly untouched: number;
  /** Evaluated on both and compared value by value. */
  readonly replayed: number;
  readonly changed: number;
  /** The first of them. */
  readonly changes: readonly ProofChange[];
  /** Could not be evaluated on one of the two. */
  readonly notReplayed: readonly { readonly expr: string; readonly source: string; readonly reason: string }[];
  /** An example of series that become one. */
  readonly merged?: readonly string[] | undefined;
  /** The time over which answers were compared. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Series to come, by a straight line through those of the past. */
export interface SeriesForecast {
  /** Series that had samples around each time. */
  readonly points: readonly { readonly timeMs: number; readonly series: number }[];
  /** Growth of a day; absent with less than a day of history. */
  readonly seriesPerDay?: number | undefined;
  readonly in30Days?: number | undefined;
  readonly in90Days?: number | undefined;
  /** How well the line fits, from 0 to 1. */
  readonly fit?: number | undefined;
}

/** GET /api/ui/advice. Lists are the largest, largest first. */
export interface AdviceReport {
  readonly atMs: number;
  readonly tookMs: number;
  /** Queries of so many days were looked at … */
  readonly days: number;
  /** … and kept since then. */
  readonly queriesSinceMs: number;
  readonly queries: { readonly asked: number; readonly rules: number; readonly dashboards: number; readonly unreadable: number };
  readonly series: number;
  readonly liveSeries: number;
  readonly startedSeries: number;
  readonly endedSeries: number;
  readonly samplesPerDay: number;
  readonly forecast: SeriesForecast;
  readonly storage: {
    readonly retentionDays: number;
    /** Of the store as it is; 2, the exercise's figure, while too little is on disk to measure. */
    readonly bytesPerSample: number;
    readonly isMeasured: boolean;
    readonly metrics: Cost;
    /** By the exercise's formula: series, the mean interval, two bytes a sample. */
    readonly formula: {
      readonly intervalSeconds: number;
      readonly storage_gb: number;
      readonly estimated_monthly_cost: number;
      readonly query_performance: string;
    };
    readonly logs: Cost;
  };
  /** Metrics and logs against the budget of a month. */
  readonly monthlyCost: number;
  readonly budget: number;
  readonly metrics: readonly MetricUsage[];
  readonly metricCount: number;
  readonly labels: readonly LabelUsage[];
  readonly labelPairs: readonly AdviceCount[];
  readonly services: readonly ServiceUsage[];
  readonly streams: readonly StreamUsage[];
  readonly streamCount: number;
  /** Lines were measured over so many hours; 0 where there are none. */
  readonly streamHours: number;
  readonly unreadMetrics: { readonly metrics: number; readonly series: number };
  readonly advice: readonly Advice[];
  /** Beyond those listed. */
  readonly adviceLeftOut: number;
  /** What `alidade advise --apply` has written. */
  readonly applied: { readonly file: string; readonly relabel: readonly RelabelEntry[] } | undefined;
  /** Where it would write; absent without a prometheus.yml. */
  readonly applyFile?: string | undefined;
}

/** GET /api/ui/advice/metric?name=…: one metric in depth. */
export interface MetricDetail {
  readonly name: string;
  readonly series: number;
  readonly labels: readonly {
    readonly name: string;
    readonly values: number;
    readonly pattern?: string | undefined;
    /** Largest first. */
    readonly top: readonly AdviceCount[];
    /** Whether some stored query reads it. */
    readonly isRead: boolean;
  }[];
  /** Stored queries that name the metric. */
  readonly readers: readonly { readonly expr: string; readonly source: string; readonly daysBack: number }[];
  readonly readerCount: number;
}
