// TraceQL without its metrics functions: https://grafana.com/docs/tempo/latest/traceql/. Spansets, structural operators and pipelines;
// the inside of braces is read by field-parser.ts.
import {
  type AggregateFunction,
  type ArithmeticOperator,
  type ComparisonOperator,
  type FieldExpression,
  type ScalarExpression,
  SPANSET_OPERATORS,
  type SpansetExpression,
  type SpansetOperator,
  type Stage,
} from './ast.ts';
import { checkTypes, demand } from './check-types.ts';
import { parseField } from './field-parser.ts';
import { TokenStream } from './token-stream.ts';

const AGGREGATES: readonly string[] = ['count', 'avg', 'min', 'max', 'sum'] satisfies AggregateFunction[];
const COMPARISONS: readonly string[] = ['=', '!=', '<', '<=', '>', '>='] satisfies ComparisonOperator[];
const ARITHMETIC: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3 } satisfies Record<
  ArithmeticOperator,
  number
>;
const METRICS = /^(rate|compare|topk|bottomk|\w+_over_time)$/;
const STAGE = '{ … }, a comparison such as count() > 2, by(…), coalesce() or select(…)';

/** A query as the steps of its pipeline; the first one selects spans. Throws `traceql.parse`, `traceql.type` and `traceql.unsupported`. */
export function parseTraceql(query: string): readonly Stage[] {
  const stream = new TokenStream(query);
  if (stream.is('end')) throw stream.unexpected('{ … }; {} finds all traces');
  const stages = parsePipeline(stream);
  if (stream.isWord('with')) parseHints(stream);
  if (!stream.is('end')) throw stream.unexpected('an operator, | or the end of the query');
  return stages;
}

function parsePipeline(stream: TokenStream): readonly Stage[] {
  return stream.nested(() => {
    const stages = [parseStage(stream)];
    while (stream.takeSymbol('|')) stages.push(parseStage(stream));
    return stages;
  });
}

function parseStage(stream: TokenStream): Stage {
  const { token } = stream;
  if (stream.isSymbol('{')) return { kind: 'spansets', expression: parseSpansets(stream) };
  if (stream.isSymbol('(') && !startsScalar(stream)) return { kind: 'spansets', expression: parseSpansets(stream) };
  if (stream.isSymbol('(') || stream.isSymbol('-') || token.kind === 'literal') return parseScalarFilter(stream);
  if (token.kind !== 'word') throw stream.unexpected(STAGE);
  if (AGGREGATES.includes(token.text)) return parseScalarFilter(stream);
  if (METRICS.test(token.text))
    throw stream.fail(
      token.start,
      `${token.text}() makes metrics of traces, which is not supported; searches end with { … }, a comparison, by(…) or select(…)`,
      'traceql.unsupported',
    );
  switch (token.text) {
    case 'by':
      return parseBy(stream);
    case 'coalesce':
      stream.advance();
      stream.expect('(', 'after coalesce');
      stream.expect(')', 'after coalesce(');
      return { kind: 'coalesce' };
    case 'select':
      return parseSelect(stream);
    default:
      throw stream.unexpected(STAGE);
  }
}

/** Whether the parentheses here are around a number, not around spansets. */
function startsScalar(stream: TokenStream): boolean {
  let ahead = 0;
  while (stream.isSymbol('(', ahead)) ahead++;
  const token = stream.peek(ahead);
  return token.kind === 'literal' || stream.isSymbol('-', ahead) || (token.kind === 'word' && AGGREGATES.includes(token.text));
}

function parseBy(stream: TokenStream): Stage {
  stream.advance();
  stream.expect('(', 'after by');
  const { start } = stream.token;
  const expression = parseField(stream);
  checkTypes(stream.query, expression);
  const text = stream.query.slice(start, stream.lastEnd);
  stream.expect(')', 'after the expression of by');
  return { kind: 'by', expression, text };
}

function parseSelect(stream: TokenStream): Stage {
  stream.advance();
  stream.expect('(', 'after select');
  const fields: FieldExpression[] = [];
  do {
    const field = parseField(stream);
    if (field.kind !== 'field') throw stream.fail(field.start, 'select takes attributes and intrinsics, separated by commas');
    fields.push(field);
  } while (stream.takeSymbol(','));
  stream.expect(')', 'after the attributes of select');
  return { kind: 'select', fields };
}

// ---------------------------------------------------------------------------------------------------------------- spansets

