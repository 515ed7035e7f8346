// What follows an expression: ranges and subqueries in brackets, `offset` and `@`.

import type { AtModifier, DurationOperation, Expr, MatrixSelector, Subquery, VectorSelector } from './ast.ts';
import { type ParsedDuration, parseOffsetDuration, parsePositiveDuration } from './durations.ts';
import { quoteChar } from './quote.ts';
import type { TokenStream } from './token-stream.ts';

/** `expr[5m]` or `expr[5m:1m]`; the bracket is the next token. */
export function parseBracket(tokens: TokenStream, expr: Expr, isEnabled: boolean): Expr {
  const bracket = tokens.advance();
  const range = parsePositiveDuration(tokens, { context: 'subquery selector', expected: 'number or duration', isEnabled });
  if (tokens.is(':')) return parseSubquery(tokens, expr, range, isEnabled);
  if (!tokens.is(']')) throw tokens.unexpected('subquery or range', '":" or "]"');
  tokens.advance();
  if (expr.kind !== 'selector') throw tokens.fail(bracket.start, 'ranges only allowed for vector selectors');
  if (expr.offsetMs !== 0 || expr.offsetExpr) throw tokens.fail(bracket.start, 'no offset modifiers allowed before range');
  if (expr.at) throw tokens.fail(bracket.start, 'no @ modifiers allowed before range');
  return { kind: 'range', selector: expr, rangeMs: range.ms, ...given('rangeExpr', range), start: expr.start, end: tokens.lastEnd };
}

function parseSubquery(tokens: TokenStream, expr: Expr, range: ParsedDuration, isEnabled: boolean): Subquery {
  const colon = tokens.advance();
  const place = { context: 'subquery selector', expected: 'number or duration or "]"', isEnabled };
  const step = tokens.is(']') ? { ms: 0 } : parsePositiveDuration(tokens, place);
  if (!tokens.is(']')) throw tokens.unexpected('subquery selector', '"]"');
  tokens.advance();
  // Upstream goes on with a letter as if it were a colon.
  if (colon.text !== ':') throw tokens.fail(colon.start, `unexpected character: ${quoteChar(colon.text)}, expected ":" or "]"`);
  return {
    kind: 'subquery',
    expr,
    rangeMs: range.ms,
    ...given('rangeExpr', range),
    stepMs: step.ms,
    ...given('stepExpr', step),
    offsetMs: 0,
    start: expr.start,
    end: tokens.lastEnd,
  };
}

function given<K extends string>(key: K, { expr }: ParsedDuration): { [P in K]?: DurationOperation } {
  return expr ? ({ [key]: expr } as { [P in K]: DurationOperation }) : {};
}

/** `expr offset 5m`. */
export function parseOffset(tokens: TokenStream, expr: Expr, isEnabled: boolean): Expr {
  tokens.advance();
  const offset = parseOffsetDuration(tokens, { context: 'offset', expected: 'number or duration', isEnabled });
  const target = modifiable(tokens, expr, 'offset modifier');
  if (target.offsetMs !== 0 || target.offsetExpr) throw tokens.fail(expr.start, 'offset may not be set multiple times');
  return modified(tokens, expr, { offsetMs: offset.ms, ...given('offsetExpr', offset) });
}

/** `expr @ 1700000000`. */
export function parseAt(tokens: TokenStream, expr: Expr): Expr {
  tokens.advance();
  const at = parseAtModifier(tokens, expr);
  if (modifiable(tokens, expr, '@ modifier').at) throw tokens.fail(expr.start, '@ <timestamp> may not be set multiple times');
  return modified(tokens, expr, { at });
}

/** `expr[5m] anchored` or `expr smoothed` (promql-extended-range-selectors). */
export function parseBoundary(tokens: TokenStream, expr: Expr): Expr {
  const boundary = tokens.advance().name as 'anchored' | 'smoothed';
  if (expr.kind !== 'selector' && expr.kind !== 'range') throw tokens.fail(expr.start, `${boundary} modifier not implemented`);
  const before = (expr.kind === 'range' ? expr.selector : expr).boundary;
  if (before !== undefined && before !== boundary) throw tokens.fail(expr.start, 'anchored and smoothed modifiers cannot be used together');
  return modified(tokens, expr, { boundary });
}

function parseAtModifier(tokens: TokenStream, expr: Expr): AtModifier {
  if (tokens.isKeyword('start') || tokens.isKeyword('end')) {
    const kind = tokens.advance().name as 'start' | 'end';
    for (const wanted of ['(', ')'] as const) {
      if (!tokens.is(wanted)) throw tokens.unexpected('@', 'timestamp');
      tokens.advance();
    }
    return { kind };
  }
  const sign = tokens.takeSign()?.name === '-' ? -1 : 1;
  if (!tokens.is('number') && !tokens.is('duration')) throw tokens.unexpected('@', 'timestamp');
  const seconds = sign * tokens.numberOf(tokens.advance());
  if (!(Math.abs(seconds) < 9.223372036854776e15))
    throw tokens.fail(expr.start, `timestamp out of bounds for @ modifier: ${goFixed(seconds)}`);
  return { kind: 'time', timeMs: Math.round(seconds * 1000) };
}

function modifiable(tokens: TokenStream, expr: Expr, what: string): VectorSelector | Subquery {
  if (expr.kind === 'selector' || expr.kind === 'subquery') return expr;
  if (expr.kind === 'range') return expr.selector;
  throw tokens.fail(expr.start, `${what} must be preceded by an instant vector selector or range vector selector or a subquery`);
}

function modified(
  tokens: TokenStream,
  expr: Expr,
  change: Pick<VectorSelector, 'offsetMs' | 'offsetExpr'> | Pick<VectorSelector, 'at'> | Pick<VectorSelector, 'boundary'>,
): Expr {
  if (expr.kind === 'range') {
    const selector = { ...expr.selector, ...change };
    return { ...expr, selector, end: tokens.lastEnd } satisfies MatrixSelector;
  }
  return { ...(expr as VectorSelector | Subquery), ...change, end: tokens.lastEnd };
}

/** Go's `%f` for a number beyond the range of time. */
function goFixed(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return `${BigInt(value)}.000000`;
}
