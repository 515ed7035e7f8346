// A template is a list of tokens: text between actions, and the words of actions. Positions are offsets into the source in
// UTF-16 units; `line` counts from 1. Trim markers are resolved here: the text beside them is already trimmed.
import { quoteGo } from './quote.ts';

export type TokenType =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'identifier'
  | 'keyword'
  | 'field'
  | 'variable'
  | 'dot'
  | 'nil'
  | 'bool'
  | 'number'
  | 'char-constant'
  | 'string'
  | 'raw-string'
  | '('
  | ')'
  | '|'
  | '='
  | ':='
  | 'char'
  | 'error'
  | 'eof';

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly pos: number;
  readonly line: number;
}

const KEYWORDS = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);
const SPACE = /[ \t\r\n]+/y;
const WORD = /[\p{L}\p{Nd}_]*/uy;
const WORD_CHAR = /^[\p{L}\p{Nd}_]$/u;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[bB][01_]*|0[oO][0-7_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)/y;

/** How a token is named in `unexpected …`. */
export function describeToken({ type, text }: Token): string {
  if (type === 'eof') return 'EOF';
  if (type === 'error') return text;
  if (type === 'keyword' || type === 'nil' || type === 'dot') return `<${text}>`;
  return [...text].length > 10 ? `${quoteGo([...text].slice(0, 10).join(''))}...` : quoteGo(text);
}