function parseSpansets(stream: TokenStream, minPower = 1): SpansetExpression {
  return stream.nested(() => {
    let left = parseSpanset(stream);
    for (;;) {
      const op = SPANSET_OPERATORS.find((known) => stream.isSymbol(known));
      if (!op || spansetPower(op) < minPower) return left;
      stream.advance();
      left = { kind: 'operation', op, left, right: parseSpansets(stream, spansetPower(op) + 1) };
    }
  });
}

function spansetPower(op: SpansetOperator): number {
  return op === '&&' || op === '||' ? 1 : 2;
}

function parseSpanset(stream: TokenStream): SpansetExpression {
  const { start } = stream.token;
  if (stream.takeSymbol('(')) {
    const stages = parsePipeline(stream);
    stream.expect(')', 'after the pipeline in parentheses');
    const [only] = stages;
    return stages.length === 1 && only?.kind === 'spansets' ? only.expression : { kind: 'pipeline', stages };
  }
  stream.beginSpanset();
  if (!stream.takeSymbol('{')) throw stream.unexpected('{ … }');
  if (stream.takeSymbol('}')) return { kind: 'filter', condition: undefined, start };
  const condition = parseField(stream);
  if (!stream.takeSymbol('}')) throw stream.unexpected('an operator or "}" after the condition');
  demand(stream.query, condition, 'bool', 'between { and }');
  return { kind: 'filter', condition, start };
}

// ----------------------------------------------------------------------------------------------------------------- numbers

function parseScalarFilter(stream: TokenStream): Stage {
  const left = parseScalar(stream);
  const op = COMPARISONS.find((known) => stream.isSymbol(known)) as ComparisonOperator | undefined;
  if (op === undefined) throw stream.unexpected('a comparison such as > 2 after an aggregate');
  stream.advance();
  return { kind: 'scalarFilter', op, left, right: parseScalar(stream) };
}

function parseScalar(stream: TokenStream, minPower = 1): ScalarExpression {
  return stream.nested(() => {
    let left = parseScalarOperand(stream);
    for (;;) {
      const { token } = stream;
      const power = token.kind === 'symbol' && Object.hasOwn(ARITHMETIC, token.text) ? (ARITHMETIC[token.text] as number) : 0;
      if (power < minPower) return left;
      stream.advance();
      const op = token.text as ArithmeticOperator;
      left = { kind: 'arithmetic', op, left, right: parseScalar(stream, op === '^' ? power : power + 1) };
    }
  });
}

function parseScalarOperand(stream: TokenStream): ScalarExpression {
  const { token } = stream;
  if (stream.takeSymbol('(')) {
    const inner = parseScalar(stream);
    stream.expect(')', 'after the expression in parentheses');
    return inner;
  }
  if (stream.takeSymbol('-')) return { kind: 'arithmetic', op: '-', left: { kind: 'number', value: 0 }, right: parseScalar(stream, 2) };
  if (token.kind === 'literal') {
    const { literal } = token;
    if (literal.type !== 'int' && literal.type !== 'float' && literal.type !== 'duration')
      throw stream.unexpected('a number or a duration');
    stream.advance();
    return { kind: 'number', value: Number(literal.value) };
  }
  if (token.kind !== 'word' || !AGGREGATES.includes(token.text))
    throw stream.unexpected('count(), avg(…), min(…), max(…), sum(…) or a number');
  stream.advance();
  const fn = token.text as AggregateFunction;
  stream.expect('(', `after ${fn}`);
  const of = stream.isSymbol(')') ? undefined : parseField(stream);
  stream.expect(')', `after ${fn}(`);
  if (fn === 'count' && of) throw stream.fail(of.start, 'count() takes no expression');
  if (fn !== 'count' && !of) throw stream.fail(stream.lastEnd - 1, `${fn}() needs what it is of, such as ${fn}(duration)`);
  if (of) demand(stream.query, of, 'number', `in ${fn}()`);
  return { kind: 'aggregate', fn, of };
}

/** `with (most_recent=true)`: hints to Tempo's planner, which change nothing here, where the newest traces always come first. */
function parseHints(stream: TokenStream): void {
  stream.advance();
  stream.expect('(', 'after with');
  do {
    if (!stream.is('word')) throw stream.unexpected('the name of a hint');
    stream.advance();
    stream.expect('=', 'after the name of a hint');
    if (!stream.is('literal')) throw stream.unexpected('the value of a hint');
    stream.advance();
  } while (stream.takeSymbol(','));
  stream.expect(')', 'after the hints');
}
