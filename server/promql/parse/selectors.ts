// Series selectors, and lists of label names: what stands in braces and in the parentheses of `by`, `on` and their like.
import { RE2JS } from 're2js';
import { messageOf } from '../../model/app-error.ts';
import type { Matcher, MatchType } from '../../model/matcher.ts';
import { isSimple } from '../../model/simple-regexp.ts';
import type { VectorSelector } from './ast.ts';
import { quote } from './quote.ts';
import { isGroupingLabel, type Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** A selector whose metric name, if any, was taken already. */
export function parseSelector(tokens: TokenStream, name: Token | undefined): VectorSelector {
  const start = (name ?? tokens.token).start;
  const matchers = tokens.is('{') ? parseMatchers(tokens) : [];
  if (name) matchers.push({ type: '=', name: '__name__', value: name.text });
  return { kind: 'selector', name: name?.text ?? '', matchers, offsetMs: 0, start, end: tokens.lastEnd };
}

function parseMatchers(tokens: TokenStream): Matcher[] {
  tokens.advance();
  const matchers: Matcher[] = [];
  while (!tokens.is('}')) {
    matchers.push(parseMatcher(tokens));
    if (tokens.is(',')) tokens.advance();
    else if (!tokens.is('}')) throw tokens.unexpected('label matching', '"," or "}"');
  }
  tokens.advance();
  return matchers;
}

function parseMatcher(tokens: TokenStream): Matcher {
  const token = tokens.token;
  if (token.kind !== 'identifier' && token.kind !== 'string') throw tokens.unexpected('label matching', 'identifier or "}"');
  tokens.advance();
  const isOperator = tokens.is('=') || tokens.is('operator');
  if (!isOperator) {
    // A quoted string alone is the metric name.
    if (token.kind === 'string') return { type: '=', name: '__name__', value: token.name };
    throw tokens.unexpected('label matching', 'label matching operator');
  }
  const type = tokens.advance().text as MatchType;
  if (!tokens.is('string')) throw tokens.unexpected('label matching', 'string');
  const value = tokens.advance().name;
  if (type === '=~' || type === '!~') checkRegexp(tokens, value, token.start);
  return { type, name: token.kind === 'string' ? token.name : token.text, value };
}

function checkRegexp(tokens: TokenStream, expression: string, offset: number): void {
  if (isSimple(expression)) return;
  try {
    RE2JS.compile(expression);
  } catch (error) {
    throw tokens.fail(offset, messageOf(error));
  }
}

/** A list of label names in parentheses. */
export function parseGroupingLabels(tokens: TokenStream): string[] {
  if (!tokens.is('(')) throw tokens.unexpected('grouping opts', '"("');
  tokens.advance();
  const labels: string[] = [];
  while (!tokens.is(')')) {
    const token = tokens.token;
    if (token.kind !== 'string' && !isGroupingLabel(token)) throw tokens.unexpected('grouping opts', 'label');
    tokens.advance();
    const label = token.kind === 'string' ? token.name : token.text;
    if (label === '') throw tokens.fail(token.start, `invalid label name for grouping: ${quote(label)}`);
    labels.push(label);
    if (tokens.is(',')) tokens.advance();
    else if (!tokens.is(')')) throw tokens.unexpected('grouping opts', '"," or ")"');
  }
  tokens.advance();
  return labels;
}
