/**
 * Gradient-boosted trees for a yes/no question: logistic loss, second-order splits on quantile bins (the method of XGBoost and LightGBM,
 * without their refinements). Training uses no randomness.
 */
import { sigmoid } from './logistic-regression.ts';

/** A tree as parallel arrays; node 0 is the root, `feature` −1 marks a leaf, whose `value` is added to the logit. */
export interface Tree {
  readonly feature: number[];
  /** A row goes to `left` when its value is at most this, else to `right`. */
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
  readonly value: number[];
}

/** Parameters of the ensemble: probability = sigmoid(bias + Σ leaf values). */
export interface GradientBoosting {
  readonly kind: 'gradient-boosting';
  readonly bias: number;
  readonly trees: readonly Tree[];
}

/** Settings of the training. */
export interface BoostingOptions {
  readonly trees: number;
  readonly depth: number;
  readonly learningRate: number;
}

const MAX_BINS = 48;
/** Added to the curvature in every denominator, so that small leaves stay modest. */
const L2 = 5;
const MIN_LEAF_CURVATURE = 10;

/** The columns as bin numbers, and the upper edge of each bin. */
interface Binned {
  readonly columns: readonly Uint8Array[];
  readonly edges: readonly number[][];
}

interface Gradients {
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
}

interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly gain: number;
}

/** Fits the ensemble. */
export function trainGradientBoosting(
  rows: readonly Float64Array[],
  labels: readonly boolean[],
  options: BoostingOptions,
): GradientBoosting {
  const binned = bin(rows);
  const positives = labels.filter(Boolean).length;
  const bias = Math.log(positives / (labels.length - positives));
  const logits = new Float64Array(rows.length).fill(bias);
  const gradients: Gradients = { slope: new Float64Array(rows.length), curvature: new Float64Array(rows.length) };
  const trees: Tree[] = [];
  for (let i = 0; i < options.trees; i++) {
    for (let r = 0; r < rows.length; r++) {
      const p = sigmoid(logits[r]!);
      gradients.slope[r] = p - (labels[r] ? 1 : 0);
      gradients.curvature[r] = p * (1 - p);
    }
    const tree: Tree = { feature: [], threshold: [], left: [], right: [], value: [] };
    grow(tree, binned, gradients, Uint32Array.from(rows.keys()), options, 0);
    trees.push(tree);
    for (let r = 0; r < rows.length; r++) logits[r]! += leafValue(tree, rows[r]!);
  }
  return { kind: 'gradient-boosting', bias, trees };
}

/** The probability of the positive class. */
export function predictGradientBoosting(model: GradientBoosting, row: Float64Array): number {
  let logit = model.bias;
  for (const tree of model.trees) logit += leafValue(tree, row);
  return sigmoid(logit);
}

function leafValue(tree: Tree, row: Float64Array): number {
  let node = 0;
  for (let feature = tree.feature[0]!; feature >= 0; feature = tree.feature[node]!) {
    node = row[feature]! <= tree.threshold[node]! ? tree.left[node]! : tree.right[node]!;
  }
  return tree.value[node]!;
}

/** Adds the subtree for `rows` and returns the number of its root. */
function grow(tree: Tree, binned: Binned, gradients: Gradients, rows: Uint32Array, options: BoostingOptions, depth: number): number {
  const node = tree.feature.length;
  let slope = 0;
  let curvature = 0;
  for (const r of rows) {
    slope += gradients.slope[r]!;
    curvature += gradients.curvature[r]!;
  }
  // Leaf values are rounded as they will be in the file, so that the trees to come correct what is really predicted.
  const value = Number(((-slope / (curvature + L2)) * options.learningRate).toPrecision(6));
  const split = depth < options.depth ? bestSplit(binned, gradients, rows, slope, curvature) : undefined;
  tree.feature.push(split?.feature ?? -1);
  tree.threshold.push(split ? binned.edges[split.feature]![split.bin]! : 0);
  tree.left.push(0);
  tree.right.push(0);
  tree.value.push(split ? 0 : value);
  if (split) {
    const column = binned.columns[split.feature]!;
    tree.left[node] = grow(
      tree,
      binned,
      gradients,
      rows.filter((r) => column[r]! <= split.bin),
      options,
      depth + 1,
    );
    tree.right[node] = grow(
      tree,
      binned,
      gradients,
      rows.filter((r) => column[r]! > split.bin),
      options,
      depth + 1,
    );
  }
  return node;
}

function bestSplit(binned: Binned, gradients: Gradients, rows: Uint32Array, slope: number, curvature: number): Split | undefined {
  const score = (g: number, h: number) => (g * g) / (h + L2);
  let best: Split | undefined;
  const slopes = new Float64Array(MAX_BINS + 1);
  const curvatures = new Float64Array(MAX_BINS + 1);
  for (const [feature, column] of binned.columns.entries()) {
    slopes.fill(0);
    curvatures.fill(0);
    for (const r of rows) {
      slopes[column[r]!]! += gradients.slope[r]!;
      curvatures[column[r]!]! += gradients.curvature[r]!;
    }
    let leftSlope = 0;
    let leftCurvature = 0;
    for (let bin = 0; bin < binned.edges[feature]!.length; bin++) {
      leftSlope += slopes[bin]!;
      leftCurvature += curvatures[bin]!;
      if (leftCurvature < MIN_LEAF_CURVATURE || curvature - leftCurvature < MIN_LEAF_CURVATURE) continue;
      const gain = score(leftSlope, leftCurvature) + score(slope - leftSlope, curvature - leftCurvature) - score(slope, curvature);
      if (gain > (best?.gain ?? 1e-6)) best = { feature, bin, gain };
    }
  }
  return best;
}

/** Cuts each column at its quantiles; a column of few values gets one bin for each. The last bin has no edge. */
function bin(rows: readonly Float64Array[]): Binned {
  const width = rows[0]?.length ?? 0;
  const columns: Uint8Array[] = [];
  const edges: number[][] = [];
  for (let j = 0; j < width; j++) {
    const sorted = Float64Array.from(rows, (row) => row[j]!).sort();
    const quantiles = Array.from({ length: MAX_BINS - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / MAX_BINS)]!);
    const cuts = [...new Set(quantiles)].filter((cut) => cut < sorted.at(-1)!);
    columns.push(
      Uint8Array.from(rows, (row) => {
        const i = cuts.findIndex((cut) => row[j]! <= cut);
        return i < 0 ? cuts.length : i;
      }),
    );
    edges.push(cuts);
  }
  return { columns, edges };
}
