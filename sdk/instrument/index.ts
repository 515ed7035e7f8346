/**
 * `@alidade/sdk/instrument`: metrics of a service in a few lines.
 *
 * ```ts
 * const instrument = new Instrument();
 * applicationMetrics(instrument, { name: 'churn-api', version: '1.0.0' });
 * await app.register(fastifyMetrics, { instrument });
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
export { type FastifyMetricsOptions, fastifyMetrics, UNMATCHED_ENDPOINT } from './fastify.ts';
export { type FeatureMetrics, featureMetrics } from './features.ts';
export { type GpuMetricsOptions, type GpuReading, readGpus, startGpuMetrics } from './gpu.ts';
export { type HttpMetrics, type HttpRequestFacts, httpMetrics, statusCodeOf } from './http.ts';
export { Instrument, type InstrumentOptions } from './instrument.ts';
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
