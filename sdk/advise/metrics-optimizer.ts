// The exercise's MetricsOptimizer: its three methods with their parameters in order, its formulas, and its names in what they answer.
import { type LabelPattern, recognisePattern } from './label-pattern.ts';
import { EXERCISE_PRICES } from './prices.ts';
import { PrometheusApi } from './prometheus-api.ts';
import { HIGH_CARDINALITY_SERIES, RETENTION_DAYS, retentionClass } from './retention-policy.ts';
import { GB, type QueryPerformance, queryPerformance, storageBytes } from './storage-cost.ts';

/** A label of a metric with very many series. */
export interface CardinalityLabel {
  readonly label: string;
  /** Distinct values. */
  readonly values: number;
  /** What they look like, if they look alike; from a sample of the values. */
  readonly pattern?: LabelPattern | undefined;
  /** What to do about it; absent for labels that do no harm. */
  readonly recommendation?: string | undefined;
}

/** A metric with more than 10,000 series. */
export interface HighCardinalityMetric {
  readonly metric: string;
  readonly series: number;
  /** Most values first. */
  readonly labels: readonly CardinalityLabel[];
  readonly recommendation: string;
}

/** What `analyzeCardinality` answers. */
export interface CardinalityAnalysis {
  readonly total_series: number;
  /** Series of each metric, largest first. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly high_cardinality_metrics: readonly HighCardinalityMetric[];
}

/** What `calculateStorageCost` answers. */
export interface StorageCost {
  readonly storage_gb: number;
  /** Dollars, at 0.10 per GB and month. */
  readonly estimated_monthly_cost: number;
  readonly query_performance: QueryPerformance;
}

/** Settings that the exercise does not have. */
export interface OptimizerOptions {
  /** Bearer token for servers that want one. */
  readonly token?: string | undefined;
  /** Metrics that objectives are computed from. Default: those whose name has a part `slo`, `sli` or `error_budget`. */
  readonly sloMetrics?: Iterable<string> | undefined;
  /** Dollars per GB and month. */
  readonly storageGbMonth?: number | undefined;
}

const SLO_NAME = /(?:^|[_:])(?:sl[oi]s?|error_budget)(?:[_:]|$)/;
const PATTERN_SAMPLE = 200;
const MANY_VALUES = 100;

/** Finds what makes Prometheus dear: series, retention, bytes. Works on any Prometheus HTTP API. */
export class MetricsOptimizer {
  readonly #options: OptimizerOptions;
  readonly #sloMetrics: ReadonlySet<string> | undefined;
  /** Of the last analysis: `recommendRetentionPolicy` goes by it. */
  #series: Readonly<Record<string, number>> = {};

  constructor(options: OptimizerOptions = {}) {
    this.#options = options;
    this.#sloMetrics = options.sloMetrics && new Set(options.sloMetrics);
  }

  /** Counts the series of each metric and looks into those with more than 10,000. Throws Error with the server's words. */
  async analyzeCardinality(prometheusUrl: string): Promise<CardinalityAnalysis> {
    const api = new PrometheusApi(prometheusUrl, { token: this.#options.token });
    const counts = await api.query('count by (__name__) ({__name__=~".+"})');
    const metrics = counts
      .map(({ metric, value }) => [metric.__name__ ?? '', value] as const)
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    this.#series = Object.fromEntries(metrics);
    const high: HighCardinalityMetric[] = [];
    for (const [metric, series] of metrics)
      if (series > HIGH_CARDINALITY_SERIES) high.push({ metric, series, ...(await lookInto(api, metric)) });
    return {
      total_series: metrics.reduce((sum, [, series]) => sum + series, 0),
      metrics: this.#series,
      high_cardinality_metrics: high,
    };
  }

  /**
   * Days to keep each metric: 90 for objectives, 30 for debugging, 7 for what is rarely queried, 1 for very many series (known from the
   * last analysis). `queryPatterns` says how many days back questions about a metric look; one that it does not name is never queried.
   */
  recommendRetentionPolicy(metrics: readonly string[], queryPatterns: Readonly<Record<string, number>>): Record<string, number> {
    const days = metrics.map((metric) => {
      const daysQueriedBack = Object.hasOwn(queryPatterns, metric) ? (queryPatterns[metric] as number) : 0;
      const series = Object.hasOwn(this.#series, metric) ? (this.#series[metric] as number) : 0;
      const isSlo = this.#sloMetrics?.has(metric) ?? SLO_NAME.test(metric);
      return [metric, RETENTION_DAYS[retentionClass({ daysQueriedBack, series, isSlo })]] as const;
    });
    return Object.fromEntries(days);
  }

  /**
   * What the series of all metrics take on one replica: `cardinality × (86400 / interval) × days × bytes`, in GB of 10^9 bytes. The
   * exercise's example answer prices its 150.5 GB at 45.15, three times its own 0.10 a GB; here the price holds. Throws RangeError.
   */
  calculateStorageCost(
    numMetrics: number,
    cardinality: number,
    scrapeIntervalSeconds: number,
    retentionDays: number,
    bytesPerSample = 2,
  ): StorageCost {
    const stored = { metrics: numMetrics, series: cardinality, scrapeIntervalSeconds, retentionDays, bytesPerSample };
    const gigabytes = storageBytes(stored) / GB;
    return {
      storage_gb: gigabytes,
      estimated_monthly_cost: gigabytes * (this.#options.storageGbMonth ?? EXERCISE_PRICES.storageGbMonth),
      query_performance: queryPerformance(stored),
    };
  }
}

async function lookInto(api: PrometheusApi, metric: string): Promise<Pick<HighCardinalityMetric, 'labels' | 'recommendation'>> {
  const match = `{__name__=${JSON.stringify(metric)}}`;
  const names = (await api.labelNames(match)).filter((name) => name !== '__name__');
  const labels: CardinalityLabel[] = [];
  for (const label of names) {
    const [count] = await api.query(`count(count by (${quoted(label)}) (${match}))`);
    const pattern = recognisePattern(await api.labelValues(label, match, PATTERN_SAMPLE));
    const values = count?.value ?? 0;
    labels.push({ label, values, pattern, recommendation: adviceFor(label, values, pattern) });
  }
  labels.sort((a, b) => b.values - a.values);
  const worst = labels.find(({ recommendation }) => recommendation !== undefined);
  return {
    labels,
    recommendation: worst?.recommendation ?? 'no single label explodes: aggregate with a recording rule, or keep these series for a day',
  };
}

function adviceFor(label: string, values: number, pattern: LabelPattern | undefined): string | undefined {
  if (values < MANY_VALUES || label === 'le' || label === 'quantile') return undefined;
  const looks = pattern ? ` that look like ${pattern === 'ip address' ? 'IP addresses' : `a ${pattern}`}` : '';
  const cure = pattern === 'path with ids' ? 'use the route (/users/:id) instead of the path' : "don't use it as a label";
  return `${label} has ${values} values${looks}: ${cure}; keep it in logs or traces, or aggregate it away`;
}

/** A label name as PromQL takes it; names beyond the classic alphabet are quoted (Prometheus 3). */
function quoted(label: string): string {
  return /^[a-zA-Z_]\w*$/.test(label) ? label : JSON.stringify(label);
}
