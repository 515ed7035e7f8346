// A recursive-descent parser with precedence climbing for operators. Texts of errors are Loki's where clients meet them.
import type { Matcher } from '../../model/matcher.ts';
import { meaningError } from '../errors.ts';
import {
  type Binary,
  type BinaryOp,
  type Expr,
  type Grouping,
  type LabelReplace,
  type MetricExpr,
  RANGE_OPS,
  type RangeAggregation,
  type RangeOp,
  VECTOR_OPS,
  type VectorAggregation,
  type VectorMatching,
  type VectorOp,
} from './ast.ts';
import { checkRegexp } from './label-filters.ts';
import type { Token } from './lexer.ts';
import { checkMatchers, parseLog, parseMatchers } from './log-parser.ts';
import { bindsToTheRight, PRECEDENCE } from './precedence.ts';
import { parseLogRange } from './range-parser.ts';
import { TokenStream } from './token-stream.ts';
import { checkRangeAggregation } from './typecheck.ts';

const COMPARISONS = new Set<string>(['==', '!=', '>', '>=', '<', '<=']);
const SET_OPERATORS = new Set<string>(['and', 'or', 'unless']);
/** Longer queries are refused: they are parsed on the main thread. */
const MAX_LENGTH = 131_072;

/** Parses a query. Throws AppError `logql.parse`. */
export function parseQuery(query: string): Expr {
  if (query.length > MAX_LENGTH) throw meaningError(`input size too long (${query.length} > ${MAX_LENGTH})`);
  const tokens = new TokenStream(query);
  const expr = parseExpr(tokens, 0);
  if (tokens.next.kind !== 'end') tokens.unexpected();
  for (const matchers of selectorsOf(expr)) checkMatchers(matchers);
  return expr;
}

/** Parses a stream selector alone. Throws AppError `logql.parse`. */
export function parseSelector(selector: string): readonly Matcher[] {
  const tokens = new TokenStream(selector);
  const matchers = parseMatchers(tokens);
  if (tokens.next.kind !== 'end') tokens.unexpected();
  checkMatchers(matchers);
  return matchers;
}

/** The stream selectors of an expression, from left to right. */
function selectorsOf(expr: Expr): readonly (readonly Matcher[])[] {
  switch (expr.kind) {
    case 'log':
      return [expr.matchers];
    case 'range_aggregation':
      return [expr.log.matchers];
    case 'vector_aggregation':
    case 'label_replace':
      return selectorsOf(expr.expr);
    case 'binary':
      return [...selectorsOf(expr.lhs), ...selectorsOf(expr.rhs)];
    default:
      return [];
  }
}

function parseExpr(tokens: TokenStream, minPrecedence: number): Expr {
  let lhs = parseOperand(tokens);
  for (;;) {
    const op = binaryOpAt(tokens);
    if (op === undefined || PRECEDENCE[op] < minPrecedence) return lhs;
    if (lhs.kind === 'log') tokens.unexpected();
    tokens.countOperator();
    const operator = tokens.take();
    const modifiers = parseModifiers(tokens, op);
    const rhs = tokens.nested(() => parseMetric(tokens, bindsToTheRight(op) ? PRECEDENCE[op] : PRECEDENCE[op] + 1));
    if (SET_OPERATORS.has(op))
      for (const [leg, side] of [
        ['left', lhs],
        ['right', rhs],
      ] as const)
        if (isNumber(side)) {
          const text = side.kind === 'number' ? side.value.toFixed(6) : tokens.query.slice(side.start, side.end);
          tokens.fail(operator, `unexpected literal for ${leg} leg of logical/set binary operation (${op}): ${text}`);
        }
    const binary: Binary = { kind: 'binary', op, lhs, rhs, ...modifiers, start: lhs.start, end: rhs.end };
    lhs = binary;
  }
}

/** Whether the expression has no labels: a number, or what is calculated of numbers. */
function isNumber(expr: Expr): boolean {
  return expr.kind === 'number' || (expr.kind === 'binary' && isNumber(expr.lhs) && isNumber(expr.rhs));
}

function parseMetric(tokens: TokenStream, minPrecedence: number): MetricExpr {
  const { next } = tokens;
  const expr = parseExpr(tokens, minPrecedence);
  if (expr.kind === 'log') tokens.fail(next, 'syntax error: unexpected {, expecting a metric query: a log query has no numbers');
  return expr;
}

function binaryOpAt(tokens: TokenStream): BinaryOp | undefined {
  const { kind, text } = tokens.next;
  return (kind === 'op' || kind === 'identifier') && Object.hasOwn(PRECEDENCE, text) ? (text as BinaryOp) : undefined;
}