/** All tokens; the last one is `eof`, or `error` with the reason as text. */
export function lex(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #pos = 0;
  #line = 1;
  #parens = 0;
  #trimsLeft = false;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    while (this.#text() && this.#action());
    return this.#tokens;
  }

  #emit(type: TokenType, length: number, text = this.#source.slice(this.#pos, this.#pos + length)): true {
    this.#tokens.push({ type, text, pos: this.#pos, line: this.#line });
    this.#skip(length);
    return true;
  }

  #skip(length: number): void {
    for (let i = this.#pos; i < this.#pos + length; i++) if (this.#source.charCodeAt(i) === 10) this.#line++;
    this.#pos += length;
  }

  #fail(message: string): false {
    this.#emit('error', 0, message);
    return false;
  }

  /** Text up to the next action; false at the end of the source. */
  #text(): boolean {
    if (this.#trimsLeft) this.#skip(this.#lengthOf(SPACE));
    this.#trimsLeft = false;
    const open = this.#source.indexOf('{{', this.#pos);
    const end = open < 0 ? this.#source.length : open;
    const text = this.#source.slice(this.#pos, end);
    const isTrimmed = open >= 0 && /^-[ \t\r\n]/.test(this.#source.slice(open + 2, open + 4));
    const kept = isTrimmed ? text.replace(/[ \t\r\n]+$/, '') : text;
    if (kept !== '') this.#emit('text', kept.length);
    this.#skip(text.length - kept.length);
    if (open < 0) return this.#emit('eof', 0) && false;
    const marker = isTrimmed ? 2 : 0;
    if (this.#source.startsWith('/*', this.#pos + 2 + marker)) return this.#comment(2 + marker) && this.#text();
    this.#emit('left', 2);
    this.#skip(marker);
    return true;
  }

  #comment(before: number): boolean {
    const close = this.#source.indexOf('*/', this.#pos + before + 2);
    if (close < 0) return this.#fail('unclosed comment');
    const rest = /^(?:([ \t\r\n]-)?\}\})/.exec(this.#source.slice(close + 2, close + 6));
    if (!rest) return this.#fail('comment ends before closing delimiter');
    this.#skip(close + 2 + rest[0].length - this.#pos);
    this.#trimsLeft = rest[1] !== undefined;
    return true;
  }

  /** The inside of one action; false when it is broken. */
  #action(): boolean {
    this.#parens = 0;
    for (;;) {
      const trim = /[ \t\r\n]/.test(this.#source[this.#pos] ?? '') && this.#source.startsWith('-}}', this.#pos + 1);
      if (trim || this.#source.startsWith('}}', this.#pos)) {
        if (this.#parens > 0) return this.#fail('unclosed left paren');
        this.#skip(trim ? 2 : 0);
        this.#trimsLeft = trim;
        return this.#emit('right', 2);
      }
      if (!this.#word()) return false;
    }
  }

  #word(): boolean {
    const char = String.fromCodePoint(this.#source.codePointAt(this.#pos) ?? 0);
    if (this.#pos >= this.#source.length) return this.#fail('unclosed action');
    if (' \t\r\n'.includes(char)) return this.#space();
    if (char === '=' || char === '|') return this.#emit(char, 1);
    if (char === ':') return this.#source[this.#pos + 1] === '=' ? this.#emit(':=', 2) : this.#fail('expected :=');
    if (char === '(') {
      this.#parens++;
      return this.#emit('(', 1);
    }
    if (char === ')') return --this.#parens < 0 ? this.#fail('unexpected right paren') : this.#emit(')', 1);
    if (char === '"' || char === "'") return this.#quoted(char);
    if (char === '`') return this.#rawQuoted();
    if (char === '$' || (char === '.' && !/^\.[0-9]/.test(this.#source.slice(this.#pos, this.#pos + 2))))
      return this.#fieldOrVariable(char);
    if (/^[-+.0-9]$/.test(char)) return this.#number();
    if (WORD_CHAR.test(char)) return this.#identifier();
    if (/^[!-~]$/.test(char)) return this.#emit('char', 1);
    return this.#fail(`unrecognized character in action: ${unicodeName(char)}`);
  }

  #space(): true {
    const length = this.#lengthOf(SPACE);
    const isBeforeTrim = this.#source.startsWith('-}}', this.#pos + length);
    return this.#emit('space', isBeforeTrim ? length - 1 : length);
  }

  #quoted(mark: string): boolean {
    for (let i = this.#pos + 1; i < this.#source.length && this.#source[i] !== '\n'; i++) {
      if (this.#source[i] === '\\') i++;
      else if (this.#source[i] === mark) return this.#emit(mark === '"' ? 'string' : 'char-constant', i + 1 - this.#pos);
    }
    return this.#fail(mark === '"' ? 'unterminated quoted string' : 'unterminated character constant');
  }

  #rawQuoted(): boolean {
    const close = this.#source.indexOf('`', this.#pos + 1);
    return close < 0 ? this.#fail('unterminated raw quoted string') : this.#emit('raw-string', close + 1 - this.#pos);
  }

  #fieldOrVariable(first: string): boolean {
    const length = 1 + this.#lengthOf(WORD, 1);
    const bad = this.#badTerminator(length);
    if (bad !== undefined) return this.#fail(`bad character ${unicodeName(bad)}`);
    return this.#emit(first === '$' ? 'variable' : length === 1 ? 'dot' : 'field', length);
  }

  #number(): boolean {
    const length = this.#lengthOf(NUMBER);
    const next = this.#source.slice(this.#pos + length, this.#pos + length + 1);
    if (WORD_CHAR.test(next) || length === 0)
      return this.#fail(`bad number syntax: ${quoteGo(this.#source.slice(this.#pos, this.#pos + length + 1))}`);
    return this.#emit('number', length);
  }

  #identifier(): boolean {
    const length = this.#lengthOf(WORD);
    const bad = this.#badTerminator(length);
    if (bad !== undefined) return this.#fail(`bad character ${unicodeName(bad)}`);
    const word = this.#source.slice(this.#pos, this.#pos + length);
    if (word === 'true' || word === 'false') return this.#emit('bool', length);
    return this.#emit(word === 'nil' ? 'nil' : KEYWORDS.has(word) ? 'keyword' : 'identifier', length);
  }

  /** What stands behind a word and may not. */
  #badTerminator(length: number): string | undefined {
    const at = this.#pos + length;
    if (at >= this.#source.length || this.#source.startsWith('}}', at)) return undefined;
    const char = String.fromCodePoint(this.#source.codePointAt(at) as number);
    return ' \t\r\n.,|:)('.includes(char) ? undefined : char;
  }

  #lengthOf(pattern: RegExp, skip = 0): number {
    pattern.lastIndex = this.#pos + skip;
    return pattern.exec(this.#source)?.[0].length ?? 0;
  }
}

/** Go's %#U. */
function unicodeName(char: string): string {
  const code = (char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  return /^[^\p{C}\p{Z}]$|^ $/u.test(char) ? `U+${code} '${char}'` : `U+${code}`;
}
