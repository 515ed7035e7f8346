// Durations that are known only once the query's steps are (promql-duration-expr).
import type { AppError } from '../../model/app-error.ts';
import { promqlError } from '../errors.ts';
import type { DurationExpr, DurationOperation, Expr, Subquery, VectorSelector } from './ast.ts';
import { mapExpr } from './map-expr.ts';
import { byteOffset } from './position.ts';

/** The steps of the query as a whole, in milliseconds: both 0 for an instant query. */
export interface QuerySteps {
  readonly stepMs: number;
  readonly rangeMs: number;
}

/** 2^63 ns in milliseconds. */
const MAX_MS = 2 ** 63 / 1e6;

/**
 * The expression with all its durations as numbers. Throws `promql.parse` for those that make no sense, with upstream's texts,
 * which begin with the offsets of the duration in the query.
 */
export function resolveDurations(expr: Expr, query: string, steps: QuerySteps): Expr {
  return mapExpr(expr, (node) => {
    switch (node.kind) {
      case 'selector':
        return withOffset(node, query, steps);
      case 'range': {
        const { rangeExpr, ...range } = { ...node, selector: withOffset(node.selector, query, steps) };
        return rangeExpr ? { ...range, rangeMs: positive(rangeExpr, query, steps) } : range;
      }
      case 'subquery': {
        const { rangeExpr, stepExpr, ...subquery } = withOffset(node, query, steps);
        const stepMs = stepExpr ? positive(stepExpr, query, steps) : node.stepMs;
        return { ...subquery, stepMs, rangeMs: rangeExpr ? positive(rangeExpr, query, steps) : node.rangeMs };
      }
      default:
        return node;
    }
  });
}

function withOffset<T extends VectorSelector | Subquery>(node: T, query: string, steps: QuerySteps): T {
  const { offsetExpr } = node;
  return offsetExpr ? { ...node, offsetExpr: undefined, offsetMs: milliseconds(offsetExpr, query, steps) } : node;
}

function positive(expr: DurationOperation, query: string, steps: QuerySteps): number {
  const ms = milliseconds(expr, query, steps);
  if (ms <= 0 && seconds(expr, query, steps) <= 0) throw durationError(expr, query, 'duration must be greater than 0');
  return ms;
}

function milliseconds(expr: DurationOperation, query: string, steps: QuerySteps): number {
  const ms = seconds(expr, query, steps) * 1000;
  // Upstream 3.5 goes on with whatever its integers make of these; from 3.12 on it refuses them.
  if (!(Math.abs(ms) < MAX_MS)) throw durationError(expr, query, 'duration is out of range');
  return Math.trunc(ms);
}

function seconds(expr: DurationExpr, query: string, steps: QuerySteps): number {
  if (expr.kind === 'number') return expr.value;
  if (expr.op === 'step') return steps.stepMs / 1000;
  if (expr.op === 'range') return steps.rangeMs / 1000;
  const [a = Number.NaN, b = Number.NaN] = expr.args.map((arg) => seconds(arg, query, steps));
  switch (expr.op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) throw durationError(expr, query, 'division by zero');
      return a / b;
    case '%':
      if (b === 0) throw durationError(expr, query, 'modulo by zero');
      return a % b;
    case '^':
      return a ** b;
    case 'min':
      return Math.min(a, b);
    case 'max':
      return Math.max(a, b);
    case 'negate':
      return -a;
  }
}

function durationError({ start, end }: DurationOperation, query: string, message: string): AppError {
  return promqlError('promql.parse', `${byteOffset(query, start)}:${byteOffset(query, end)}: ${message}`);
}
