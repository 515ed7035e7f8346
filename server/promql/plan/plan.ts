// What has to be read before an expression can be evaluated. The samples that a selector needs follow from the times at which
// it is evaluated, so planning walks the tree as the evaluator does, with the first and last of those times.
import type { Matcher } from '../../model/matcher.ts';
import type { AtModifier, Expr, Subquery, VectorSelector } from '../parse/ast.ts';
import type { QuerySteps } from '../parse/resolve-durations.ts';
import { isTimeDependent } from './invariant.ts';

/** The times that `@ start()` and `@ end()` mean, and what defaults apply. */
export interface PlanOptions {
  readonly queryStartMs: number;
  readonly queryEndMs: number;
  /** 0 for an instant query. */
  readonly queryStepMs: number;
  readonly lookbackMs: number;
  /** Resolution of subqueries that name none. */
  readonly subqueryStepMs: number;
}

/** What `step()` and `range()` mean. */
export function querySteps({ queryStartMs, queryEndMs, queryStepMs }: PlanOptions): QuerySteps {
  return { stepMs: queryStepMs, rangeMs: queryEndMs - queryStartMs };
}

/** One selector and the samples it needs, both ends included. */
export interface SelectorNeed {
  readonly selector: VectorSelector;
  readonly matchers: readonly Matcher[];
  readonly startMs: number;
  readonly endMs: number;
  /** How many steps the selector is evaluated at, subqueries included. */
  readonly steps: number;
  /** Whether it is evaluated once, and looks at the newest sample of each series alone. */
  readonly isLookup: boolean;
}

/** The selectors of `expr` in order of appearance, evaluated at times from startMs to endMs. */
export function selectorNeeds(expr: Expr, startMs: number, endMs: number, stepMs: number, options: PlanOptions): SelectorNeed[] {
  const needs: SelectorNeed[] = [];

  function need(kind: 'lookup' | 'window', selector: VectorSelector, window: number, from: number, to: number, step: number): void {
    const fixed = fixedTime(selector.at, options);
    const first = (fixed ?? from) - selector.offsetMs;
    const last = (fixed ?? to) - selector.offsetMs;
    const steps = fixed === undefined ? stepsBetween(from, to, step) : 1;
    // What is to stand at an edge is looked for beyond it.
    const after = selector.boundary === 'smoothed' ? options.lookbackMs : 0;
    // Windows exclude their left edge; times are whole milliseconds.
    const startMs = Math.min(first - window + 1, last);
    const isLookup = kind === 'lookup' && steps === 1 && !selector.boundary && !selector.at;
    needs.push({ selector, matchers: selector.matchers, startMs, endMs: last + after, steps, isLookup });
  }

  function walk(node: Expr, from: number, to: number, step: number): void {
    switch (node.kind) {
      case 'selector':
        need('lookup', node, options.lookbackMs, from, to, step);
        break;
      case 'range':
        need('window', node.selector, node.rangeMs + (node.selector.boundary ? options.lookbackMs : 0), from, to, step);
        break;
      case 'subquery': {
        const inner = subqueryGrid(node, from, to, options);
        walk(node.expr, inner.startMs, inner.endMs, inner.stepMs);
        break;
      }
      case 'call': {
        for (const arg of node.args) walk(arg, from, to, step);
        break;
      }
      case 'aggregation':
        if (node.param) walk(node.param, from, to, step);
        walk(node.expr, from, to, step);
        break;
      case 'binary':
        walk(node.lhs, from, to, step);
        walk(node.rhs, from, to, step);
        break;
      case 'unary':
      case 'paren':
        walk(node.expr, from, to, step);
    }
  }

  walk(expr, startMs, endMs, stepMs);
  return needs;
}

/** The times at which the inside of a subquery is evaluated when the subquery is evaluated from fromMs to toMs. */
export function subqueryGrid(
  node: Subquery,
  fromMs: number,
  toMs: number,
  options: PlanOptions,
): { readonly startMs: number; readonly endMs: number; readonly stepMs: number } {
  const fixed = fixedTime(node.at, options);
  const stepMs = node.stepMs === 0 ? options.subqueryStepMs : node.stepMs;
  const leftEdge = (fixed ?? fromMs) - node.offsetMs - node.rangeMs;
  // The first multiple of the step inside the window, which excludes its left edge.
  let startMs = stepMs * Math.trunc(leftEdge / stepMs);
  if (startMs <= leftEdge) startMs += stepMs;
  return { startMs, endMs: (fixed ?? toMs) - node.offsetMs, stepMs };
}

/** The time that an `@` modifier fixes, undefined without one. */
export function fixedTime(at: AtModifier | undefined, options: PlanOptions): number | undefined {
  if (!at) return undefined;
  if (at.kind === 'time') return at.timeMs;
  return at.kind === 'start' ? options.queryStartMs : options.queryEndMs;
}

function stepsBetween(from: number, to: number, step: number): number {
  return to < from ? 0 : step > 0 ? Math.floor((to - from) / step) + 1 : 1;
}

/** Whether the expression has the same value at every step, so that one evaluation will do. */
export function isInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'selector':
    case 'subquery':
      return expr.at !== undefined;
    case 'range':
      return expr.selector.at !== undefined;
    case 'call':
      return !isTimeDependent(expr.fn.name) && expr.args.every(isInvariant);
    case 'aggregation':
      return isInvariant(expr.expr) && (expr.param === undefined || isInvariant(expr.param));
    case 'binary':
      return isInvariant(expr.lhs) && isInvariant(expr.rhs);
    case 'unary':
    case 'paren':
      return isInvariant(expr.expr);
  }
}
