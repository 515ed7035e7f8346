/**
 * The well-known metric families of an ML service, declared once. Where teaching material and services in the wild disagree about a
 * family, the definition here is the union: all labels (a series leaves out what it does not know) and all bucket bounds, so that
 * every dashboard and rule written for one of them works on the same series.
 *
 * Three naming schemes for predictions are in use; `predictionMetrics` can feed any of them from one call:
 * `ml_predictions_*`, `ml_model_*` and `prediction_*`.
 */
import type { CounterDescriptor, GaugeDescriptor, HistogramDescriptor, MetricDescriptor } from '../schema/metric-descriptor.ts';

const modelName = { model_name: 'Name of the model, e.g. "churn"' } as const;
const modelVersion = { model_version: 'Version of the model, e.g. "v1"' } as const;
const endpoint = { endpoint: 'Route pattern, never the raw path; "unmatched" for what no route takes' } as const;
const method = { method: 'HTTP method in capitals' } as const;
const predictionStatus = { status: '"success" or "error"' } as const;

/** HTTP requests answered, by method, route and status code. */
export const httpRequestsTotal = {
  name: 'http_requests_total',
  type: 'counter',
  help: 'HTTP requests answered',
  unit: 'count',
  labels: { ...method, ...endpoint, status: 'HTTP status code; 499 when the client hung up before the answer' },
} as const satisfies CounterDescriptor;

/** Seconds from receiving an HTTP request to its answer, by method and route. */
export const httpRequestDurationSeconds = {
  name: 'http_request_duration_seconds',
  type: 'histogram',
  help: 'Time from receiving an HTTP request to its answer',
  unit: 'seconds',
  labels: { ...method, ...endpoint },
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10],
} as const satisfies HistogramDescriptor;

/** HTTP requests that are being answered at this moment. */
export const httpRequestsInFlight = {
  name: 'http_requests_in_flight',
  type: 'gauge',
  help: 'HTTP requests being answered at this moment',
  unit: 'count',
  labels: {},
} as const satisfies GaugeDescriptor;

/** Predictions made, by model, result and status; a list of customers counts each of them. */
export const mlPredictionsTotal = {
  name: 'ml_predictions_total',
  type: 'counter',
  help: 'Predictions made',
  unit: 'count',
  labels: { ...modelName, ...modelVersion, prediction_result: 'Predicted class, "error" when there was none', ...predictionStatus },
} as const satisfies CounterDescriptor;

/** Seconds spent on one prediction request, by model. */
export const mlPredictionDurationSeconds = {
  name: 'ml_prediction_duration_seconds',
  type: 'histogram',
  help: 'Time spent processing a prediction request',
  unit: 'seconds',
  labels: { ...modelName, ...modelVersion },
  buckets: [0.001, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
} as const satisfies HistogramDescriptor;

/** Prediction requests by model and status (scheme `prediction_*`). */
export const predictionRequestsTotal = {
  name: 'prediction_requests_total',
  type: 'counter',
  help: 'Prediction requests received',
  unit: 'count',
  labels: { ...modelName, ...modelVersion, ...predictionStatus },
} as const satisfies CounterDescriptor;

/** Seconds spent on one prediction request (scheme `prediction_*`); 0.2 is a bound because the usual objective is 200 ms. */
export const predictionLatencySeconds = {
  name: 'prediction_latency_seconds',
  type: 'histogram',
  help: 'Time from receiving a prediction request to its result',
  unit: 'seconds',
  labels: { ...modelName, ...modelVersion },
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5],
} as const satisfies HistogramDescriptor;

/** Predictions by model and status (scheme `ml_model_*`). */
export const mlModelPredictionsTotal = {
  name: 'ml_model_predictions_total',
  type: 'counter',
  help: 'Predictions made by each model',
  unit: 'count',
  labels: { model: 'Name of the model, the same as model_name', ...modelName, ...modelVersion, ...predictionStatus },
} as const satisfies CounterDescriptor;

/** Seconds of one inference (scheme `ml_model_*`); the buckets are the defaults of the Python client, which the scheme comes from. */
export const mlModelInferenceDurationSeconds = {
  name: 'ml_model_inference_duration_seconds',
  type: 'histogram',
  help: 'Time of one model inference',
  unit: 'seconds',
  labels: { model: 'Name of the model, the same as model_name', ...modelName, ...modelVersion },
  buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
} as const satisfies HistogramDescriptor;

/** Accuracy of each model, 0 to 1 (scheme `ml_model_*`). */
export const mlModelAccuracy = {
  name: 'ml_model_accuracy',
  type: 'gauge',
  help: 'Accuracy of the model as last measured, 0 to 1',
  unit: 'ratio',
  labels: { model: 'Name of the model, the same as model_name', ...modelName, ...modelVersion },
} as const satisfies GaugeDescriptor;

/** Accuracy of each model, 0 to 1 (scheme `prediction_*`). */
export const modelAccuracy = {
  name: 'model_accuracy',
  type: 'gauge',
  help: 'Accuracy of the model as last measured, 0 to 1',
  unit: 'ratio',
  labels: { ...modelName, ...modelVersion },
} as const satisfies GaugeDescriptor;

