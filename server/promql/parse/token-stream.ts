import type { Literal } from '../../model/go-string.ts';
import { Lexer } from './lexer.ts';
import { parseDuration, parseNumber } from './literals.ts';
import { parseError } from './position.ts';
import { describe, type Token } from './token.ts';

/**
 * The tokens of a query with one of look-ahead, and the words for what is wrong with it. A token is cut when it is first looked
 * at, so that what is wrong before it is said first.
 */
export class TokenStream {
  readonly #query: string;
  readonly #lexer: Lexer;
  #aggregationDepth = 0;
  #token: Token | undefined;
  /** The end of the token taken last. */
  lastEnd = 0;

  constructor(query: string, knowsDurationFunctions = false) {
    this.#query = query;
    this.#lexer = new Lexer(query, knowsDurationFunctions);
  }

  /** The token to be taken next. */
  get token(): Token {
    this.#token ??= this.#lexer.next();
    return this.#token;
  }

  /** Runs `parse` for the inside of an aggregation, on which upstream blames what is unexpected there. */
  insideAggregation<T>(parse: () => T): T {
    this.#aggregationDepth++;
    const result = parse();
    this.#aggregationDepth--;
    return result;
  }

  numberOf(token: Token): number {
    if (token.kind === 'duration') {
      const ms = this.valueOf(parseDuration(token.text), token.start);
      // Whole seconds and the rest apart, which rounds as upstream does.
      return Math.trunc(ms / 1000) + (ms % 1000) / 1000;
    }
    return this.valueOf(parseNumber(token.text), token.start);
  }

  valueOf<T>(literal: Literal<T>, offset: number): T {
    if (literal.problem !== undefined) throw this.fail(offset, literal.problem);
    return literal.value;
  }

  takeSign(): Token | undefined {
    const isSign = this.is('operator') && (this.token.name === '+' || this.token.name === '-');
    return isSign ? this.advance() : undefined;
  }

  is(kind: Token['kind']): boolean {
    return this.token.kind === kind;
  }

  isKeyword(name: string): boolean {
    return this.is('keyword') && this.token.name === name;
  }

  /** Whether the token to be taken next stands before `(`. */
  isBeforeParenthesis(): boolean {
    return /^(?:\s|#[^\n\r]*)*\(/.test(this.#query.slice(this.token.end));
  }

  takeKeyword(name: string): boolean {
    const isThere = this.isKeyword(name);
    if (isThere) this.advance();
    return isThere;
  }

  expect(kind: Token['kind']): void {
    if (!this.is(kind)) throw this.unexpected();
    this.advance();
  }

  advance(): Token {
    const token = this.token;
    this.lastEnd = token.end;
    this.#token = undefined;
    return token;
  }

  /** Without a context of its own, a problem is blamed on the enclosing aggregation, if any. */
  unexpected(context: string = this.#aggregationDepth > 0 ? 'aggregation' : '', expected = ''): Error {
    const where = context === '' ? '' : ` in ${context}`;
    const wanted = expected === '' ? '' : `, expected ${expected}`;
    return this.fail(this.token.start, `unexpected ${describe(this.token)}${where}${wanted}`);
  }

  fail(offset: number, message: string): Error {
    return parseError(this.#query, offset, message);
  }
}
