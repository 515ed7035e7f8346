import {
  applicationMetrics,
  type FeatureMetrics,
  featureMetrics,
  Instrument,
  type ModelMetrics,
  modelMetrics,
  type PredictionMetrics,
  predictionMetrics,
} from '@alidade/sdk/instrument';
import { type BusinessMetrics, businessMetrics, type RetentionAssumptions } from './business-metrics.ts';
import { MODEL_NAME, modelVersions, predictionClasses } from './model.ts';

/** Name and version under which the service presents itself in `app_info`. */
export const APP = { name: 'churn-prediction-api', version: '1.0.0' } as const;

/** Everything the service measures. */
export interface ServiceMetrics {
  readonly instrument: Instrument;
  readonly predictions: PredictionMetrics;
  readonly models: ModelMetrics;
  readonly features: FeatureMetrics;
  readonly business: BusinessMetrics;
}

/**
 * The measurements of the service under all names in use for them, so that dashboards and rules written for the jobs `ml-api`,
 * `ml-inference`, `ml-service` and `ml-model-serving` work on it. `prediction_result` is "Churn", "No churn" or "error".
 */
export function createMetrics(retention?: RetentionAssumptions): ServiceMetrics {
  const instrument = new Instrument();
  applicationMetrics(instrument, APP);
  const presets = ['ml-api', 'ml-inference', 'ml-service', 'ml-model-serving'] as const;
  const predictions = predictionMetrics(instrument, { presets });
  for (const version of modelVersions) predictions.declare({ name: MODEL_NAME, version }, predictionClasses);
  return {
    instrument,
    predictions,
    models: modelMetrics(instrument, { presets }),
    features: featureMetrics(instrument),
    business: businessMetrics(instrument, modelVersions, retention),
  };
}
