// Which parts of an expression look at one series at a time: range functions over a selector, and instant selectors. If all
// samples go through such nodes, series can be read and reduced to a row of steps one after the other, and never pile up.

import { VECTOR_FUNCTIONS } from '../functions/table.ts';
import type { Expr, VectorSelector } from '../parse/ast.ts';
import { unwrap } from '../parse/ast.ts';

/** A node of which every series of its selector makes at most one row, whatever the other series are. */
export interface Reduction {
  readonly node: Expr;
  readonly selector: VectorSelector;
}

/** Functions that are no function of each series alone, or look at their selector otherwise than through its value. */
const NOT_BY_SERIES: ReadonlySet<string> = new Set(['absent_over_time', 'info', 'timestamp']);

/** The reductions that all selectors of `expr` belong to, in order of appearance; undefined when a selector belongs to none. */
export function reductionsOf(expr: Expr): readonly Reduction[] | undefined {
  const found: Reduction[] = [];
  return collect(expr, found) ? found : undefined;
}

function collect(node: Expr, found: Reduction[]): boolean {
  switch (node.kind) {
    case 'number':
    case 'string':
      return true;
    case 'range':
    case 'subquery':
      return false;
    case 'selector':
      return take(node, node, found);
    case 'paren':
    case 'unary':
      return collect(node.expr, found);
    case 'binary':
      return collect(node.lhs, found) && collect(node.rhs, found);
    case 'aggregation':
      return (!node.param || collect(node.param, found)) && collect(node.expr, found);
    case 'call': {
      if (NOT_BY_SERIES.has(node.fn.name)) return false;
      const index = node.fn.args.indexOf('matrix');
      if (index < 0) return node.args.every((arg) => collect(arg, found));
      const range = unwrap(node.args[index] as Expr);
      const others: Reduction[] = [];
      const isAlone = node.args.every((arg, i) => i === index || collect(arg, others)) && others.length === 0;
      return isAlone && range.kind === 'range' && node.fn.name in VECTOR_FUNCTIONS && take(node, range.selector, found);
    }
  }
}

/** Series of one name stay distinct without it. What an @ fixes is evaluated once, not at every step. */
function take(node: Expr, selector: VectorSelector, found: Reduction[]): boolean {
  const hasOneName = selector.matchers.some(({ type, name, value }) => name === '__name__' && type === '=' && value !== '');
  if (!hasOneName || selector.at) return false;
  found.push({ node, selector });
  return true;
}