function parseModifiers(tokens: TokenStream, op: BinaryOp): { returnBool: boolean; matching: VectorMatching } {
  const { next } = tokens;
  const returnBool = tokens.acceptWord('bool');
  if (returnBool && !COMPARISONS.has(op)) tokens.fail(next, `syntax error: unexpected bool: it belongs to a comparison, not to ${op}`);
  const many = SET_OPERATORS.has(op) ? 'many-to-many' : 'one-to-one';
  if (!tokens.isWord('on', 'ignoring')) return { returnBool, matching: { card: many, on: false, labels: [], include: [] } };
  const on = tokens.take().text === 'on';
  const labels = parseLabelList(tokens);
  if (!tokens.isWord('group_left', 'group_right')) return { returnBool, matching: { card: many, on, labels, include: [] } };
  const group = tokens.take();
  if (SET_OPERATORS.has(op)) tokens.fail(group, `no grouping allowed for "${op}" operation`);
  const include = tokens.isOp('(') ? parseLabelList(tokens) : [];
  return { returnBool, matching: { card: group.text === 'group_left' ? 'many-to-one' : 'one-to-many', on, labels, include } };
}

function parseOperand(tokens: TokenStream): Expr {
  const { next } = tokens;
  if (tokens.isOp('{')) return parseLog(tokens);
  if (tokens.accept('(')) {
    const inner = tokens.nested(() => parseExpr(tokens, 0));
    tokens.expect(')');
    return inner;
  }
  if (tokens.isOp('-', '+') || next.kind === 'number') return parseNumber(tokens);
  if (next.kind !== 'identifier') return tokens.unexpected();
  if (RANGE_OPS.some((op) => op === next.text)) return parseRangeAggregation(tokens);
  if (VECTOR_OPS.some((op) => op === next.text)) return parseVectorAggregation(tokens);
  if (next.text === 'label_replace') return parseLabelReplace(tokens);
  if (next.text === 'vector') {
    tokens.take();
    tokens.expect('(');
    const { value } = parseNumber(tokens);
    tokens.expect(')');
    return { kind: 'vector', value, start: next.start, end: tokens.lastEnd };
  }
  return tokens.unexpected();
}

function parseNumber(tokens: TokenStream) {
  const { start } = tokens.next;
  const sign = tokens.accept('-') ? -1 : 1;
  if (sign === 1) tokens.accept('+');
  const { value } = tokens.expectKind('number');
  return { kind: 'number', value: sign * value, start, end: tokens.lastEnd } as const;
}

function parseRangeAggregation(tokens: TokenStream): RangeAggregation {
  const name = tokens.take();
  tokens.expect('(');
  const param = tokens.next.kind === 'number' || tokens.isOp('-', '+') ? parseNumber(tokens).value : undefined;
  if (param !== undefined) tokens.expect(',');
  const range = parseLogRange(tokens);
  tokens.expect(')');
  const grouping = parseGrouping(tokens);
  const expr: RangeAggregation = {
    kind: 'range_aggregation',
    op: name.text as RangeOp,
    ...range,
    param,
    grouping,
    start: name.start,
    end: tokens.lastEnd,
  };
  checkRangeAggregation(expr);
  return expr;
}

function parseVectorAggregation(tokens: TokenStream): VectorAggregation {
  const name = tokens.take();
  const op = name.text as VectorOp;
  const before = parseGrouping(tokens);
  tokens.expect('(');
  const hasParam = tokens.next.kind === 'number' && tokens.peek().text === ',';
  const param = hasParam ? tokens.take().value : undefined;
  if (hasParam) tokens.expect(',');
  const expr = tokens.nested(() => parseMetric(tokens, 0));
  tokens.expect(')');
  const grouping = before ?? parseGrouping(tokens);
  const wantsParam = op === 'topk' || op === 'bottomk' || op === 'approx_topk';
  if (wantsParam && param === undefined) throw meaningError(`parameter required for operation ${op}`);
  if (!wantsParam && param !== undefined) throw meaningError(`unsupported parameter for operation ${op}(${param},`);
  if (wantsParam && !(param !== undefined && Number.isInteger(param) && param > 0))
    throw meaningError(`invalid parameter (must be greater than 0) ${op}(${param}`);
  if ((op === 'sort' || op === 'sort_desc') && grouping) throw meaningError(`grouping not allowed for ${op} aggregation`);
  return { kind: 'vector_aggregation', op, expr, param, grouping, start: name.start, end: tokens.lastEnd };
}

function parseGrouping(tokens: TokenStream): Grouping | undefined {
  if (!tokens.isWord('by', 'without')) return undefined;
  const without = tokens.take().text === 'without';
  return { without, labels: parseLabelList(tokens) };
}

function parseLabelList(tokens: TokenStream): string[] {
  const labels: string[] = [];
  tokens.expect('(');
  while (!tokens.isOp(')')) {
    if (labels.length > 0) tokens.expect(',');
    labels.push(tokens.expectKind('identifier').text);
  }
  tokens.expect(')');
  return labels;
}

function parseLabelReplace(tokens: TokenStream): LabelReplace {
  const { start } = tokens.take();
  tokens.expect('(');
  const expr = tokens.nested(() => parseMetric(tokens, 0));
  const literals = Array.from({ length: 4 }, () => {
    tokens.expect(',');
    return tokens.expectKind('string');
  });
  const texts = literals.map(({ text }) => text);
  checkRegexp(tokens, '=~', literals[3] as Token);
  tokens.expect(')');
  const [destination = '', replacement = '', source = '', regexp = ''] = texts;
  return { kind: 'label_replace', expr, destination, replacement, source, regexp, start, end: tokens.lastEnd };
}
