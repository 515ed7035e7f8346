// What the store can decide of a condition. The filter found is never stricter than the condition: where a part cannot be said in
// the store's words it is left out, and the engine decides on the whole trace.
import type { SpanCondition, SpanField, SpanFilter } from '../../storage/store.ts';
import type { ComparisonOperator, Field, FieldExpression, Literal } from '../parse/ast.ts';

/** A necessary condition: `true` says nothing, `false` never holds. `isExact` when it is sufficient as well. */
export interface PartialFilter {
  readonly filter: SpanFilter | boolean;
  readonly isExact: boolean;
}

const UNKNOWN: PartialFilter = { filter: true, isExact: false };
const FLIPPED: Readonly<Partial<Record<ComparisonOperator, ComparisonOperator>>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The filter of a condition on one span. */
export function planCondition(expression: FieldExpression): PartialFilter {
  if (expression.kind === 'literal') {
    const isTrue = expression.literal.type === 'bool' && expression.literal.value;
    return { filter: isTrue, isExact: true };
  }
  if (expression.kind === 'field') {
    const field = storeFieldOf(expression.field);
    return field ? exactly({ field, op: '=', value: true }) : UNKNOWN;
  }
  if (expression.kind === 'unary') return UNKNOWN;
  const { op, left, right } = expression;
  switch (op) {
    case '&&':
      return allOf(planCondition(left), planCondition(right));
    case '||':
      return anyOf(planCondition(left), planCondition(right));
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return UNKNOWN;
    default:
      return planComparison(op, left, right);
  }
}

function planComparison(op: ComparisonOperator, left: FieldExpression, right: FieldExpression): PartialFilter {
  if (left.kind === 'literal' && right.kind === 'field') return planComparison(FLIPPED[op] ?? op, right, left);
  if (left.kind === 'field' && right.kind === 'literal') return compareField(op, left.field, right.literal);
  return allOf(...[left, right].flatMap(fieldsOf).map(mustExist), UNKNOWN);
}

/** Every attribute that an arithmetic expression reads must be there. */
function fieldsOf(expression: FieldExpression): readonly Field[] {
  if (expression.kind === 'field') return [expression.field];
  if (expression.kind === 'unary') return expression.op === '-' ? fieldsOf(expression.operand) : [];
  if (expression.kind === 'literal' || !/^[-+*/%^]$/.test(expression.op)) return [];
  return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
}

function mustExist(field: Field): PartialFilter {
  const stored = storeFieldOf(field);
  return stored && stored.scope !== 'intrinsic' ? exactly({ field: stored, op: 'exists', value: '' }) : UNKNOWN;
}

function compareField(op: ComparisonOperator, field: Field, literal: Literal): PartialFilter {
  const stored = storeFieldOf(field);
  if (!stored) return UNKNOWN;
  if (literal.type !== 'nil') return exactly({ field: stored, op, value: literal.value });
  // What a span always has is never nil.
  if (stored.scope === 'intrinsic') return { filter: op === '!=', isExact: true };
  return exactly({ field: stored, op: op === '=' ? 'absent' : 'exists', value: '' });
}

/** A field in the store's words, undefined when it has none for it. */
export function storeFieldOf(field: Field): SpanField | undefined {
  if (field.scope === 'intrinsic') {
    const { name } = field;
    const isStored = name === 'name' || name === 'status' || name === 'statusMessage' || name === 'kind' || name === 'duration';
    return isStored ? { scope: 'intrinsic', name } : undefined;
  }
  if (field.ofParent || field.scope === 'event' || field.scope === 'link') return undefined;
  return { scope: field.scope, name: field.name };
}

function exactly(condition: SpanCondition): PartialFilter {
  return { filter: condition, isExact: true };
}

function allOf(...parts: readonly PartialFilter[]): PartialFilter {
  const isExact = parts.every((part) => part.isExact);
  if (parts.some(({ filter }) => filter === false)) return { filter: false, isExact: true };
  const filters = parts.map(({ filter }) => filter).filter((filter) => typeof filter !== 'boolean');
  return { filter: joined(filters, (all) => ({ all })) ?? true, isExact };
}

/** One side that says nothing makes the whole say nothing. */
function anyOf(...parts: readonly PartialFilter[]): PartialFilter {
  const isExact = parts.every((part) => part.isExact);
  if (parts.some(({ filter }) => filter === true)) return { filter: true, isExact };
  const filters = parts.map(({ filter }) => filter).filter((filter) => typeof filter !== 'boolean');
  return { filter: joined(filters, (any) => ({ any })) ?? false, isExact };
}

function joined(filters: readonly SpanFilter[], join: (filters: readonly SpanFilter[]) => SpanFilter): SpanFilter | undefined {
  return filters.length > 1 ? join(filters) : filters[0];
}
