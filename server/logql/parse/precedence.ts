import type { BinaryOp } from './ast.ts';

/** How tightly operators bind; higher ones bind first. */
export const PRECEDENCE: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '>=': 3,
  '<': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};

/** `2 ^ 3 ^ 2` is `2 ^ (3 ^ 2)`; all others bind to the left. */
export function bindsToTheRight(op: BinaryOp): boolean {
  return op === '^';
}
