// Finds what can never fit together before anything is searched. Attributes may hold anything, so they fit everywhere.
import { isAppError } from '../../model/app-error.ts';
import { compileAnchored } from '../../model/matcher.ts';
import { traceqlError } from '../errors.ts';
import type { FieldExpression } from './ast.ts';
import { typeOfIntrinsic, type ValueType } from './intrinsics.ts';

type Binary = Extract<FieldExpression, { kind: 'binary' }>;

const NAMES: Readonly<Record<ValueType, string>> = {
  string: 'a string',
  number: 'a number or duration',
  bool: 'true or false',
  status: 'a status (ok, error, unset)',
  kind: 'a kind (server, client, …)',
  nil: 'nil',
  any: 'an attribute',
};

/** What is equal or not, but never less or more. */
const UNORDERED: readonly ValueType[] = ['nil', 'status', 'kind', 'bool'];

/** The type of an expression. Throws `traceql.type` where types do not fit, and `traceql.parse` for a bad regular expression. */
export function checkTypes(query: string, expression: FieldExpression): ValueType {
  switch (expression.kind) {
    case 'literal': {
      const { type } = expression.literal;
      return type === 'int' || type === 'float' || type === 'duration' ? 'number' : type;
    }
    case 'field':
      return expression.field.scope === 'intrinsic' ? typeOfIntrinsic(expression.field.name) : 'any';
    case 'unary': {
      const wanted = expression.op === '!' ? 'bool' : 'number';
      demand(query, expression.operand, wanted, `after ${expression.op}`);
      return wanted;
    }
    case 'binary':
      return checkBinary(query, expression);
  }
}

/** Checks that an expression is of the type `wanted`, or an attribute. `where` completes "there must be … ". */
export function demand(query: string, expression: FieldExpression, wanted: ValueType, where: string): void {
  const type = checkTypes(query, expression);
  if (type === 'any' || type === wanted) return;
  throw traceqlError('traceql.type', query, expression.start, `${where} there must be ${NAMES[wanted]}, not ${NAMES[type]}`);
}

function checkBinary(query: string, expression: Binary): ValueType {
  const { op, left, right } = expression;
  switch (op) {
    case '&&':
    case '||':
      for (const side of [left, right]) demand(query, side, 'bool', `beside ${op}`);
      return 'bool';
    case '=~':
    case '!~':
      checkRegexp(query, expression);
      return 'bool';
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      checkComparison(query, expression);
      return 'bool';
    default:
      for (const side of [left, right]) demand(query, side, 'number', `beside ${op}`);
      return 'number';
  }
}

function checkComparison(query: string, { op, left, right, start }: Binary): void {
  const types = [checkTypes(query, left), checkTypes(query, right)] as const;
  const [a, b] = types;
  const isEquality = op === '=' || op === '!=';
  if (!isEquality && types.some((type) => UNORDERED.includes(type)))
    throw traceqlError(
      'traceql.type',
      query,
      start,
      `${NAMES[types.find((type) => UNORDERED.includes(type)) ?? 'nil']} is only compared with = and !=, not with ${op}`,
    );
  const isParent = [left, right].some((side) => side.kind === 'field' && side.field.scope === 'intrinsic' && side.field.name === 'parent');
  if (isParent && (a !== 'nil' || b !== 'nil')) throw traceqlError('traceql.type', query, start, 'parent is only compared with nil');
  if (a === b || [a, b].includes('any') || [a, b].includes('nil')) return;
  throw traceqlError('traceql.type', query, start, `${NAMES[a]} is never ${op} ${NAMES[b]}${cureOf(types)}`);
}

function cureOf(types: readonly ValueType[]): string {
  const isWord = types.includes('status') || types.includes('kind');
  return isWord && types.includes('string') ? ': write the word without quotes' : '';
}

function checkRegexp(query: string, { op, left, right }: Binary): void {
  demand(query, left, 'string', `before ${op}`);
  if (right.kind !== 'literal' || right.literal.type !== 'string')
    throw traceqlError('traceql.type', query, right.start, `after ${op} there must be a regular expression in quotes`);
  try {
    compileAnchored(right.literal.value);
  } catch (error) {
    if (isAppError(error, 'matcher.bad_regexp')) throw traceqlError('traceql.parse', query, right.start, error.message, error);
    throw error;
  }
}
