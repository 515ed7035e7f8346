import { parseGoString } from '../../model/go-string.ts';
import { parseErrorAt } from '../errors.ts';
import { parseBytes, parseDurationNs } from './units.ts';

/** `op` is punctuation or an operator; `flag` is `--strict`; `range` is `[5m]`. */
export type TokenKind = 'identifier' | 'string' | 'number' | 'duration' | 'bytes' | 'range' | 'flag' | 'op' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string its value. */
  readonly text: string;
  /** Of a number; of durations and ranges in nanoseconds, of sizes in bytes. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

const OPERATORS = ['|=', '|~', '|>', '!=', '!~', '!>', '=~', '==', '>=', '<='];
const SINGLE = new Set([...'{}(),.=|<>+-*/%^!']);
const IDENTIFIER = /[A-Za-z_\u0080-\uffff][\w:\u0080-\uffff]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
const QUANTITY = /(?:(?:\d+\.?\d*|\.\d+)[a-zA-Zµμ]+)+/y;
const FLAG = /--[a-z-]+/y;
const BLANK = /(?:\s|#[^\n]*)*/y;

/** All tokens of a query, the last of kind `end`. Throws AppError `logql.parse`. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipBlank(query, 0); ; ) {
    const token = readToken(query, at);
    tokens.push(token);
    if (token.kind === 'end') return tokens;
    at = skipBlank(query, token.end);
  }
}

function skipBlank(query: string, at: number): number {
  BLANK.lastIndex = at;
  return at + (BLANK.exec(query)?.[0].length ?? 0);
}

function readToken(query: string, start: number): Token {
  const char = query[start];
  const token = (kind: TokenKind, end: number, value = 0, text = query.slice(start, end)): Token => ({ kind, text, value, start, end });
  if (char === undefined) return token('end', start);
  if (char === '"' || char === '`') {
    const literal = parseGoString(query, start);
    if (literal.problem !== undefined)
      throw parseErrorAt(query, start, literal.problem.replace(/^unterminated.*/, 'literal not terminated'));
    return token('string', literal.value.end, 0, literal.value.text);
  }
  if (char === '[') return readRange(query, start);
  const flag = match(FLAG, query, start);
  if (flag) return token('flag', start + flag.length);
  const identifier = match(IDENTIFIER, query, start);
  if (identifier) return token('identifier', start + identifier.length);
  if (/[\d.]/.test(char)) {
    const number = match(NUMBER, query, start);
    if (number) return token('number', start + number.length, Number(number));
    const quantity = match(QUANTITY, query, start);
    const durationNs = quantity && parseDurationNs(quantity);
    if (quantity && durationNs !== undefined) return token('duration', start + quantity.length, durationNs as number);
    const bytes = quantity && parseBytes(quantity);
    if (quantity && bytes !== undefined) return token('bytes', start + quantity.length, bytes as number);
  }
  const operator = OPERATORS.find((text) => query.startsWith(text, start));
  if (operator) return token('op', start + operator.length);
  if (SINGLE.has(char)) return token('op', start + 1);
  throw parseErrorAt(query, start, `syntax error: unexpected character ${JSON.stringify(char)}`);
}

function readRange(query: string, start: number): Token {
  const close = query.indexOf(']', start);
  if (close < 0) throw parseErrorAt(query, start, "missing closing ']' in duration");
  const text = query.slice(start + 1, close).trim();
  const value = parseDurationNs(text);
  if (value === undefined) throw parseErrorAt(query, start, `not a valid duration string: ${JSON.stringify(text)}`);
  return { kind: 'range', text: query.slice(start, close + 1), value, start, end: close + 1 };
}

function match(pattern: RegExp, query: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(query)?.[0];
}
