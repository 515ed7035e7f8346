// Expressions over one span: what stands between the braces of a spanset filter. A Pratt parser; `&&` and `||` bind equally, as in Tempo.
import { toTraceId } from '../../model/trace-id.ts';
import type { ArithmeticOperator, ComparisonOperator, FieldExpression, Intrinsic, Literal } from './ast.ts';
import { intrinsicOf } from './intrinsics.ts';
import type { TokenStream } from './token-stream.ts';

type BinaryOperator = ComparisonOperator | ArithmeticOperator | '&&' | '||';

const POWERS: Readonly<Record<BinaryOperator, number>> = {
  '&&': 1,
  '||': 1,
  '=': 2,
  '!=': 2,
  '=~': 2,
  '!~': 2,
  '<': 2,
  '<=': 2,
  '>': 2,
  '>=': 2,
  '+': 3,
  '-': 3,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};
const UNARY_POWER = 4;
const TRACE_IDS: readonly string[] = ['traceId', 'linkTraceId'] satisfies Intrinsic[];
const OPERAND = 'an attribute such as .name or span.name, an intrinsic such as name or duration, or a value';

/** Parses an expression whose operators bind at least as strongly as `minPower`. */
export function parseField(stream: TokenStream, minPower = 1): FieldExpression {
  return stream.nested(() => {
    let left = parseOperand(stream);
    for (;;) {
      const { token } = stream;
      const op = binaryOperator(token.kind === 'symbol' ? token.text : '');
      if (!op || POWERS[op] < minPower) return left;
      stream.advance();
      // Only `^` groups to the right.
      const right = parseField(stream, op === '^' ? POWERS[op] : POWERS[op] + 1);
      left =
        op === '=' || op === '!='
          ? { kind: 'binary', op, left: withWholeId(left, right), right: withWholeId(right, left), start: token.start }
          : { kind: 'binary', op, left, right, start: token.start };
    }
  });
}

/** A trace id that is compared may have fewer digits, or capitals. */
function withWholeId(expression: FieldExpression, other: FieldExpression): FieldExpression {
  if (expression.kind !== 'literal' || expression.literal.type !== 'string') return expression;
  if (other.kind !== 'field' || other.field.scope !== 'intrinsic' || !TRACE_IDS.includes(other.field.name)) return expression;
  const value = toTraceId(expression.literal.value);
  return value === undefined ? expression : { ...expression, literal: { type: 'string', value } };
}

function binaryOperator(text: string): BinaryOperator | undefined {
  return Object.hasOwn(POWERS, text) ? (text as BinaryOperator) : undefined;
}

function parseOperand(stream: TokenStream): FieldExpression {
  const { token } = stream;
  const { start } = token;
  if (token.kind === 'literal') {
    stream.advance();
    return { kind: 'literal', literal: token.literal, start };
  }
  if (token.kind === 'attribute') {
    stream.advance();
    if (token.scope === 'instrumentation')
      throw stream.fail(
        start,
        'attributes of instrumentation scopes are not kept; only instrumentation:name and instrumentation:version are',
        'traceql.unsupported',
      );
    return { kind: 'field', field: { scope: token.scope, name: token.name, ofParent: token.ofParent }, text: token.text, start };
  }
  if (stream.takeSymbol('(')) {
    const inner = parseField(stream);
    stream.expect(')', 'after the expression in parentheses');
    return inner;
  }
  if (stream.isSymbol('!') || stream.isSymbol('-')) {
    const op = stream.advance().text as '!' | '-';
    const operand = parseField(stream, UNARY_POWER);
    const folded = op === '-' && operand.kind === 'literal' ? negate(operand.literal) : undefined;
    return folded ? { kind: 'literal', literal: folded, start } : { kind: 'unary', op, operand, start };
  }
  const intrinsic = token.kind === 'word' ? intrinsicOf(token.text) : undefined;
  if (!intrinsic) throw stream.unexpected(OPERAND);
  stream.advance();
  return { kind: 'field', field: { scope: 'intrinsic', name: intrinsic }, text: token.text, start };
}

function negate(literal: Literal): Literal | undefined {
  if (literal.type === 'int' || literal.type === 'duration') return { type: literal.type, value: -literal.value };
  return literal.type === 'float' ? { type: 'float', value: -literal.value } : undefined;
}