/** Predictions being computed at this moment. */
export const predictionsInFlight = {
  name: 'predictions_in_flight',
  type: 'gauge',
  help: 'Predictions being computed at this moment',
  unit: 'count',
  labels: {},
} as const satisfies GaugeDescriptor;

/** Seconds that loading a model took. */
export const mlModelLoadTimeSeconds = {
  name: 'ml_model_load_time_seconds',
  type: 'gauge',
  help: 'Time that loading the model took',
  unit: 'seconds',
  labels: { ...modelName, ...modelVersion },
} as const satisfies GaugeDescriptor;

/** Number of versions of a model that are loaded. */
export const mlActiveModels = {
  name: 'ml_active_models',
  type: 'gauge',
  help: 'Versions of the model currently loaded',
  unit: 'count',
  labels: { ...modelName },
} as const satisfies GaugeDescriptor;

/** 1 when a model version is loaded, 0 when loading failed or it was unloaded. */
export const modelLoaded = {
  name: 'model_loaded',
  type: 'gauge',
  help: 'Whether the model version is loaded (1) or not (0)',
  unit: 'boolean',
  labels: { ...modelVersion },
} as const satisfies GaugeDescriptor;

/** Seconds of one feature fetch, by feature store. */
export const featureFetchDurationSeconds = {
  name: 'feature_fetch_duration_seconds',
  type: 'histogram',
  help: 'Time to fetch features',
  unit: 'seconds',
  labels: { feature_store: 'Name of the feature store' },
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1],
} as const satisfies HistogramDescriptor;

/** Share of feature look-ups answered by a cache since the start, 0 to 1. */
export const cacheHitRatio = {
  name: 'cache_hit_ratio',
  type: 'gauge',
  help: 'Share of feature look-ups that the cache answered, 0 to 1',
  unit: 'ratio',
  labels: { cache_type: 'Which cache' },
} as const satisfies GaugeDescriptor;

/** Look-ups in a cache, by cache and result. */
export const cacheRequestsTotal = {
  name: 'cache_requests_total',
  type: 'counter',
  help: 'Look-ups in the cache',
  unit: 'count',
  labels: { cache_type: 'Which cache', result: '"hit" or "miss"' },
} as const satisfies CounterDescriptor;

/** Entries that a cache gave up to make room for others. */
export const cacheEvictionsTotal = {
  name: 'cache_evictions_total',
  type: 'counter',
  help: 'Entries removed from the cache to make room',
  unit: 'count',
  labels: { cache_type: 'Which cache' },
} as const satisfies CounterDescriptor;

/** Entries in a cache. */
export const cacheEntries = {
  name: 'cache_entries',
  type: 'gauge',
  help: 'Entries in the cache',
  unit: 'count',
  labels: { cache_type: 'Which cache' },
} as const satisfies GaugeDescriptor;

/** GPU utilisation in percent, by GPU index. */
export const gpuUtilizationPercent = {
  name: 'gpu_utilization_percent',
  type: 'gauge',
  help: 'GPU utilization, 0 to 100',
  unit: 'percent',
  labels: { gpu_id: 'Index of the GPU' },
} as const satisfies GaugeDescriptor;

/** GPU memory in use in bytes, by GPU index. */
export const gpuMemoryUsedBytes = {
  name: 'gpu_memory_used_bytes',
  type: 'gauge',
  help: 'GPU memory in use',
  unit: 'bytes',
  labels: { gpu_id: 'Index of the GPU' },
} as const satisfies GaugeDescriptor;

/** Always 1; its labels say which application this is. */
export const appInfo = {
  name: 'app_info',
  type: 'gauge',
  help: 'Always 1; the labels say which application answers',
  unit: 'info',
  labels: { version: 'Version of the application', app_name: 'Name of the application' },
} as const satisfies GaugeDescriptor;

/** Resident memory of the process in bytes. */
export const appMemoryUsageBytes = {
  name: 'app_memory_usage_bytes',
  type: 'gauge',
  help: 'Resident memory of the application',
  unit: 'bytes',
  labels: {},
} as const satisfies GaugeDescriptor;

/** Processor time of the process in percent of one core. */
export const appCpuUsagePercent = {
  name: 'app_cpu_usage_percent',
  type: 'gauge',
  help: 'Processor usage of the application in percent of one core',
  unit: 'percent',
  labels: {},
} as const satisfies GaugeDescriptor;

/** Every family of this file: what dashboards, rules and documentation are generated from. */
export const metricCatalog: readonly MetricDescriptor[] = [
  httpRequestsTotal,
  httpRequestDurationSeconds,
  httpRequestsInFlight,
  mlPredictionsTotal,
  mlPredictionDurationSeconds,
  predictionRequestsTotal,
  predictionLatencySeconds,
  mlModelPredictionsTotal,
  mlModelInferenceDurationSeconds,
  mlModelAccuracy,
  modelAccuracy,
  predictionsInFlight,
  mlModelLoadTimeSeconds,
  mlActiveModels,
  modelLoaded,
  featureFetchDurationSeconds,
  cacheHitRatio,
  cacheRequestsTotal,
  cacheEvictionsTotal,
  cacheEntries,
  gpuUtilizationPercent,
  gpuMemoryUsedBytes,
  appInfo,
  appMemoryUsageBytes,
  appCpuUsagePercent,
];
