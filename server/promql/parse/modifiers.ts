// What follows an expression: ranges and subqueries in brackets, `offset` and `@`.

import type { Literal } from '../../model/go-string.ts';
import type { AtModifier, Expr, MatrixSelector, Subquery, VectorSelector } from './ast.ts';
import { parseDuration, secondsToDuration } from './literals.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

const DURATION_EXPRESSION = 'experimental duration expression is not enabled';

/** `expr[5m]` or `expr[5m:1m]`; the bracket is the next token. */
export function parseBracket(tokens: TokenStream, expr: Expr): Expr {
  const bracket = tokens.advance();
  const rangeMs = parsePositiveDuration(tokens, 'subquery selector', 'number or duration');
  if (tokens.is(':')) return parseSubquery(tokens, expr, rangeMs);
  if (!tokens.is(']')) throw tokens.unexpected('subquery or range', '":" or "]"');
  tokens.advance();
  if (expr.kind !== 'selector') throw tokens.fail(bracket.start, 'ranges only allowed for vector selectors');
  if (expr.offsetMs !== 0) throw tokens.fail(bracket.start, 'no offset modifiers allowed before range');
  if (expr.at) throw tokens.fail(bracket.start, 'no @ modifiers allowed before range');
  return { kind: 'range', selector: expr, rangeMs, start: expr.start, end: tokens.lastEnd };
}

function parseSubquery(tokens: TokenStream, expr: Expr, rangeMs: number): Subquery {
  tokens.advance();
  const stepMs = tokens.is(']') ? 0 : parsePositiveDuration(tokens, 'subquery selector', 'number or duration or "]"');
  if (!tokens.is(']')) throw tokens.unexpected('subquery selector', '"]"');
  tokens.advance();
  return { kind: 'subquery', expr, rangeMs, stepMs, offsetMs: 0, start: expr.start, end: tokens.lastEnd };
}

function parsePositiveDuration(tokens: TokenStream, context: string, expected: string): number {
  const { start } = tokens.token;
  const durationMs = parseSignedDuration(tokens, context, expected);
  if (tokens.is('operator') && '+-*/%^'.includes(tokens.token.name)) throw tokens.fail(start, DURATION_EXPRESSION);
  if (durationMs.value <= 0) throw tokens.fail(durationMs.start, 'duration must be greater than 0');
  return Math.trunc(durationMs.value);
}

function parseSignedDuration(tokens: TokenStream, context: string, expected: string): { value: number; start: number } {
  const sign = tokens.takeSign();
  const token = tokens.token;
  if (token.kind === '(') {
    tokens.advance();
    throw tokens.fail(tokens.token.start, DURATION_EXPRESSION);
  }
  if (token.kind !== 'number' && token.kind !== 'duration') throw tokens.unexpected(context, expected);
  const start = sign?.start ?? token.start;
  tokens.advance();
  const value = token.kind === 'duration' ? parseDuration(token.text) : secondsOf(tokens, token);
  const durationMs = tokens.valueOf(value, token.start);
  return { value: sign?.name === '-' ? -durationMs : durationMs, start };
}

/** Kept fractional until the sign of tiny durations has been looked at. */
function secondsOf(tokens: TokenStream, token: Token): Literal<number> {
  const seconds = tokens.numberOf(token);
  const duration = secondsToDuration(seconds);
  return duration.problem === undefined && duration.value === 0 && seconds > 0 ? { value: seconds * 1000 } : duration;
}

/** `expr offset 5m`. */
export function parseOffset(tokens: TokenStream, expr: Expr): Expr {
  tokens.advance();
  const durationMs = parseSignedDuration(tokens, 'offset', 'number or duration');
  const offsetMs = Math.trunc(durationMs.value);
  const target = modifiable(tokens, expr, 'offset modifier');
  if (target.offsetMs !== 0) throw tokens.fail(expr.start, 'offset may not be set multiple times');
  return modified(tokens, expr, { offsetMs });
}

/** `expr @ 1700000000`. */
export function parseAt(tokens: TokenStream, expr: Expr): Expr {
  tokens.advance();
  const at = parseAtModifier(tokens, expr);
  if (modifiable(tokens, expr, '@ modifier').at) throw tokens.fail(expr.start, '@ <timestamp> may not be set multiple times');
  return modified(tokens, expr, { at });
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

function modified(tokens: TokenStream, expr: Expr, change: { offsetMs: number } | { at: AtModifier }): Expr {
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
