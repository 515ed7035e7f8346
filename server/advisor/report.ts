// From what was counted to what is answered: the largest of everything, priced.
import { GB, queryPerformance, storageBytes } from '@alidade/sdk/advise';
import type { Advice, AdviceReport, LabelUsage, MetricUsage, ServiceUsage, StreamUsage } from '@alidade/sdk/schema';
import type { AdviceContext } from './advice/context.ts';
import { isExplosive } from './advice/exploding-labels.ts';
import { unreadMetrics } from './advice/unread-metrics.ts';
import { type GlobalLabel, type MetricCensus, serviceOf } from './census.ts';
import { addCosts } from './costs.ts';
import { forecastSeries } from './forecast.ts';
import { readsLabel } from './label-reads.ts';
import type { StoredQueries } from './stored-queries.ts';

const DAY_MS = 86_400_000;
const SECONDS_PER_DAY = 86_400;
const MAX_METRICS = 200;
const MAX_LABELS = 100;
const MAX_PAIRS = 50;
const MAX_SERVICES = 100;
const MAX_STREAMS = 100;
const MAX_ADVICE = 100;
const MAX_NAMES = 100;
/** Two bytes a sample, as the exercise reckons. */
const FORMULA_BYTES = 2;

/** What of a report does not follow from the counts. */
export interface ReportFrame {
  readonly tookMs: number;
  readonly queriesSinceMs: number;
  readonly stored: StoredQueries;
  readonly applied: AdviceReport['applied'];
  readonly applyFile: string | undefined;
}

/** The report. `advice` is the most saving first. */
export function reportOf(context: AdviceContext, advice: readonly Advice[], frame: ReportFrame): AdviceReport {
  const { census, logs, costs, days } = context;
  const { stored, tookMs, queriesSinceMs, applied, applyFile } = frame;
  const metricsCost = costs.ofSamples(census.samplesPerDay, census.live);
  const logsCost = costs.ofLogs(logs.streams.reduce((sum, { bytesPerDay }) => sum + bytesPerDay, 0));
  const unread = unreadMetrics(context);
  return {
    atMs: census.atMs,
    tookMs,
    days,
    queriesSinceMs,
    queries: { ...stored.counts, unreadable: stored.unreadable.length },
    series: census.series,
    liveSeries: census.live,
    startedSeries: census.started,
    endedSeries: census.ended,
    samplesPerDay: census.samplesPerDay,
    forecast: forecastSeries(census.history),
    storage: {
      retentionDays: costs.retentionDays,
      bytesPerSample: costs.bytesPerSample,
      isMeasured: costs.isMeasured,
      metrics: metricsCost,
      formula: formulaOf(context),
      logs: logsCost,
    },
    monthlyCost: metricsCost.monthlyCost + logsCost.monthlyCost,
    budget: costs.prices.budgetMonth,
    metrics: largestMetrics(context),
    metricCount: census.metrics.length,
    labels: census.labels.slice(0, MAX_LABELS).map((label) => labelUsage(label, context)),
    labelPairs: census.pairs.slice(0, MAX_PAIRS),
    services: servicesOf(context),
    streams: largestStreams(context),
    streamCount: logs.streams.length,
    streamHours: logs.streams.length > 0 ? logs.hours : 0,
    unreadMetrics: { metrics: unread.length, series: unread.reduce((sum, { lives }) => sum + lives.length, 0) },
    advice: advice.slice(0, MAX_ADVICE).map((one) => ({ ...one, metrics: one.metrics.slice(0, MAX_NAMES) })),
    adviceLeftOut: Math.max(0, advice.length - MAX_ADVICE),
    applied,
    applyFile,
  };
}

function formulaOf({ census, costs }: AdviceContext): AdviceReport['storage']['formula'] {
  const intervalSeconds = census.samplesPerDay > 0 ? (census.live * SECONDS_PER_DAY) / census.samplesPerDay : 0;
  const stored = {
    metrics: census.metrics.length,
    series: census.live,
    scrapeIntervalSeconds: intervalSeconds > 0 ? intervalSeconds : 15,
    retentionDays: costs.retentionDays,
    bytesPerSample: FORMULA_BYTES,
  };
  const gigabytes = storageBytes(stored) / GB;
  return {
    intervalSeconds,
    storage_gb: gigabytes,
    estimated_monthly_cost: gigabytes * costs.prices.storageGbMonth,
    query_performance: queryPerformance(stored),
  };
}

function largestMetrics(context: AdviceContext): MetricUsage[] {
  const usage = ({ name, lives, live, started, ended, samplesPerDay }: MetricCensus): MetricUsage => {
    const { queries, backMs } = context.readersOf(name);
    return {
      name,
      series: lives.length,
      liveSeries: live,
      startedSeries: started,
      endedSeries: ended,
      samplesPerDay,
      readers: queries.length,
      daysQueriedBack: backMs / DAY_MS,
      ...context.costs.ofSamples(samplesPerDay, live),
    };
  };
  return context.census.metrics.slice(0, MAX_METRICS).map(usage);
}

function labelUsage({ name, values, series, pattern, metrics }: GlobalLabel, { readersOf }: AdviceContext): LabelUsage {
  return {
    name,
    values,
    series,
    pattern,
    isExplosive: isExplosive({ name, values, pattern }),
    metrics: metrics.length,
    metricsRead: metrics.filter((metric) => readsLabel(readersOf(metric).reads, name)).length,
  };
}

function servicesOf({ census, logs, costs }: AdviceContext): ServiceUsage[] {
  const logBytes = new Map<string, number>();
  for (const { labels, bytesPerDay } of logs.streams) {
    const service = serviceOf({ labels });
    logBytes.set(service, (logBytes.get(service) ?? 0) + bytesPerDay);
  }
  const names = new Set([...census.services.keys(), ...logBytes.keys()]);
  const services = [...names].map((name): ServiceUsage => {
    const { series = 0, samplesPerDay = 0 } = census.services.get(name) ?? {};
    const logBytesPerDay = logBytes.get(name) ?? 0;
    return { name, series, logBytesPerDay, ...addCosts(costs.ofSamples(samplesPerDay, series), costs.ofLogs(logBytesPerDay)) };
  });
  return services.sort((a, b) => b.bytes - a.bytes || b.series - a.series).slice(0, MAX_SERVICES);
}

function largestStreams({ logs, costs }: AdviceContext): StreamUsage[] {
  const largest = [...logs.streams].sort((a, b) => b.bytesPerDay - a.bytesPerDay).slice(0, MAX_STREAMS);
  return largest.map(({ labels, linesPerDay, bytesPerDay }) => ({
    labels: labels.toObject(),
    linesPerDay,
    bytesPerDay,
    ...costs.ofLogs(bytesPerDay),
  }));
}
