import type { Expr, VectorSelector } from './ast.ts';

/** All selectors of an expression, from left to right. */
export function selectorsOf(expr: Expr): VectorSelector[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return [];
    case 'selector':
      return [expr];
    case 'range':
      return [expr.selector];
    case 'call':
      return expr.args.flatMap(selectorsOf);
    case 'aggregation':
      return [...(expr.param ? selectorsOf(expr.param) : []), ...selectorsOf(expr.expr)];
    case 'binary':
      return [...selectorsOf(expr.lhs), ...selectorsOf(expr.rhs)];
    case 'subquery':
    case 'unary':
    case 'paren':
      return selectorsOf(expr.expr);
  }
}
