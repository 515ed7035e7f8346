import { drawLabelledCustomer } from './churn-process.ts';
import { evaluate } from './evaluation.ts';
import { encode, featureNames } from './features.ts';
import { trainGradientBoosting } from './gradient-boosting.ts';
import { type LogisticRegression, trainLogisticRegression } from './logistic-regression.ts';
import { type ChurnModel, churnProbabilityOf, type ModelVersion } from './model.ts';
import { createRandom } from './random.ts';

/** How much data to draw and from which seed. */
export interface TrainingOptions {
  readonly seed: number;
  readonly trainingRows: number;
  readonly heldOutRows: number;
}

/** What the committed model files were trained with. */
export const defaultTraining: TrainingOptions = { seed: 58, trainingRows: 15_000, heldOutRows: 5_000 };

/**
 * Draws customers, trains v1 (logistic regression: every effect by itself) and v2 (gradient-boosted trees: effects together), and
 * measures both on customers that neither has seen. The same options give the same models, to the last digit.
 */
export function trainModels(options: TrainingOptions): ChurnModel[] {
  const random = createRandom(options.seed);
  const data = Array.from({ length: options.trainingRows + options.heldOutRows }, () => drawLabelledCustomer(random));
  const rows = data.map(({ customer }) => encode(customer));
  const labels = data.map(({ hasChurned }) => hasChurned);
  const [trainRows, trainLabels] = [rows.slice(0, options.trainingRows), labels.slice(0, options.trainingRows)];
  const [testRows, testLabels] = [rows.slice(options.trainingRows), labels.slice(options.trainingRows)];

  function asModel(version: ModelVersion, parameters: ChurnModel['parameters']): ChurnModel {
    const probabilities = testRows.map((row) => churnProbabilityOf({ parameters }, row));
    const { accuracy, auc, logLoss, baseRate } = evaluate(probabilities, testLabels);
    const heldOut = { accuracy: round(accuracy), auc: round(auc), logLoss: round(logLoss), baseRate: round(baseRate) };
    return { format: 'churn-model/1', version, features: featureNames, training: { ...options, heldOut }, parameters };
  }

  return [
    asModel('v1', roundParameters(trainLogisticRegression(trainRows, trainLabels))),
    asModel('v2', trainGradientBoosting(trainRows, trainLabels, { trees: 150, depth: 4, learningRate: 0.1 })),
  ];
}

function roundParameters(model: LogisticRegression): LogisticRegression {
  const { bias, weights, means, scales } = model;
  return { ...model, bias: round(bias), weights: weights.map(round), means: means.map(round), scales: scales.map(round) };
}

/** Six significant digits: small, readable files, and far finer than the data can tell. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
