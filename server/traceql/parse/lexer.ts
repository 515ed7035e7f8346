import { parseGoString } from '../../model/go-string.ts';
import { traceqlError } from '../errors.ts';
import type { AttributeScope, Literal } from './ast.ts';
import { parseDurationNs } from './duration.ts';
import type { Token } from './token.ts';

// The longest first.
const SYMBOLS = [
  ...['&>>', '&<<', '!>>', '!<<'],
  ...['&&', '&>', '&<', '&~', '||', '!>', '!<', '!~', '!=', '=~', '>=', '<=', '>>', '<<'],
  ...['=', '>', '<', '~', '!', '+', '-', '*', '/', '%', '^', '|', ',', '{', '}', '(', ')'],
] as const;
const SCOPE = /(parent\.)?(?:(span|resource|event|link|instrumentation)?\.)/y;
const PARENT = /parent\./y;
/** `span:name` and its like. */
const SCOPED_WORD = /(?:trace|span|event|link|instrumentation):[A-Za-z]+/y;
const WORD = /[A-Za-z_]\w*/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const DURATION = /[\d.]+[nsuµμmhdwy][\dnsuµμmhdwy.]*/y;
/** What an attribute's name may hold without quotes. */
const NAME_PART = /[^\s{}()=~!<>&|^,"]+/y;
const INTEGER = /^\d+$/;
const MAX_INT64 = 2n ** 63n - 1n;

const WORDS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['true', { type: 'bool', value: true }],
  ['false', { type: 'bool', value: false }],
  ['nil', { type: 'nil' }],
  ...['ok', 'error', 'unset'].map((value) => [value, { type: 'status', value }] as const),
  ...['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'].map((value) => [value, { type: 'kind', value }] as const),
]);

/** Cuts a query into tokens; the last one is `end`. Throws `traceql.parse` at text that is no token. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = skipSpace(query, at);
    if (at >= query.length) return [...tokens, { kind: 'end', text: '', start: at, end: at }];
    const token = readToken(query, at);
    tokens.push(token);
    at = token.end;
  }
}

function skipSpace(query: string, at: number): number {
  return at + (match(/\s*/y, query, at)?.[0].length ?? 0);
}

function readToken(query: string, start: number): Token {
  const char = query[start] as string;
  if (char === '"' || char === '`') return readQuoted(query, start);
  if (/\d/.test(char) || (char === '.' && /\d/.test(query[start + 1] ?? ''))) return readNumber(query, start);
  const attribute = readAttribute(query, start);
  if (attribute) return attribute;
  const word = (match(SCOPED_WORD, query, start) ?? match(WORD, query, start))?.[0];
  if (word !== undefined) {
    const literal = WORDS.get(word);
    const place = { text: word, start, end: start + word.length };
    return literal ? { kind: 'literal', literal, ...place } : { kind: 'word', ...place };
  }
  const symbol = SYMBOLS.find((known) => query.startsWith(known, start));
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, start, end: start + symbol.length };
  const wrong = String.fromCodePoint(query.codePointAt(start) as number);
  throw traceqlError('traceql.parse', query, start, `syntax error: unexpected character ${JSON.stringify(wrong)}`);
}

function readQuoted(query: string, start: number): Token {
  const literal = parseGoString(query, start);
  if (literal.problem !== undefined) throw traceqlError('traceql.parse', query, start, `syntax error: ${literal.problem}`);
  const { text, end } = literal.value;
  return { kind: 'literal', literal: { type: 'string', value: text }, text: query.slice(start, end), start, end };
}

function readNumber(query: string, start: number): Token {
  const durationText = match(DURATION, query, start)?.[0];
  const durationNs = durationText === undefined ? undefined : parseDurationNs(durationText);
  if (durationText !== undefined && durationNs !== undefined)
    return {
      kind: 'literal',
      literal: { type: 'duration', value: durationNs },
      text: durationText,
      start,
      end: start + durationText.length,
    };
  const text = match(NUMBER, query, start)?.[0] as string;
  const literal: Literal = INTEGER.test(text) ? { type: 'int', value: BigInt(text) } : { type: 'float', value: Number(text) };
  if (literal.type === 'int' && literal.value > MAX_INT64)
    throw traceqlError('traceql.parse', query, start, `syntax error: the integer ${text} does not fit into 64 bits`);
  return { kind: 'literal', literal, text, start, end: start + text.length };
}

function readAttribute(query: string, start: number): Token | undefined {
  const head = match(SCOPE, query, start) ?? match(PARENT, query, start);
  if (!head) return undefined;
  const [prefix, parent, scope = 'any'] = head;
  const isParent = parent !== undefined || prefix === 'parent.';
  let name = '';
  let at = start + prefix.length;
  for (;;) {
    const part = match(NAME_PART, query, at)?.[0];
    if (part !== undefined) {
      name += part;
      at += part.length;
    } else if (query[at] === '"') {
      const quoted = readQuotedName(query, at);
      name += quoted.name;
      at = quoted.end;
    } else break;
  }
  if (name === '')
    throw traceqlError('traceql.parse', query, at, `syntax error: the name of an attribute is missing after ${JSON.stringify(prefix)}`);
  const text = query.slice(start, at);
  return { kind: 'attribute', scope: scope as AttributeScope, name, ofParent: isParent, text, start, end: at };
}

/** In quotes only `\"` and `\\` are escapes. */
function readQuotedName(query: string, start: number): { readonly name: string; readonly end: number } {
  let name = '';
  for (let at = start + 1; at < query.length; at++) {
    const char = query[at] as string;
    if (char === '"') return { name, end: at + 1 };
    if (char !== '\\') name += char;
    else if (query[at + 1] === '"' || query[at + 1] === '\\') name += query[++at];
    else
      throw traceqlError(
        'traceql.parse',
        query,
        at,
        'syntax error: invalid escape sequence in the name of an attribute; only \\" and \\\\ are known',
      );
  }
  throw traceqlError('traceql.parse', query, start, 'syntax error: this name of an attribute is not closed: " is missing');
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
