import { isAppError } from '../model/app-error.ts';
import { formatExpr } from '../promql/parse/format.ts';
import { parseExpr } from '../promql/parse/parse.ts';

/** An expression as Prometheus writes it in its API and in links: `up==0` is `up == 0`. What cannot be parsed stays as it is. */
export function exprText(expr: string): string {
  try {
    return formatExpr(parseExpr(expr));
  } catch (error) {
    if (isAppError(error)) return expr;
    throw error;
  }
}
