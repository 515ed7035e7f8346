import type { Expr } from './ast.ts';

/** The tree with every node but the selectors of ranges changed, from the leaves up. */
export function mapExpr(expr: Expr, change: (node: Expr) => Expr): Expr {
  const inner = (child: Expr) => mapExpr(child, change);
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
    case 'range':
      return change(expr);
    case 'subquery':
    case 'unary':
    case 'paren':
      return change({ ...expr, expr: inner(expr.expr) });
    case 'call':
      return change({ ...expr, args: expr.args.map(inner) });
    case 'aggregation':
      return change({ ...expr, expr: inner(expr.expr), ...(expr.param ? { param: inner(expr.param) } : {}) });
    case 'binary':
      return change({ ...expr, lhs: inner(expr.lhs), rhs: inner(expr.rhs) });
  }
}
