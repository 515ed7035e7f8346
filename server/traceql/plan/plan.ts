// From a query to what the store is asked: necessary conditions, each of which some span of a matching trace must meet.
import type { SpanFilter } from '../../storage/store.ts';
import type { ComparisonOperator, FieldExpression, Literal, SpansetExpression, Stage } from '../parse/ast.ts';
import { planCondition } from './span-filter.ts';

/** What narrows the candidates for a query. */
export interface TracePlan {
  /** Each must hold for some span of the trace, not necessarily the same; see `TraceSearch.filters`. */
  readonly filters: readonly SpanFilter[];
  readonly minTraceDurationNs: bigint | undefined;
  readonly maxTraceDurationNs: bigint | undefined;
  /** The only trace that can match. */
  readonly traceId: string | undefined;
  /** Nothing can match. */
  readonly isNever: boolean;
  /** Every candidate matches. */
  readonly isExact: boolean;
}

const ALL: TracePlan = {
  filters: [],
  minTraceDurationNs: undefined,
  maxTraceDurationNs: undefined,
  traceId: undefined,
  isNever: false,
  isExact: true,
};
const INEXACT: TracePlan = { ...ALL, isExact: false };
const NEVER: TracePlan = { ...ALL, isNever: true };
// Both sides of `||` are paired; more pairs than these are not worth their price.
const MAX_PAIRS = 16;

/** The plan of a query. */
export function planTraceql(stages: readonly Stage[]): TracePlan {
  return stages.reduce<TracePlan>((plan, stage, i) => both(plan, planStage(stage, i)), ALL);
}

function planStage(stage: Stage, position: number): TracePlan {
  if (stage.kind === 'spansets') {
    const plan = planSpansets(stage.expression);
    // A later filter looks only at the spans that earlier stages left.
    return position === 0 ? plan : { ...plan, isExact: false };
  }
  return stage.kind === 'scalarFilter' ? INEXACT : ALL;
}

function planSpansets(expression: SpansetExpression): TracePlan {
  switch (expression.kind) {
    case 'filter':
      return expression.condition ? planFilter(expression.condition) : ALL;
    case 'pipeline':
      return planTraceql(expression.stages);
    case 'operation': {
      const { op, left, right } = expression;
      if (op === '||') return either(planSpansets(left), planSpansets(right));
      if (op === '&&') return both(planSpansets(left), planSpansets(right));
      // What stands in no relation to any span on the left may do so because there is none.
      const plan = op.startsWith('!') ? planSpansets(right) : both(planSpansets(left), planSpansets(right));
      return { ...plan, isExact: plan.isExact && plan.isNever };
    }
  }
}

function planFilter(condition: FieldExpression): TracePlan {
  const ofTrace: TracePlan[] = [];
  const ofSpan: FieldExpression[] = [];
  for (const part of conjunction(condition)) {
    const plan = planTracePart(part);
    if (plan) ofTrace.push(plan);
    else ofSpan.push(part);
  }
  const [first, ...rest] = ofSpan;
  const plan = first
    ? planSpanPart(rest.reduce<FieldExpression>((left, right) => ({ kind: 'binary', op: '&&', left, right, start: 0 }), first))
    : ALL;
  return ofTrace.reduce(both, plan);
}

/** The parts of `a && b && c`. */
function conjunction(condition: FieldExpression): readonly FieldExpression[] {
  if (condition.kind !== 'binary' || condition.op !== '&&') return [condition];
  return [...conjunction(condition.left), ...conjunction(condition.right)];
}

function planSpanPart(condition: FieldExpression): TracePlan {
  const { filter, isExact } = planCondition(condition);
  if (filter === false) return NEVER;
  return { ...ALL, isExact, filters: filter === true ? [] : [filter] };
}

/** The plan of a comparison with something that all spans of a trace share. */
function planTracePart(part: FieldExpression): TracePlan | undefined {
  if (part.kind !== 'binary' || part.left.kind !== 'field' || part.left.field.scope !== 'intrinsic' || part.right.kind !== 'literal')
    return undefined;
  const { literal } = part.right;
  const op = part.op as ComparisonOperator;
  switch (part.left.field.name) {
    case 'traceDuration':
      return planDuration(op, literal);
    case 'traceId':
      return literal.type === 'string' && op === '=' ? { ...INEXACT, traceId: literal.value } : INEXACT;
    case 'rootName':
      return planRoot('name', op, literal);
    case 'rootServiceName':
      return planRoot('service', op, literal);
    default:
      return undefined;
  }
}

/** A trace whose root has a name or service has a span that has it. */
function planRoot(name: 'name' | 'service', op: ComparisonOperator, literal: Literal): TracePlan {
  if (literal.type !== 'string' || (op !== '=' && op !== '=~')) return INEXACT;
  return { ...INEXACT, filters: [{ field: { scope: 'intrinsic', name }, op, value: literal.value }] };
}

/** The store measures the spans within the time asked for, the engine all of them. */
function planDuration(op: ComparisonOperator, literal: Literal): TracePlan {
  if (literal.type !== 'duration' && literal.type !== 'int') return INEXACT;
  const { value } = literal;
  return op === '>' || op === '>=' ? { ...INEXACT, minTraceDurationNs: value } : INEXACT;
}

function both(a: TracePlan, b: TracePlan): TracePlan {
  if (a.isNever || b.isNever) return NEVER;
  if (a.traceId !== undefined && b.traceId !== undefined && a.traceId !== b.traceId) return NEVER;
  return {
    filters: [...a.filters, ...b.filters],
    minTraceDurationNs: largest(a.minTraceDurationNs, b.minTraceDurationNs),
    maxTraceDurationNs: undefined,
    traceId: a.traceId ?? b.traceId,
    isNever: false,
    isExact: a.isExact && b.isExact,
  };
}

function either(a: TracePlan, b: TracePlan): TracePlan {
  if (a.isNever) return b;
  if (b.isNever) return a;
  const pairs = a.filters.length * b.filters.length;
  const filters = a.filters.flatMap((left) => b.filters.map((right): SpanFilter => ({ any: [left, right] })));
  // With one filter on each side nothing is lost.
  return {
    ...INEXACT,
    filters: filters.slice(0, MAX_PAIRS),
    isExact: a.isExact && b.isExact && (pairs === 1 || a.filters.length === 0 || b.filters.length === 0),
  };
}

function largest(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
