import type { Expr, VectorSelector } from '../../promql/parse/ast.ts';
import { formatExpr } from '../../promql/parse/format.ts';

const MAX_LINE = 100;
const PLACE: VectorSelector = {
  kind: 'selector',
  name: 'x',
  matchers: [{ type: '=', name: '__name__', value: 'x' }],
  offsetMs: 0,
  start: 0,
  end: 0,
};

/** An expression over several lines, broken wherever a part is longer than 100 characters, as upstream's formatter does. */
export function prettyQuery(expr: Expr, level = 0): string {
  const indent = '  '.repeat(level);
  const line = formatExpr(expr);
  // Upstream indents no subquery that fits.
  if (line.length <= MAX_LINE) return expr.kind === 'subquery' ? line : indent + line;
  const inner = (child: Expr) => prettyQuery(child, level + 1);
  switch (expr.kind) {
    case 'aggregation': {
      const param = expr.param ? `${inner(expr.param)},\n` : '';
      return `${indent}${headOf(expr)}(\n${param}${inner(expr.expr)}\n${indent})`;
    }
    case 'binary': {
      const operator = formatExpr({ ...expr, lhs: PLACE, rhs: PLACE })
        .slice(1, -1)
        .trim();
      return `${inner(expr.lhs)}\n${indent}${operator}\n${inner(expr.rhs)}`;
    }
    case 'call':
      return `${indent}${expr.fn.name}(\n${expr.args.map(inner).join(',\n')}\n${indent})`;
    case 'paren':
      return `${indent}(\n${inner(expr.expr)}\n${indent})`;
    case 'subquery':
      return prettyQuery(expr.expr, level) + formatExpr({ ...expr, expr: PLACE }).slice(1);
    case 'unary':
      return `${indent}${expr.op}${prettyQuery(expr.expr, level).trim()}`;
    default:
      return indent + line;
  }
}

/** `sum by (a) ` of an aggregation. */
function headOf(expr: Extract<Expr, { kind: 'aggregation' }>): string {
  const { param: _, ...bare } = expr;
  return formatExpr({ ...bare, expr: PLACE }).replace(/\(x\)$/, '');
}
