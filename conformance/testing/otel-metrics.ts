// A service that is instrumented with the OpenTelemetry SDK, whose metrics leave by a reader.
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationType,
  InstrumentType,
  MeterProvider,
  type MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

export const ENCODINGS = { protobuf: ProtobufExporter, json: JsonExporter, grpc: GrpcExporter } as const;

/** By their numbers in the exporters' AggregationTemporalityPreference. */
export const TEMPORALITIES = { delta: 0, cumulative: 1, lowmemory: 2 } as const;

/** A service under test. */
export interface InstrumentedService {
  /** Does one round of work; always the same. */
  work(): void;
  /** Sends what is to be sent. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A service that pushes to `url` (with the path, gRPC's without) when it is told to. */
export function pushingService(
  url: string,
  encoding: keyof typeof ENCODINGS,
  temporality: keyof typeof TEMPORALITIES,
  instance: string,
): InstrumentedService {
  const exporter = new ENCODINGS[encoding]({ url, temporalityPreference: TEMPORALITIES[temporality] });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 } as never);
  return service(reader, instance);
}

/** A service that is scraped at `127.0.0.1:port/metrics`; its readers know no exponential histograms. */
export async function scrapedService(port: number, instance: string): Promise<InstrumentedService> {
  const reader = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true, withoutScopeInfo: true });
  const made = service(reader as unknown as MetricReader, instance, false);
  await reader.startServer();
  return made;
}

function service(reader: MetricReader, instance: string, hasExponential = true): InstrumentedService {
  const views = hasExponential
    ? [
        {
          instrumentName: 'wait',
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const,
          instrumentType: InstrumentType.HISTOGRAM,
        },
      ]
    : [];
  const resource = resourceFromAttributes({
    'service.name': 'checkout',
    'service.namespace': 'shop',
    'service.instance.id': instance,
    'host.name': 'h1',
  });
  const provider = new MeterProvider({ resource, readers: [reader], views });
  const meter = provider.getMeter('shop', '1.0');
  const orders = meter.createCounter('orders.placed', { description: 'Orders.' });
  const revenue = meter.createCounter('revenue', { description: 'Money.' });
  const queue = meter.createUpDownCounter('queue.length', { description: 'Waiting.' });
  const latency = meter.createHistogram('latency', { description: 'Time.', advice: { explicitBucketBoundaries: [0.1, 0.5, 2.5] } });
  const wait = hasExponential ? meter.createHistogram('wait', { description: 'Waiting time.' }) : undefined;
  let rounds = 0;
  meter.createObservableGauge('temperature', { description: 'Now.' }).addCallback((result) => result.observe(20 + rounds, { room: 'a b' }));
  meter.createObservableCounter('ticks', { description: 'Ticks.' }).addCallback((result) => result.observe(100 * rounds));
  return {
    work() {
      rounds++;
      orders.add(3, { 'payment.method': 'card', ok: true });
      orders.add(1, { 'payment.method': 'cash', ok: false });
      revenue.add(12.5);
      queue.add(rounds % 2 === 0 ? -4 : 5);
      for (const value of [0.0625, 0.25, 0.25, 9]) latency.record(value, { route: '/pay' });
      for (const value of [0, 0.001953125, 0.25, 0.25, 9, 2 ** 20]) wait?.record(value, { route: '/pay' });
    },
    flush: () => provider.forceFlush(),
    close: () => provider.shutdown(),
  };
}
