// Conditions on spans in SQL, with TraceQL's rules: a missing attribute, or one of another type than the value, fails every comparison.
import { compileAnchored } from '../../model/matcher.ts';
import { isOrdered, KEYWORDS } from '../span-fields.ts';
import type { SpanCondition, SpanField, SpanFilter } from '../store.ts';
import type { BoundValue } from './driver.ts';
import { withSafeOptionals } from './regexp.ts';
import { ATTRIBUTE_TYPES, type AttributeScope } from './span-attributes.ts';

const MAX_INT64 = (1n << 63n) - 1n;
type Comparison = Exclude<SpanCondition['op'], 'exists' | 'absent'>;
type IntrinsicName = Extract<SpanField, { scope: 'intrinsic' }>['name'];

/** Collects values for placeholders. */
export class Bindings {
  readonly values: Record<string, BoundValue> = {};
  #count = 0;

  /** The placeholder of a value. */
  add(type: string, value: BoundValue): string {
    const name = `p${this.#count++}`;
    this.values[name] = value;
    return `{${name}:${type}}`;
  }

  number(value: number | bigint): string {
    if (typeof value === 'bigint' && value >= -MAX_INT64 && value <= MAX_INT64) return this.add('Int64', value);
    const number = Number(value);
    return this.add('Float64', Number.isFinite(number) ? `${number}` : Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf');
  }
}

/** A filter as an expression of SQL. Throws `matcher.bad_regexp`. */
export function compileSpanFilter(filter: SpanFilter, bindings: Bindings): string {
  if ('all' in filter) return joined(filter.all, ' AND ', '1', bindings);
  if ('any' in filter) return joined(filter.any, ' OR ', '0', bindings);
  const { field } = filter;
  if (field.scope === 'intrinsic') return compileIntrinsic(field.name, filter, bindings);
  const name = bindings.add('String', field.name);
  if (field.scope !== 'any') return compileAttribute(field.scope, name, filter, bindings);
  const [span, resource] = (['span', 'resource'] as const).map((scope) => compileAttribute(scope, name, filter, bindings));
  return `if(has(span_names, ${name}), ${span}, ${resource})`;
}

/** The column of a value of an attribute; the default of its type where a span has no such attribute. */
export function elementOf(scope: AttributeScope, column: 'types' | 'texts' | 'ints' | 'doubles', name: string): string {
  return `${scope}_${column}[indexOf(${scope}_names, ${name})]`;
}

function joined(filters: readonly SpanFilter[], operator: string, empty: string, bindings: Bindings): string {
  if (filters.length === 0) return empty;
  return `(${filters.map((filter) => compileSpanFilter(filter, bindings)).join(operator)})`;
}

function compileAttribute(scope: AttributeScope, name: string, condition: SpanCondition, bindings: Bindings): string {
  const { op, value } = condition;
  if (op === 'exists') return `has(${scope}_names, ${name})`;
  if (op === 'absent') return `NOT has(${scope}_names, ${name})`;
  const type = elementOf(scope, 'types', name);
  const is = (wanted: keyof typeof ATTRIBUTE_TYPES) => `${type} = ${ATTRIBUTE_TYPES[wanted]}`;
  if (op === '=~' || op === '!~' || typeof value === 'string')
    return `(${is('string')} AND ${compareText(elementOf(scope, 'texts', name), op, condition, bindings)})`;
  if (typeof value === 'boolean') {
    if (op !== '=' && op !== '!=') return '0';
    return `(${is('bool')} AND ${elementOf(scope, 'ints', name)} ${op} ${value ? 1 : 0})`;
  }
  const bound = bindings.number(value);
  const int = `(${is('int')} AND ${elementOf(scope, 'ints', name)} ${op} ${bound})`;
  return `(${int} OR (${is('double')} AND ${elementOf(scope, 'doubles', name)} ${op} ${bound}))`;
}

function compileIntrinsic(name: IntrinsicName, condition: SpanCondition, bindings: Bindings): string {
  const { op, value } = condition;
  if (op === 'exists') return name === 'service' ? "service != ''" : '1';
  if (op === 'absent') return name === 'service' ? "service = ''" : '0';
  switch (name) {
    case 'status':
    case 'kind':
      return compareKeyword(name, op, condition);
    case 'duration':
      if (op === '=~' || op === '!~' || typeof value === 'string' || typeof value === 'boolean') return '0';
      return `end_ns - start_ns ${op} ${bindings.number(value)}`;
    default:
      return compareTextColumn(name, op, condition, bindings);
  }
}

function compareTextColumn(
  name: 'name' | 'service' | 'statusMessage',
  op: Comparison,
  condition: SpanCondition,
  bindings: Bindings,
): string {
  const column = name === 'statusMessage' ? 'status_message' : name;
  if (op !== '=~' && op !== '!~' && typeof condition.value !== 'string') return '0';
  const test = compareText(column, op, condition, bindings);
  return name === 'service' ? `(service != '' AND ${test})` : test;
}

function compareText(column: string, op: Comparison, condition: SpanCondition, bindings: Bindings): string {
  if (op !== '=~' && op !== '!~') return `${column} ${op} ${bindings.add('String', String(condition.value))}`;
  const pattern = String(condition.value);
  // The same expressions are refused as by the other store.
  compileAnchored(pattern);
  return `${op === '!~' ? 'NOT ' : ''}match(${column}, ${bindings.add('String', `^(?s:${withSafeOptionals(pattern)})$`)})`;
}

/** Few words: which of them pass is known here. */
function compareKeyword(name: 'status' | 'kind', op: Comparison, condition: SpanCondition): string {
  const { value } = condition;
  const pattern = op === '=~' || op === '!~' ? compileAnchored(String(value)) : undefined;
  if (!pattern && typeof value !== 'string') return '0';
  const passes = (word: string) => {
    if (op === '=~' || op === '!~') return pattern?.matches(word) === (op === '=~');
    return isOrdered(op, word < String(value) ? -1 : word > String(value) ? 1 : 0);
  };
  const numbers = KEYWORDS[name].flatMap((word, i) => (passes(word) ? [i] : []));
  return numbers.length === 0 ? '0' : `${name} IN (${numbers.join(', ')})`;
}
