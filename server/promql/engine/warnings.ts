import type { Expr } from '../parse/ast.ts';
import { formatG } from '../parse/numbers.ts';
import type { Annotations } from './annotations.ts';

/** Warns about every quantile outside 0 … 1. */
export function quantileWarning(phi: Float64Array, at: Expr, annotations: Annotations): void {
  for (const q of new Set(phi))
    if (!(q >= 0 && q <= 1)) annotations.warn(`quantile value should be between 0 and 1, got ${formatG(q)}`, at.start);
}
