// Binary operators of which an operand is a histogram. Few have a meaning: histograms are added, subtracted and compared for
// equality, and multiplied, divided and trimmed by floats.

import type { FloatHistogram } from '../model/histogram.ts';
import {
  addHistograms,
  compactHistogram,
  divideHistogram,
  type HistogramResult,
  scaleHistogram,
  subtractHistograms,
  withHint,
} from '../model/histogram-arithmetic.ts';
import { equalHistograms } from '../model/histogram-compare.ts';
import { trimLower, trimUpper } from '../model/histogram-trim.ts';
import type { HistogramNote, SampleType, TakeNote } from './histogram-cells.ts';
import { isTrim, type VectorOperator } from './operators.ts';

export type Sample = number | FloatHistogram;

/** The histogram that an operator makes, or whether a comparison holds; a note where it has no meaning. */
export type MixedResult = FloatHistogram | boolean | { readonly problem: HistogramNote };

/** Applies `op` to two samples, one of which is a histogram, or none when it is one for histograms only. What is worth knowing about the result goes to `note`. */
export function combineMixed(op: VectorOperator, left: Sample, right: Sample, note: TakeNote): MixedResult {
  if (typeof left === 'number' && typeof right !== 'number' && op === '*') return compactHistogram(scaleHistogram(right, left), 0);
  if (typeof left !== 'number' && typeof right === 'number' && op === '*') return compactHistogram(scaleHistogram(left, right), 0);
  if (typeof left !== 'number' && typeof right === 'number' && op === '/') return compactHistogram(divideHistogram(left, right), 0);
  if (typeof left !== 'number' && typeof right === 'number' && isTrim(op))
    return op === '</' ? trimUpper(left, right) : trimLower(left, right);
  if (typeof left !== 'number' && typeof right !== 'number')
    switch (op) {
      case '+':
        return checked(addHistograms(left, right), 'addition', note);
      case '-':
        return asGauge(checked(subtractHistograms(left, right), 'subtraction', note));
      case '==':
        return equalHistograms(left, right);
      case '!=':
        return !equalHistograms(left, right);
    }
  return { problem: { kind: 'incompatible_types', left: typeOfSample(left), right: typeOfSample(right) } };
}

function checked(result: HistogramResult, operation: 'addition' | 'subtraction', note: TakeNote): MixedResult {
  if (result.problem) return { problem: { kind: 'incompatible_layout' } };
  if (result.counterResetCollision) note({ kind: 'reset_collision', operation });
  if (result.boundsReconciled) note({ kind: 'bounds_reconciled', operation });
  return result.histogram;
}

/** What is left after a subtraction may fall, so it is no counter. */
function asGauge(result: MixedResult): MixedResult {
  return typeof result === 'object' && 'schema' in result ? withHint(result, 'gauge') : result;
}

function typeOfSample(sample: Sample): SampleType {
  return typeof sample === 'number' ? 'float' : 'histogram';
}

/** Keeps the last problem of each step, which is the one that upstream tells about. */
export class StepProblems {
  readonly #byStep = new Map<number, HistogramNote>();

  add(step: number, problem: HistogramNote): void {
    this.#byStep.set(step, problem);
  }

  tell(note: TakeNote): void {
    for (const [, problem] of [...this.#byStep].sort(([a], [b]) => a - b)) note(problem);
  }
}
