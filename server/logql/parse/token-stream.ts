import { parseErrorAt } from '../errors.ts';
import { type Token, type TokenKind, tokenize } from './lexer.ts';

/** The words of Loki's grammar for kinds of tokens, for its error texts. */
const NAMES: Readonly<Record<TokenKind, string>> = {
  identifier: 'IDENTIFIER',
  string: 'STRING',
  number: 'NUMBER',
  duration: 'DURATION',
  bytes: 'BYTES',
  range: 'RANGE',
  flag: 'PARSER_FLAG',
  op: '',
  end: '$end',
};
/** Deeper expressions are refused: they are read by recursion. */
const MAX_DEPTH = 200;
/** A row of operators is a tree as deep as it is long. */
const MAX_OPERATORS = 1_000;

/** The tokens of a query and where the parser stands in them. */
export class TokenStream {
  readonly query: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #operators = 0;

  constructor(query: string) {
    this.query = query;
    this.#tokens = tokenize(query);
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  /** The token `distance` behind the next. */
  peek(distance = 1): Token {
    return this.#tokens[Math.min(this.#at + distance, this.#tokens.length - 1)] as Token;
  }

  /** Where the last token that was taken ends. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  isOp(...texts: readonly string[]): boolean {
    return this.next.kind === 'op' && texts.includes(this.next.text);
  }

  isWord(...texts: readonly string[]): boolean {
    return this.next.kind === 'identifier' && texts.includes(this.next.text);
  }

  /** Takes the operator if it is next. */
  accept(text: string): boolean {
    if (!this.isOp(text)) return false;
    this.take();
    return true;
  }

  acceptWord(text: string): boolean {
    if (!this.isWord(text)) return false;
    this.take();
    return true;
  }

  expect(text: string): Token {
    if (!this.isOp(text)) this.unexpected(text);
    return this.take();
  }

  expectKind(kind: TokenKind): Token {
    if (this.next.kind !== kind) this.unexpected(NAMES[kind]);
    return this.take();
  }

  /** Throws that the next token does not belong here. */
  unexpected(...expected: readonly string[]): never {
    const { kind, text, start } = this.next;
    const found = kind === 'op' ? text : kind === 'identifier' ? `IDENTIFIER ${JSON.stringify(text)}` : NAMES[kind];
    const wanted = expected.length > 0 ? `, expecting ${expected.join(' or ')}` : '';
    throw parseErrorAt(this.query, start, `syntax error: unexpected ${found}${wanted}`);
  }

  fail(token: { readonly start: number }, problem: string): never {
    throw parseErrorAt(this.query, token.start, problem);
  }

  /** To be called for each operator between two expressions. Throws at the limit. */
  countOperator(): void {
    if (++this.#operators > MAX_OPERATORS) this.fail(this.next, `the query has more than ${MAX_OPERATORS} operators`);
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.fail(this.next, `the query is nested more than ${MAX_DEPTH} levels deep`);
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }
}
