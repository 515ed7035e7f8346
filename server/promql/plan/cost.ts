// How much work an evaluation is, so that what is little can be done at once and what is much goes to a worker. The unit is
// one sample looked at or one cell computed; factors of two do not matter.
import { type Call, type Expr, type MatrixSelector, unwrap, type VectorSelector } from '../parse/ast.ts';
import { isInvariant, type PlanOptions, subqueryGrid } from './plan.ts';

/** What each series costs beside its samples: its labels are looked at, hashed and sent. */
const SERIES_WORK = 20;

/** Each window looks at every reset in it. One sample in so many is allowed for: of a counter hardly any is, of a gauge every other. */
const SAMPLES_A_RESET = 32;
const WITH_RESETS = new Set(['rate', 'increase']);
/** These look at each float once, or at the ends of each window, however many windows a float lies in. */
const ONCE = new Set([
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'changes', 'resets', 'count_over_time', 'present_over_time'],
  ...['first_over_time', 'last_over_time', 'ts_of_first_over_time', 'ts_of_last_over_time'],
]);

/** What was read for a selector. */
export interface SelectorSize {
  readonly series: number;
  readonly samples: number;
  readonly hasHistograms: boolean;
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
        return { work: (steps + SERIES_WORK) * series, series };
      }
      case 'range': {
        const { series, samples, spanMs } = sizeOf(node.selector);
        return { work: steps * (series + inWindow(samples, node.rangeMs, spanMs)) + SERIES_WORK * series, series };
      }
      case 'call': {
        const range = rangeOnce(node);
        if (!range) return sumOfParts(node, endMs, stepMs, steps);
        const { series, samples, hasHistograms, spanMs } = sizeOf(range.selector);
        if (hasHistograms) return sumOfParts(node, endMs, stepMs, steps);
        const resets = WITH_RESETS.has(node.fn.name) ? (steps * inWindow(samples, range.rangeMs, spanMs)) / SAMPLES_A_RESET : 0;
        return { work: samples + resets + (2 * steps + SERIES_WORK) * series, series };
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
      default:
        return sumOfParts(node, endMs, stepMs, steps);
    }
  }

  function sumOfParts(node: Expr, endMs: number, stepMs: number, steps: number): Cost {
    const parts = childrenOf(node).map((child) => cost(child, endMs, stepMs, steps));
    const series = Math.max(1, ...parts.map((part) => part.series));
    return { work: parts.reduce((sum, { work }) => sum + work, steps * series), series };
  }
}

/** How many of the samples of all series lie in a window. */
function inWindow(samples: number, rangeMs: number, spanMs: number): number {
  return samples * Math.min(1, rangeMs / Math.max(1, spanMs));
}

/** The range vector of which a function looks at each float but once. */
function rangeOnce({ fn, args: [arg] }: Call): MatrixSelector | undefined {
  const range = arg && unwrap(arg);
  return ONCE.has(fn.name) && range?.kind === 'range' && !range.selector.boundary ? range : undefined;
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
