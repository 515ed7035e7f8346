import type { Expr } from './ast.ts';
import { withInfoSelectors } from './info-selectors.ts';
import { type ParseOptions, parseSyntax } from './parser.ts';
import { type QuerySteps, resolveDurations } from './resolve-durations.ts';
import { checkTypes } from './typecheck.ts';

/** Parses and checks a PromQL expression. Throws `promql.parse` or `promql.type`, position first. */
export function parseExpr(query: string, options: ParseOptions = {}): Expr {
  const expr = parseSyntax(query, options);
  checkTypes(query, expr);
  return expr;
}

/**
 * As `parseExpr`, made ready to be run: durations that depend on the query's steps are worked out, and what info() looks for is
 * spelt out. Throws `promql.parse` for durations, too.
 */
export function parseQuery(query: string, options: ParseOptions, steps: QuerySteps): Expr {
  return withInfoSelectors(resolveDurations(parseExpr(query, options), query, steps));
}
