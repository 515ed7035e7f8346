import type { AppError } from '../../model/app-error.ts';
import { type TraceqlErrorCode, traceqlError } from '../errors.ts';
import { tokenize } from './lexer.ts';
import { describe, type Token } from './token.ts';

// Far more than people write; each level costs a few stack frames here and in everything that walks the tree.
const MAX_DEPTH = 200;
// `a && b && c …` makes a tree as deep as it has operators, without being nested.
const MAX_TOKENS = 4_000;
// Each is evaluated on all spans of every trace that is looked at.
const MAX_SPANSETS = 100;

/** The tokens of a query, and the words for what is wrong with it. */
export class TokenStream {
  readonly query: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #spansets = 0;

  constructor(query: string) {
    this.query = query;
    this.#tokens = tokenize(query);
    const last = this.#tokens[MAX_TOKENS];
    if (last) throw this.fail(last.start, `the query has more than ${MAX_TOKENS} words and symbols`);
  }

  /** The token to be taken next. */
  get token(): Token {
    return this.peek(0);
  }

  /** The token `ahead` places further on. */
  peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  /** The end of the token that was taken last. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  advance(): Token {
    const token = this.token;
    this.#at++;
    return token;
  }

  is(kind: Token['kind']): boolean {
    return this.token.kind === kind;
  }

  isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === text;
  }

  isWord(text: string): boolean {
    return this.token.kind === 'word' && this.token.text === text;
  }

  takeSymbol(text: string): boolean {
    const isThere = this.isSymbol(text);
    if (isThere) this.advance();
    return isThere;
  }

  expect(symbol: string, after: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(`${JSON.stringify(symbol)} ${after}`);
  }

  /** Runs `parse` one level deeper; queries may not be nested without end. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.fail(this.token.start, `the query is nested more than ${MAX_DEPTH} levels deep`);
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Told of each `{`. */
  beginSpanset(): void {
    if (++this.#spansets > MAX_SPANSETS) throw this.fail(this.token.start, `the query has more than ${MAX_SPANSETS} times { … }`);
  }

  unexpected(expected: string): AppError {
    return this.fail(this.token.start, `syntax error: unexpected ${describe(this.token)}, expected ${expected}`);
  }

  fail(offset: number, message: string, code: TraceqlErrorCode = 'traceql.parse'): AppError {
    return traceqlError(code, this.query, offset, message);
  }
}
