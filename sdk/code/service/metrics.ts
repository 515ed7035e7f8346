// What a service exposes through `sdk/instrument`, as values to write queries with, of its scrape job only.
import * as catalog from '../../instrument/catalog.ts';
import { metricPresets } from '../../instrument/presets.ts';
import type { MetricDescriptor } from '../../schema/metric-descriptor.ts';
import type { Duration } from '../duration.ts';
import type { Expr } from '../expr.ts';
import { existing, metric, metrics, up } from '../metrics.ts';
import { Counter, Gauge, Histogram } from '../series.ts';

/** What the parts of a service's definition share. */
export interface ServiceContext {
  readonly name: string;
  readonly title: string;
  readonly team: string | undefined;
  readonly runbook: string | undefined;
  readonly scrapeInterval: Duration;
  readonly metrics: ServiceMetrics;
}

/** The metrics of a service. */
export type ServiceMetrics = ReturnType<typeof serviceMetrics>;

/** A metric of any kind, declared by the service itself. */
export interface OwnMetric {
  readonly descriptor: MetricDescriptor;
  readonly series: Counter | Gauge | Histogram;
}

const {
  httpRequestsTotal,
  httpRequestDurationSeconds,
  httpRequestsInFlight,
  appMemoryUsageBytes,
  appCpuUsagePercent,
  predictionsInFlight,
} = metrics(catalog);
const seconds = (name: string) => existing.gauge(name, [], 'seconds');
const bytes = (name: string) => existing.gauge(name, [], 'bytes');

/** The metrics of the scrape job `name`; `declared`: what the service declares itself. */
export function serviceMetrics(name: string, declared: readonly MetricDescriptor[] = []) {
  const of = { job: name };
  const vocabulary = Object.values(metricPresets).find(({ predictions }) => declared.some((one) => one.name === predictions.name));
  return {
    up: up.where(of),
    requests: httpRequestsTotal.where(of),
    duration: httpRequestDurationSeconds.where(of),
    inFlight: httpRequestsInFlight.where(of),
    startTime: seconds('process_start_time_seconds').where(of),
    // With `applicationMetrics` instead of `runtimeMetrics` the second of both is there.
    memory: bytes('process_resident_memory_bytes').where(of).or(appMemoryUsageBytes.where(of)),
    heap: bytes('nodejs_heap_size_used_bytes').where(of),
    processor: (range?: Duration): Expr =>
      existing.counter('process_cpu_seconds_total', [], 'seconds').where(of).rate(range).or(appCpuUsagePercent.where(of).div(100)),
    eventLoop: (quantile: 'p50' | 'p99') => seconds(`nodejs_eventloop_lag_${quantile}_seconds`).where(of),
    predictions: vocabulary && {
      made: metric(vocabulary.predictions).where(of),
      duration: metric(vocabulary.duration).where(of),
      inFlight: predictionsInFlight.where(of),
    },
    own: declared.filter((one) => !KNOWN.has(one.name)).map((descriptor): OwnMetric => ({ descriptor, series: ownSeries(descriptor, of) })),
  };
}

/** These have panels of their own kind, or say nothing over time. */
const KNOWN: ReadonlySet<string> = new Set(catalog.metricCatalog.map(({ name }) => name));

function ownSeries(descriptor: MetricDescriptor, of: { readonly job: string }): OwnMetric['series'] {
  const series: unknown = metric(descriptor);
  if (series instanceof Counter || series instanceof Gauge || series instanceof Histogram) return series.where(of);
  throw new TypeError(`metric "${descriptor.name}": its type ${descriptor.type} is none of counter, gauge, histogram`);
}
