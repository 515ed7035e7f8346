import { isAppError } from '../model/app-error.ts';
import { ALL_FEATURES } from '../model/language-features.ts';
import { formatExpr } from '../promql/parse/format.ts';
import { parseExpr } from '../promql/parse/parse.ts';

/**
 * An expression as Prometheus writes it in its API and in links: `up==0` is `up == 0`. What cannot be parsed stays as it is.
 * Which features are on was looked at when the rule was loaded: an expression that is right with some reads the same with all.
 */
export function exprText(expr: string): string {
  try {
    return formatExpr(parseExpr(expr, ALL_FEATURES));
  } catch (error) {
    if (isAppError(error)) return expr;
    throw error;
  }
}
