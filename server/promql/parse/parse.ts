import type { Expr } from './ast.ts';
import { type ParseOptions, parseSyntax } from './parser.ts';
import { checkTypes } from './typecheck.ts';

/** Parses and checks a PromQL expression. Throws `promql.parse` or `promql.type`, position first. */
export function parseExpr(query: string, options: ParseOptions = {}): Expr {
  const expr = parseSyntax(query, options);
  checkTypes(query, expr);
  return expr;
}
