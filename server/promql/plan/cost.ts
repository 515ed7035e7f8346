// How much work an evaluation is, so that what is little can be done at once and what is much goes to a worker. The unit is
// one sample looked at or one cell computed; factors of two do not matter.
import type { Expr, VectorSelector } from '../parse/ast.ts';
import { isInvariant, type PlanOptions, subqueryGrid } from './plan.ts';

/** What was read for a selector. */
export interface SelectorSize {
  readonly series: number;
  readonly samples: number;
  /** The time that the samples span. */
  readonly spanMs: number;
}

interface Cost {
  readonly work: number;
  /** About how many series the value has. */
  readonly series: number;
}

/** The work of evaluating `expr` at `steps` times, `stepMs` apart, up to `endMs`. */
export function evaluationCost(
  expr: Expr,
  grid: { readonly endMs: number; readonly stepMs: number; readonly steps: number },
  options: PlanOptions,
  sizeOf: (selector: VectorSelector) => SelectorSize,
): number {
  return cost(expr, grid.endMs, grid.stepMs, grid.steps).work;

  function cost(node: Expr, endMs: number, stepMs: number, allSteps: number): Cost {
    const steps = isInvariant(node) ? Math.min(1, allSteps) : allSteps;
    switch (node.kind) {
      case 'selector': {
        const { series } = sizeOf(node);
        return { work: steps * series, series };
      }
      case 'range': {
        const { series, samples, spanMs } = sizeOf(node.selector);
        const perWindow = samples * Math.min(1, node.rangeMs / Math.max(1, spanMs));
        return { work: steps * (series + perWindow), series };
      }
      case 'subquery': {
        const inner = subqueryGrid(node, endMs - (steps - 1) * stepMs, endMs, options);
        const innerSteps = Math.max(0, Math.floor((inner.endMs - inner.startMs) / inner.stepMs) + 1);
        const { work, series } = cost(node.expr, inner.endMs, inner.stepMs, innerSteps);
        return { work: work + steps * (node.rangeMs / inner.stepMs) * Math.max(1, series), series };
      }
      case 'number':
      case 'string':
        return { work: steps, series: 1 };
      default: {
        const parts = childrenOf(node).map((child) => cost(child, endMs, stepMs, steps));
        const series = Math.max(1, ...parts.map((part) => part.series));
        return { work: parts.reduce((sum, { work }) => sum + work, steps * series), series };
      }
    }
  }
}

function childrenOf(node: Expr): readonly Expr[] {
  switch (node.kind) {
    case 'call':
      return node.args;
    case 'aggregation':
      return node.param ? [node.param, node.expr] : [node.expr];
    case 'binary':
      return [node.lhs, node.rhs];
    case 'unary':
    case 'paren':
      return [node.expr];
    default:
      return [];
  }
}
