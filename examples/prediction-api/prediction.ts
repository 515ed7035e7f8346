/** One prediction request from body to answer, with a span for each step and a log line at its end. */
import { inSpan, recordError } from '@alidade/sdk/instrument';
import type { StructuredLogger } from '@alidade/sdk/instrument/logger';
import { type Customer, parseCustomers } from './customer.ts';
import type { FeatureStore } from './feature-store.ts';
import type { ServiceMetrics } from './metrics.ts';
import { MODEL_NAME, type ModelVersion, type Prediction, predictRow } from './model.ts';
import { type ModelSet, modelOf } from './model-set.ts';

/** What predictions are made with and reported to. */
export interface PredictionDeps {
  readonly models: ModelSet;
  readonly metrics: ServiceMetrics;
  readonly features: FeatureStore;
  readonly logger: StructuredLogger;
}

/**
 * Answers a request body, one customer or a list of them. Whatever goes wrong counts as one error of the model, marks the spans it
 * happened in, is logged once, and is thrown.
 */
export async function answerPrediction(deps: PredictionDeps, version: ModelVersion, body: unknown): Promise<Prediction | Prediction[]> {
  const started = performance.now();
  const elapsedMs = () => performance.now() - started;
  return inSpan(
    'predict',
    async (span) => {
      try {
        const predictions = await deps.metrics.predictions.run(
          { name: MODEL_NAME, version },
          () => predictAll(deps, version, body),
          (made) => made.map(({ prediction }) => prediction),
        );
        span.setAttribute('ml.prediction.count', predictions.length);
        deps.logger.logEvent('model_prediction', { ...summaryOf(predictions), version, latency_ms: roundMs(elapsedMs()) });
        return Array.isArray(body) ? predictions : predictions[0]!;
      } catch (error) {
        logFailure(deps.logger, version, error, elapsedMs());
        throw error;
      }
    },
    { attributes: modelAttributes(version) },
  );
}

/** Reports a request whose body was refused before it came to a prediction: not JSON, too large. */
export function refusePrediction(deps: PredictionDeps, version: ModelVersion, error: Error, durationMs: number): void {
  deps.metrics.predictions.recordError({ name: MODEL_NAME, version }, durationMs / 1000);
  inSpan(
    'predict',
    (span) => {
      recordError(span, error);
      logFailure(deps.logger, version, error, durationMs);
    },
    { attributes: modelAttributes(version) },
  );
}

async function predictAll(deps: PredictionDeps, version: ModelVersion, body: unknown): Promise<Prediction[]> {
  const customers = inSpan('validate', () => parseCustomers(body));
  const rows = await inSpan('feature_lookup', () => lookUp(deps.features, customers));
  return inSpan(
    'model_inference',
    () => {
      const model = modelOf(deps.models, version);
      const predictions = rows.map((row) => predictRow(model, row));
      for (const [i, { prediction, churn_probability }] of predictions.entries()) {
        if (prediction === 'Churn') deps.metrics.business.recordChurn(version, churn_probability, customers[i]!.MonthlyCharges);
      }
      return predictions;
    },
    { attributes: modelAttributes(version) },
  );
}

async function lookUp(features: FeatureStore, customers: readonly Customer[]): Promise<Float64Array[]> {
  const rows: Float64Array[] = [];
  for (const customer of customers) rows.push(await features.lookup(customer));
  return rows;
}

function modelAttributes(version: ModelVersion): Record<string, string> {
  return { 'ml.model.name': MODEL_NAME, 'ml.model.version': version };
}

/** What a log line says of the predictions of a request: the one there is, or how many of each class. */
function summaryOf(predictions: readonly Prediction[]): Record<string, unknown> {
  const [first] = predictions;
  if (predictions.length === 1 && first) {
    const { prediction, churn_probability } = first;
    const confidence = prediction === 'Churn' ? churn_probability : Math.round((1 - churn_probability) * 1e4) / 1e4;
    return { model: MODEL_NAME, prediction, confidence };
  }
  const churn = predictions.filter(({ prediction }) => prediction === 'Churn').length;
  return { model: MODEL_NAME, predictions: predictions.length, churn };
}

function logFailure(logger: StructuredLogger, version: ModelVersion, error: unknown, latencyMs: number): void {
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  logger.error('Prediction failed', { error, model_name: MODEL_NAME, model_version: version, status, latency_ms: roundMs(latencyMs) });
}

/** Rounds milliseconds to whole microseconds. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
