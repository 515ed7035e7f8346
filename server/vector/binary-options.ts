import type { MatchLabels } from './matching.ts';
import { arithmeticOf, isTrim, type VectorOperator } from './operators.ts';

/** How two vectors are combined. */
export interface BinaryOptions extends MatchLabels {
  readonly op: VectorOperator;
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many';
  /** Labels copied from the one side. */
  readonly include: readonly string[];
  /** A comparison answers 0 or 1 instead of filtering. */
  readonly returnBool: boolean;
}

/** Whether the operator's result is another quantity than its operands: then it has no name. */
export function dropsName(op: VectorOperator): boolean {
  return arithmeticOf(op) !== undefined || isTrim(op);
}
