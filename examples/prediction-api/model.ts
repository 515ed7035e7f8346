/** A trained churn model as it lies in `models/<version>.json`: what predicts, and how it was made and measured. */
import { readFileSync } from 'node:fs';
import type { Customer } from './customer.ts';
import type { Evaluation } from './evaluation.ts';
import { encode, featureNames } from './features.ts';
import { type GradientBoosting, predictGradientBoosting } from './gradient-boosting.ts';
import { type LogisticRegression, predictLogisticRegression } from './logistic-regression.ts';

/** Versions of the model that the service offers. */
export const modelVersions = ['v1', 'v2'] as const;
export type ModelVersion = (typeof modelVersions)[number];

/** Name of the model in labels. */
export const MODEL_NAME = 'churn';

/** The classes that the model can predict, as `prediction` in answers and `prediction_result` in metrics. */
export const predictionClasses = ['Churn', 'No churn'] as const;

/** The training behind a model. */
export interface TrainingRecord {
  readonly seed: number;
  readonly trainingRows: number;
  readonly heldOutRows: number;
  /** Measured on the held-out rows. */
  readonly heldOut: Evaluation;
}

/** Contents of a model file. */
export interface ChurnModel {
  readonly format: 'churn-model/1';
  readonly version: ModelVersion;
  readonly features: readonly string[];
  readonly training: TrainingRecord;
  readonly parameters: LogisticRegression | GradientBoosting;
}

/** An answer about one customer. */
export interface Prediction {
  readonly prediction: (typeof predictionClasses)[number];
  /** Probability of leaving, 0 to 1, rounded to 4 digits. */
  readonly churn_probability: number;
  readonly model_version: ModelVersion;
}

/** A model gave no probability: its file is damaged in a way that loading did not show. */
export class InferenceError extends Error {
  readonly statusCode = 500;
  override readonly name = 'InferenceError';
}

/** Predicts one customer; at a probability of 0.5 or more the class is "Churn". Throws `InferenceError` when the model cannot. */
export function predict(model: ChurnModel, customer: Customer): Prediction {
  return predictRow(model, encode(customer));
}

/** As `predict`, for a feature vector. */
export function predictRow(model: ChurnModel, row: Float64Array): Prediction {
  let probability: number;
  try {
    probability = churnProbabilityOf(model, row);
  } catch (cause) {
    throw new InferenceError(`model ${model.version} failed: ${(cause as Error).message}`, { cause });
  }
  if (!Number.isFinite(probability)) throw new InferenceError(`model ${model.version} gave ${probability} instead of a probability`);
  return {
    prediction: probability >= 0.5 ? 'Churn' : 'No churn',
    churn_probability: Math.round(probability * 1e4) / 1e4,
    model_version: model.version,
  };
}

/** Probability of leaving for a feature vector. */
export function churnProbabilityOf(model: Pick<ChurnModel, 'parameters'>, row: Float64Array): number {
  const { parameters } = model;
  return parameters.kind === 'logistic-regression' ? predictLogisticRegression(parameters, row) : predictGradientBoosting(parameters, row);
}

/** Reads a model file and checks that it fits this service. Throws an error that names the file and says what to do. */
export function loadModel(path: string, version: ModelVersion): ChurnModel {
  const cure = 'run "npm run train -w prediction-api" to write it again';
  let model: Partial<ChurnModel>;
  try {
    model = JSON.parse(readFileSync(path, 'utf8')) as Partial<ChurnModel>;
  } catch (cause) {
    throw new Error(`cannot read model file ${path}: ${(cause as Error).message}; ${cure}`, { cause });
  }
  const refuse = (why: string) => new Error(`model file ${path} does not fit: ${why}; ${cure}`);
  if (model?.format !== 'churn-model/1') throw refuse(`format is ${JSON.stringify(model?.format)}, expected "churn-model/1"`);
  if (model.version !== version) throw refuse(`version is ${JSON.stringify(model.version)}, expected "${version}"`);
  if (model.features?.join() !== featureNames.join()) throw refuse('it was trained on other features');
  const probability = churnProbabilityOf(model as ChurnModel, new Float64Array(featureNames.length));
  if (!(probability > 0 && probability < 1)) throw refuse('its parameters do not give a probability');
  return model as ChurnModel;
}
