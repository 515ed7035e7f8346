/**
 * `@alidade/sdk/instrument`: metrics, spans and log scopes of a service in a few lines. The logger and the tracer, which need
 * packages of their own, are `@alidade/sdk/instrument/logger` and `@alidade/sdk/instrument/tracing`.
 *
 * ```ts
 * const instrument = new Instrument();
 * applicationMetrics(instrument, { name: 'churn-api', version: '1.0.0' });
 * await app.register(fastifyTelemetry, { instrument });
 * const predictions = predictionMetrics(instrument);
 * const predict = predictions.wrap({ name: 'churn', version: 'v2' }, (customer) => model.predict(customer), (p) => p.label);
 * ```
 */
export {
  type CounterDescriptor,
  type GaugeDescriptor,
  type HistogramDescriptor,
  type MetricDescriptor,
  type MetricUnit,
  seriesNames,
  validateMetricDescriptor,
} from '../schema/metric-descriptor.ts';
export { type ApplicationInfo, applicationMetrics, runtimeMetrics } from './application.ts';
export * from './catalog.ts';
export { InstrumentError, type InstrumentErrorCode } from './errors.ts';
export { type ExpressMiddleware, expressTelemetry } from './express.ts';
export { fastifyTelemetry } from './fastify.ts';
export { FeatureCache, type FeatureCacheDeps } from './feature-cache.ts';
export { type FeatureMetrics, featureMetrics } from './features.ts';
export { type GpuMetricsOptions, type GpuReading, readGpus, startGpuMetrics } from './gpu.ts';
export { type HttpMetrics, type HttpRequestFacts, httpMetrics, statusCodeOf } from './http.ts';
export { type HttpTelemetryOptions, UNMATCHED_ENDPOINT } from './http-server.ts';
export { type Exposition, Instrument, type InstrumentOptions } from './instrument.ts';
export { isMain } from './is-main.ts';
export { type LogFields, setTraceId, withLogFields } from './log-context.ts';
export { type MetricsServer, type MetricsServerOptions, startMetricsServer } from './metrics-server.ts';
export { type ModelMetrics, type ModelMetricsOptions, modelMetrics } from './models.ts';
export {
  type ModelRef,
  PREDICTION_ERROR,
  type PredictionMetrics,
  type PredictionMetricsOptions,
  predictionMetrics,
} from './predictions.ts';
export { type MetricPreset, metricPresets, type PresetName } from './presets.ts';
export { inSpan, recordError, type SpanOptions, traced } from './span.ts';
