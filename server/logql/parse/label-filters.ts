import { isAppError } from '../../model/app-error.ts';
import { compileAnchored, type MatchType } from '../../model/matcher.ts';
import type { Comparison, LabelFilter } from './ast.ts';
import type { Token } from './lexer.ts';
import type { TokenStream } from './token-stream.ts';

const COMPARISONS: Readonly<Record<string, Comparison>> = { '=': '==', '==': '==', '!=': '!=', '>': '>', '>=': '>=', '<': '<', '<=': '<=' };

/** `a="b" and (c > 5 or d >= 10s)`; a comma or nothing between two filters is `and`. */
export function parseLabelFilter(tokens: TokenStream): LabelFilter {
  let left = parseAnd(tokens);
  while (tokens.acceptWord('or')) {
    tokens.countOperator();
    left = { kind: 'or', left, right: parseAnd(tokens) };
  }
  return left;
}

function parseAnd(tokens: TokenStream): LabelFilter {
  let left = parseUnit(tokens);
  while (tokens.acceptWord('and') || tokens.accept(',') || startsFilter(tokens)) {
    tokens.countOperator();
    left = { kind: 'and', left, right: parseUnit(tokens) };
  }
  return left;
}

function startsFilter(tokens: TokenStream): boolean {
  return tokens.next.kind === 'identifier' && !tokens.isWord('or', 'and') && tokens.peek().kind === 'op' && isFilterOp(tokens.peek().text);
}

function isFilterOp(text: string): boolean {
  return text in COMPARISONS || text === '=~' || text === '!~';
}

function parseUnit(tokens: TokenStream): LabelFilter {
  if (tokens.accept('(')) {
    const filter = tokens.nested(() => parseLabelFilter(tokens));
    tokens.expect(')');
    return filter;
  }
  const name = tokens.expectKind('identifier').text;
  const op = tokens.next;
  if (op.kind !== 'op' || !isFilterOp(op.text)) tokens.unexpected(...Object.keys(COMPARISONS), '=~', '!~');
  tokens.take();
  return parseOperand(tokens, name, op);
}

function parseOperand(tokens: TokenStream, name: string, op: Token): LabelFilter {
  const { next } = tokens;
  if (next.kind === 'string' && isMatchType(op.text)) {
    tokens.take();
    checkRegexp(tokens, op.text, next);
    return { kind: 'string', matcher: { type: op.text, name, value: next.text } };
  }
  if (tokens.isWord('ip') && (op.text === '=' || op.text === '!=')) return { kind: 'ip', name, op: op.text, pattern: parseIp(tokens) };
  const comparison = COMPARISONS[op.text];
  if (comparison === undefined) tokens.unexpected('STRING');
  const sign = tokens.accept('-') ? -1 : 1;
  if (sign === 1) tokens.accept('+');
  const value = tokens.take();
  if (value.kind === 'number' || value.kind === 'duration' || value.kind === 'bytes')
    return { kind: value.kind, name, op: comparison, value: sign * value.value };
  return tokens.fail(
    value,
    `syntax error: unexpected ${value.kind === 'end' ? '$end' : value.text}, expecting NUMBER or DURATION or BYTES`,
  );
}

/** `ip("10.0.0.0/8")`; the text between the quotes. */
export function parseIp(tokens: TokenStream): string {
  tokens.take();
  tokens.expect('(');
  const pattern = tokens.expectKind('string').text;
  tokens.expect(')');
  return pattern;
}

export function isMatchType(text: string): text is MatchType {
  return text === '=' || text === '!=' || text === '=~' || text === '!~';
}

/** Refuses a regular expression that does not compile, at its place. */
export function checkRegexp(tokens: TokenStream, op: string, literal: Token): void {
  if (!op.includes('~')) return;
  try {
    compileAnchored(literal.text);
  } catch (error) {
    if (isAppError(error)) tokens.fail(literal, error.message);
    throw error;
  }
}
