/** How good predicted probabilities are on data that the model has not seen. */
export interface Evaluation {
  /** Share of right answers when 0.5 divides yes from no. */
  readonly accuracy: number;
  /** Area under the ROC curve: how often a churner is ranked above a stayer; 0.5 is guessing. */
  readonly auc: number;
  /** Mean of −log(probability given to what happened). */
  readonly logLoss: number;
  /** Accuracy of always answering the commoner class. */
  readonly baseRate: number;
}

/** Evaluates probabilities against what happened. */
export function evaluate(probabilities: readonly number[], labels: readonly boolean[]): Evaluation {
  const n = labels.length;
  const positives = labels.filter(Boolean).length;
  const right = probabilities.filter((p, i) => p >= 0.5 === labels[i]).length;
  const loss = probabilities.reduce((sum, p, i) => sum - Math.log(Math.max(1e-15, labels[i] ? p : 1 - p)), 0);
  return { accuracy: right / n, auc: rocAuc(probabilities, labels), logLoss: loss / n, baseRate: Math.max(positives, n - positives) / n };
}

/** The rank-sum form of the AUC; ties share their rank. */
function rocAuc(probabilities: readonly number[], labels: readonly boolean[]): number {
  const order = probabilities.map((p, i) => ({ p, isPositive: labels[i] === true })).sort((a, b) => a.p - b.p);
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && order[end]!.p === order[start]!.p) end++;
    const meanRank = (start + 1 + end) / 2;
    const inTie = order.slice(start, end).filter((row) => row.isPositive).length;
    rankSum += inTie * meanRank;
    positives += inTie;
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}
