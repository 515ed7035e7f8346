// Operators between a vector and a scalar, and between two scalars.
import type { FloatHistogram } from '../model/histogram.ts';
import { combineMixed, type Sample, StepProblems } from './binary-histograms.ts';
import { dropsName } from './binary-options.ts';
import { vectorError } from './errors.ts';
import { floatsOf, histogramsOf, ignoreNote, type TakeNote, withHistograms } from './histogram-cells.ts';
import { arithmeticOf, type ComparisonOperator, comparisonOf, isTrim, type VectorOperator } from './operators.ts';
import { dropNames, type Rows } from './rows.ts';

/** Applies an operator to every sample of a vector and a scalar that may change from step to step. */
export function vectorScalar(
  rows: Rows,
  scalar: Float64Array,
  op: VectorOperator,
  returnBool: boolean,
  isScalarLeft: boolean,
  note: TakeNote = ignoreNote,
): Rows {
  const floats = floatsOf(rows);
  const result = isTrim(op) ? withoutMeaning(floats, note) : floatScalar(floats, scalar, op, returnBool, isScalarLeft);
  const mixed = rows.histograms ? histogramScalar(rows, result, scalar, op, isScalarLeft, note) : result;
  return dropsName(op) || returnBool ? dropNames(mixed) : mixed;
}

/** No cell of it, for an operator that has no meaning between floats. */
function withoutMeaning(floats: Rows, note: TakeNote): Rows {
  if (floats.present.includes(1)) note({ kind: 'incompatible_types', left: 'float', right: 'float' });
  return { ...floats, present: new Uint8Array(floats.present.length) };
}

/** Adds to `floats`, the result of the operator for all other samples, what it is for histograms. No comparison has one. */
function histogramScalar(rows: Rows, floats: Rows, scalar: Float64Array, op: VectorOperator, isScalarLeft: boolean, note: TakeNote): Rows {
  const { steps } = rows;
  const present = Uint8Array.from(floats.present);
  const histograms = new Array<FloatHistogram | undefined>(present.length).fill(undefined);
  const problems = new StepProblems();
  for (const [cell, histogram] of histogramsOf(rows)) {
    const other = scalar[cell % steps] as number;
    const [left, right]: [Sample, Sample] = isScalarLeft ? [other, histogram] : [histogram, other];
    const result = combineMixed(op, left, right, note);
    if (typeof result === 'boolean') continue;
    if ('problem' in result) {
      problems.add(cell % steps, result.problem);
      continue;
    }
    present[cell] = 1;
    histograms[cell] = result;
  }
  problems.tell(note);
  return withHistograms({ ...floats, present }, histograms);
}

function floatScalar(rows: Rows, scalar: Float64Array, op: VectorOperator, returnBool: boolean, isScalarLeft: boolean): Rows {
  const { steps, values } = rows;
  const out = new Float64Array(values.length);
  const present = Uint8Array.from(rows.present);
  const arithmetic = arithmeticOf(op);
  const comparison = arithmetic ? undefined : comparisonOf(op as ComparisonOperator);
  for (let i = 0, t = 0; i < values.length; i++, t = t + 1 === steps ? 0 : t + 1) {
    if (present[i] === 0) continue;
    const a = isScalarLeft ? (scalar[t] as number) : (values[i] as number);
    const b = isScalarLeft ? (values[i] as number) : (scalar[t] as number);
    if (arithmetic) out[i] = arithmetic(a, b);
    else {
      const holds = comparison?.(a, b) === true;
      if (returnBool) out[i] = holds ? 1 : 0;
      else if (holds) out[i] = values[i] as number;
      else present[i] = 0;
    }
  }
  return { ...rows, values: out, present };
}

/** Applies an operator between two scalars at every step; comparisons answer 0 or 1. */
export function scalarScalar(left: Float64Array, right: Float64Array, op: VectorOperator): Float64Array {
  const arithmetic = arithmeticOf(op);
  if (arithmetic) return left.map((value, t) => arithmetic(value, right[t] as number));
  if (isTrim(op)) throw vectorError('vector.no_histogram', `operator "${op}" not allowed for Scalar operations`);
  const comparison = comparisonOf(op as ComparisonOperator);
  return left.map((value, t) => (comparison(value, right[t] as number) ? 1 : 0));
}
