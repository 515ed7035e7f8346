import type { CounterDescriptor, GaugeDescriptor, HistogramDescriptor, MetricDescriptor } from '../schema/metric-descriptor.ts';
import {
  appCpuUsagePercent,
  appInfo,
  appMemoryUsageBytes,
  cacheEntries,
  cacheEvictionsTotal,
  cacheHitRatio,
  cacheRequestsTotal,
  featureFetchDurationSeconds,
  gpuMemoryUsedBytes,
  gpuUtilizationPercent,
  httpRequestDurationSeconds,
  httpRequestsTotal,
  mlActiveModels,
  mlModelAccuracy,
  mlModelInferenceDurationSeconds,
  mlModelLoadTimeSeconds,
  mlModelPredictionsTotal,
  mlPredictionDurationSeconds,
  mlPredictionsTotal,
  modelAccuracy,
  modelLoaded,
  predictionLatencySeconds,
  predictionRequestsTotal,
  predictionsInFlight,
} from './catalog.ts';

/** A vocabulary of metric names, called by the scrape job whose dashboards and rules read it. */
export type PresetName = 'ml-api' | 'ml-inference' | 'ml-service' | 'ml-model-serving';

/** The families of one vocabulary and the part that each plays. */
export interface MetricPreset {
  /** Counts predictions. */
  readonly predictions: CounterDescriptor;
  /** What one step of that counter is: a batch of five is five predictions and one request. */
  readonly counts: 'predictions' | 'requests';
  /** Times prediction requests. */
  readonly duration: HistogramDescriptor;
  /** Holds the accuracy of each model; absent where the vocabulary has no name for it. */
  readonly accuracy?: GaugeDescriptor;
  /** Everything that the vocabulary's dashboards and rules expect from a service, the above included. */
  readonly families: readonly MetricDescriptor[];
}

/**
 * The four vocabularies:
 * - `ml-api`: `ml_predictions_total`, `ml_prediction_duration_seconds`, `app_*`, `model_loaded`
 * - `ml-inference`: the same predictions plus HTTP, model lifecycle, feature store, cache and GPU
 * - `ml-service`: `prediction_requests_total`, `prediction_latency_seconds`, `model_accuracy`, `predictions_in_flight`
 * - `ml-model-serving`: `ml_model_predictions_total`, `ml_model_inference_duration_seconds`, `ml_model_accuracy`
 */
export const metricPresets: Readonly<Record<PresetName, MetricPreset>> = {
  'ml-api': {
    predictions: mlPredictionsTotal,
    counts: 'predictions',
    duration: mlPredictionDurationSeconds,
    families: [mlPredictionsTotal, mlPredictionDurationSeconds, appInfo, appMemoryUsageBytes, appCpuUsagePercent, modelLoaded],
  },
  'ml-inference': {
    predictions: mlPredictionsTotal,
    counts: 'predictions',
    duration: mlPredictionDurationSeconds,
    families: [
      httpRequestsTotal,
      httpRequestDurationSeconds,
      mlPredictionsTotal,
      mlPredictionDurationSeconds,
      mlModelLoadTimeSeconds,
      mlActiveModels,
      featureFetchDurationSeconds,
      cacheHitRatio,
      cacheRequestsTotal,
      cacheEvictionsTotal,
      cacheEntries,
      gpuUtilizationPercent,
      gpuMemoryUsedBytes,
    ],
  },
  'ml-service': {
    predictions: predictionRequestsTotal,
    counts: 'requests',
    duration: predictionLatencySeconds,
    accuracy: modelAccuracy,
    families: [predictionRequestsTotal, predictionLatencySeconds, modelAccuracy, predictionsInFlight],
  },
  'ml-model-serving': {
    predictions: mlModelPredictionsTotal,
    counts: 'predictions',
    duration: mlModelInferenceDurationSeconds,
    accuracy: mlModelAccuracy,
    families: [mlModelPredictionsTotal, mlModelInferenceDurationSeconds, mlModelAccuracy],
  },
};
