/** Parameters of a logistic regression on standardized columns: probability = sigmoid(bias + Σ weight · (x − mean) / scale). */
export interface LogisticRegression {
  readonly kind: 'logistic-regression';
  readonly bias: number;
  readonly weights: readonly number[];
  readonly means: readonly number[];
  readonly scales: readonly number[];
}

const STEPS = 400;
const LEARNING_RATE = 0.5;
const MOMENTUM = 0.9;
/** Ridge penalty for each row: keeps weights of nearly equal columns (monthly and total charges) small. */
const RIDGE = 1e-4;

/** Fits the weights by full-batch gradient descent with momentum on the mean log loss. No randomness. */
export function trainLogisticRegression(rows: readonly Float64Array[], labels: readonly boolean[]): LogisticRegression {
  const width = rows[0]?.length ?? 0;
  const { means, scales } = standardization(rows, width);
  const x = rows.map((row) => row.map((value, j) => (value - means[j]!) / scales[j]!));
  const weights = new Float64Array(width + 1);
  const velocity = new Float64Array(width + 1);
  for (let step = 0; step < STEPS; step++) {
    const gradient = new Float64Array(width + 1);
    for (const [i, row] of x.entries()) {
      const error = sigmoid(weights[width]! + dot(row, weights)) - (labels[i] ? 1 : 0);
      for (let j = 0; j < width; j++) gradient[j]! += error * row[j]!;
      gradient[width]! += error;
    }
    for (let j = 0; j <= width; j++) {
      const penalty = j < width ? RIDGE * weights[j]! : 0;
      velocity[j] = MOMENTUM * velocity[j]! - LEARNING_RATE * (1 - MOMENTUM) * (gradient[j]! / x.length + penalty);
      weights[j]! += velocity[j]!;
    }
  }
  return { kind: 'logistic-regression', bias: weights[width]!, weights: [...weights.subarray(0, width)], means, scales };
}

/** The probability of the positive class. */
export function predictLogisticRegression(model: LogisticRegression, row: Float64Array): number {
  let logit = model.bias;
  for (let j = 0; j < row.length; j++) logit += (model.weights[j]! * (row[j]! - model.means[j]!)) / model.scales[j]!;
  return sigmoid(logit);
}

/** 1 / (1 + e^-z). */
export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function dot(row: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < row.length; j++) sum += row[j]! * weights[j]!;
  return sum;
}

function standardization(rows: readonly Float64Array[], width: number): { means: number[]; scales: number[] } {
  const means: number[] = [];
  const scales: number[] = [];
  for (let j = 0; j < width; j++) {
    const mean = rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / rows.length;
    means.push(mean);
    scales.push(Math.sqrt(variance) || 1); // a column that never varies tells nothing; 1 keeps it from dividing by 0
  }
  return { means, scales };
}
