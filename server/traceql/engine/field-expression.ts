// Expressions over one span, compiled into closures. Values of different types never compare and nil compares with nothing but nil;
// integers, doubles and durations are one type. Of arrays and maps only the presence can be tested.
import { compileAnchored } from '../../model/matcher.ts';
import type { ArithmeticOperator, ComparisonOperator, FieldExpression } from '../parse/ast.ts';
import { compileField, type FieldReader, ManyValues, type Value } from './field-value.ts';
import type { SpanNode } from './trace-tree.ts';

/** A test of one span. */
export type SpanTest = (node: SpanNode) => boolean;
type OrderingOperator = Exclude<ComparisonOperator, '=~' | '!~'>;

/** The condition of a spanset filter as a test; nil and values that are not true fail it. */
export function compileCondition(expression: FieldExpression): SpanTest {
  if (expression.kind === 'binary') {
    const { op, left, right } = expression;
    switch (op) {
      case '&&':
      case '||': {
        const [a, b] = [compileCondition(left), compileCondition(right)];
        return op === '&&' ? (node) => a(node) && b(node) : (node) => a(node) || b(node);
      }
      case '=~':
      case '!~':
        return compileRegexp(op, left, right);
      case '=':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return compileComparison(op, left, right);
    }
  }
  if (expression.kind === 'unary' && expression.op === '!') {
    const test = compileCondition(expression.operand);
    return (node) => !test(node);
  }
  const read = compileExpression(expression);
  return (node) => anyValue(read(node), (value) => value === true);
}

/** Any expression as a reader of its value. */
export function compileExpression(expression: FieldExpression): FieldReader {
  switch (expression.kind) {
    case 'literal': {
      const { literal } = expression;
      const value = literal.type === 'nil' ? undefined : literal.value;
      return () => value;
    }
    case 'field':
      return compileField(expression.field);
    case 'unary': {
      if (expression.op === '!') return compileCondition(expression);
      const read = compileExpression(expression.operand);
      return (node) => {
        const value = read(node);
        return typeof value === 'bigint' || typeof value === 'number' ? -value : undefined;
      };
    }
    case 'binary': {
      const { op, left, right } = expression;
      if (!isArithmetic(op)) return compileCondition(expression);
      const [a, b] = [compileExpression(left), compileExpression(right)];
      return (node) => calculate(op, a(node), b(node));
    }
  }
}

function isArithmetic(op: string): op is ArithmeticOperator {
  return ['+', '-', '*', '/', '%', '^'].includes(op);
}

/** Doubles, also where both are integers. Undefined unless both are numbers. */
export function calculate(op: ArithmeticOperator, a: Value | ManyValues, b: Value | ManyValues): number | undefined {
  if (!isNumber(a) || !isNumber(b)) return undefined;
  const [x, y] = [Number(a), Number(b)];
  switch (op) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return x / y;
    case '%':
      return x % y;
    case '^':
      return x ** y;
  }
}

function compileRegexp(op: '=~' | '!~', left: FieldExpression, right: FieldExpression): SpanTest {
  // The parser lets nothing but a string stand there.
  const pattern = compileAnchored(right.kind === 'literal' && right.literal.type === 'string' ? right.literal.value : '');
  const read = compileExpression(left);
  const isWanted = op === '=~';
  return (node) => anyValue(read(node), (value) => typeof value === 'string' && pattern.matches(value) === isWanted);
}

function compileComparison(op: OrderingOperator, left: FieldExpression, right: FieldExpression): SpanTest {
  const [a, b] = [compileExpression(left), compileExpression(right)];
  if (isNil(left) || isNil(right)) {
    const read = isNil(left) ? b : a;
    return op === '=' ? (node) => read(node) === undefined : (node) => read(node) !== undefined;
  }
  return (node) => {
    const other = b(node);
    return anyValue(a(node), (value) => anyValue(other, (wanted) => compareValues(op, value, wanted)));
  };
}

function isNil(expression: FieldExpression): boolean {
  return expression.kind === 'literal' && expression.literal.type === 'nil';
}

function anyValue(value: Value | ManyValues, test: (value: Value) => boolean): boolean {
  return value instanceof ManyValues ? value.values.some(test) : test(value);
}

/** A comparison by TraceQL's rules. */
export function compareValues(op: OrderingOperator, a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return holds(op, a < b, a > b, Number.isNaN(a) || Number.isNaN(b));
  if (typeof a === 'string' && typeof b === 'string') return holds(op, a < b, a > b, false);
  // True is not more than false.
  if (typeof a === 'boolean' && typeof b === 'boolean') return (op === '=' && a === b) || (op === '!=' && a !== b);
  return false;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** NaN is unequal to everything, itself included. */
function holds(op: OrderingOperator, isLess: boolean, isGreater: boolean, hasNaN: boolean): boolean {
  switch (op) {
    case '=':
      return !hasNaN && !isLess && !isGreater;
    case '!=':
      return hasNaN || isLess || isGreater;
    case '<':
      return isLess;
    case '<=':
      return !hasNaN && !isGreater;
    case '>':
      return isGreater;
    case '>=':
      return !hasNaN && !isLess;
  }
}
