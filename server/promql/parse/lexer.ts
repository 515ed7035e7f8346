import { parseGoString } from '../../model/go-string.ts';
import { parseError } from './position.ts';
import { quote, quoteChar } from './quote.ts';
import { type Token, type TokenKind, wordKind } from './token.ts';

type Mode = 'statement' | 'braces' | 'duration';

const SIGNS_BEFORE_DURATION = new Set(['+', '-', '*', '/', '%', '^']);
const SINGLE_OPERATORS = new Set([...SIGNS_BEFORE_DURATION, '==', '!=', '<=', '>=', '<', '>', '</', '>/']);
/** What Go shows for a character that is not there. */
const NO_CHARACTER = '\ufffd';

/** Functions of duration expressions; inside brackets these words are nothing else. */
const DURATION_FUNCTION = /(?:step|range|min_of|max_of|min|max)(?=[ \t\n\r]*\()/y;

/**
 * Cuts a query into tokens on demand. `next` throws `promql.parse` at text that is no token; after the last it answers `end`.
 * Inside brackets it is as odd as upstream's: until the first number only what can start a duration is let through, and after
 * that any letter is the colon of a subquery.
 */
export class Lexer {
  readonly #input: string;
  readonly #knowsDurationFunctions: boolean;
  #pos = 0;
  #mode: Mode = 'statement';
  #parenDepth = 0;
  #isBracketOpen = false;
  #hasColon = false;
  /** In any bracket so far: upstream does not forget it. */
  #hasDuration = false;

  constructor(input: string, knowsDurationFunctions = false) {
    this.#input = input;
    this.#knowsDurationFunctions = knowsDurationFunctions;
  }

  next(): Token {
    this.#skipSpace();
    if (this.#mode === 'braces') return this.#nextInBraces();
    if (this.#mode === 'duration') return this.#nextAfterBracket();
    return this.#nextInStatement();
  }

  #nextInStatement(): Token {
    const start = this.#pos;
    const char = this.#input[start];
    if (char === undefined) return this.#end();
    if (this.#isNumberHere()) return this.#number();
    if (char === '"' || char === "'" || char === '`') return this.#string();
    if (isLetter(char) || char === ':') return this.#isBracketOpen ? this.#colon(char) : this.#word();
    const pair = this.#input.slice(start, start + 2);
    if (SINGLE_OPERATORS.has(pair)) return this.#token('operator', pair);
    if (SINGLE_OPERATORS.has(char)) return this.#token('operator', char);
    if (char === '=' || char === '!') return this.#equalsOrFail(char);
    return this.#punctuation(char);
  }

  #equalsOrFail(char: string): Token {
    const following = this.#charAt(this.#pos + 1) ?? NO_CHARACTER;
    if (char === '=' && following !== '~') return this.#token('=', '=');
    throw this.#fail(this.#pos, `unexpected character after '${char}': ${quoteChar(following)}`);
  }

  #punctuation(char: string): Token {
    switch (char) {
      case '(':
        this.#parenDepth++;
        return this.#token('(', char);
      case ')': {
        const token = this.#token(')', char);
        if (--this.#parenDepth < 0) throw this.#fail(this.#pos, "unexpected right parenthesis ')'");
        return token;
      }
      case '{':
        this.#mode = 'braces';
        return this.#token('{', char);
      case '[':
        if (this.#isBracketOpen) throw this.#fail(this.#pos, "unexpected left bracket '['");
        this.#isBracketOpen = true;
        this.#hasColon = false;
        this.#mode = 'duration';
        return this.#token('[', char);
      case ']':
        if (!this.#isBracketOpen) throw this.#fail(this.#pos, "unexpected right bracket ']'");
        this.#isBracketOpen = false;
        return this.#token(']', char);
      case ',':
      case '@':
        return this.#token(char, char);
      default:
        throw this.#fail(this.#pos, `unexpected character: ${quoteChar(this.#charAt(this.#pos) as string)}`);
    }
  }

  #colon(char: string): Token {
    const word = this.#durationFunction();
    if (word) return word;
    if (this.#hasColon) throw this.#fail(this.#pos, `unexpected colon ${quoteChar(char)}`);
    this.#hasColon = true;
    return this.#token(':', char);
  }

  #durationFunction(): Token | undefined {
    const word = this.#knowsDurationFunctions ? this.#match(DURATION_FUNCTION) : '';
    return word === '' ? undefined : this.#token('identifier', word);
  }

  /** A token between `[` and the first number. */
  #nextAfterBracket(): Token {
    const char = this.#input[this.#pos];
    if (char === undefined) throw this.#fail(this.#pos, 'unexpected end of input in duration expression');
    if (char === ':') return this.#colonBeforeDuration();
    if (SIGNS_BEFORE_DURATION.has(char)) return this.#token('operator', char);
    const word = this.#durationFunction();
    if (!word && char !== '(' && char !== ')' && char !== ']' && !this.#isNumberHere())
      throw this.#fail(this.#pos, `unexpected character in duration expression: ${quoteChar(this.#charAt(this.#pos) as string)}`);
    if (char !== '(' && char !== ')') this.#mode = 'statement';
    if (this.#isNumberHere()) this.#hasDuration = true;
    return word ?? this.#nextInStatement();
  }

  #colonBeforeDuration(): Token {
    if (!this.#hasDuration) throw this.#fail(this.#pos + 1, 'unexpected colon before duration in duration expression');
    if (this.#hasColon) throw this.#fail(this.#pos + 1, 'unexpected repeated colon in duration expression');
    this.#hasColon = true;
    return this.#token(':', ':');
  }

  #isNumberHere(): boolean {
    const char = this.#input[this.#pos];
    return isDigit(char) || (char === '.' && isDigit(this.#input[this.#pos + 1]));
  }

  #nextInBraces(): Token {
    const start = this.#pos;
    const char = this.#input[start];
    if (char === undefined) throw this.#fail(start, 'unexpected end of input inside braces');
    if (isLetter(char)) return this.#token('identifier', this.#match(/[A-Za-z0-9_]+/y));
    if (char === '"' || char === "'" || char === '`') return this.#string();
    if (char === ',') return this.#token(',', char);
    const pair = this.#input.slice(start, start + 2);
    if (pair === '=~' || pair === '!~' || pair === '!=') return this.#token('operator', pair);
    if (char === '=') return this.#token('=', char);
    if (char === '!') {
      const following = this.#charAt(start + 1) ?? NO_CHARACTER;
      throw this.#fail(start, `unexpected character after '!' inside braces: ${quoteChar(following)}`);
    }
    if (char === '}') {
      this.#mode = 'statement';
      return this.#token('}', char);
    }
    if (char === '{') throw this.#fail(start, "unexpected left brace '{'");
    throw this.#fail(start, `unexpected character inside braces: ${quoteChar(this.#charAt(start) as string)}`);
  }

  #number(): Token {
    const start = this.#pos;
    const number = scanNumber(this.#input, start);
    if (number.isValid) return this.#token('number', this.#input.slice(start, number.end));
    const rest = this.#match(/[smhdwy]s?(?:\d+[smhdw]s?)*\d*/y, number.end);
    const end = number.end + rest.length;
    const endsInDigits = isDigit(rest.at(-1));
    if (rest !== '' && !endsInDigits && !isWordChar(this.#input[end])) return this.#token('duration', this.#input.slice(start, end));
    const shown = rest === '' || endsInDigits ? end : end + 1;
    throw this.#fail(start, `bad number or duration syntax: ${quote(this.#input.slice(start, shown))}`);
  }

  #string(): Token {
    const start = this.#pos;
    const literal = parseGoString(this.#input, start);
    if (literal.problem !== undefined) throw this.#fail(start, literal.problem);
    this.#pos = literal.value.end;
    const { text: name, raw } = literal.value;
    return { kind: 'string', name, raw, text: this.#input.slice(start, this.#pos), start, end: this.#pos };
  }

  #word(): Token {
    const word = this.#match(/[A-Za-z0-9_:]+/y);
    return this.#token(wordKind(word), word);
  }

  #end(): Token {
    if (this.#parenDepth > 0) throw this.#fail(this.#pos, 'unclosed left parenthesis');
    if (this.#isBracketOpen) throw this.#fail(this.#pos, 'unclosed left bracket');
    return { kind: 'end', name: 'end', text: '', start: this.#pos, end: this.#pos };
  }

  #token(kind: TokenKind, text: string): Token {
    const start = this.#pos;
    this.#pos += text.length;
    return { kind, name: text.toLowerCase(), text, start, end: this.#pos };
  }

  #match(pattern: RegExp, at: number = this.#pos): string {
    pattern.lastIndex = at;
    return pattern.exec(this.#input)?.[0] ?? '';
  }

  /** A `#` after a bracket begins no comment. */
  #skipSpace(): void {
    this.#pos += this.#match(this.#mode === 'duration' ? /[ \t\n\r]*/y : /(?:[ \t\n\r]+|#[^\n\r]*)*/y).length;
  }

  #charAt(at: number): string | undefined {
    const code = this.#input.codePointAt(at);
    return code === undefined ? undefined : String.fromCodePoint(code);
  }

  #fail(offset: number, message: string): Error {
    return parseError(this.#input, offset, message);
  }
}

/**
 * Where the number at `start` ends, and whether it is one: what upstream's lexer lets through, some of which then cannot be read.
 * An invalid one ends where the syntax broke.
 */
function scanNumber(input: string, start: number): { readonly end: number; readonly isValid: boolean } {
  const isHex = /^0[xX]/.test(input.slice(start, start + 2));
  const digit = isHex ? /[0-9a-fA-F]/ : /[0-9]/;
  const isOneOf = (chars: string, at: number) => input[at] !== undefined && chars.includes(input[at] as string);
  let i = start + (isHex ? 2 : input[start] === '0' ? 1 : 0);
  if (isHex && input[i] === '_') i++;
  // A point in front, be it after a zero, does not count as the one point.
  if (input[i] === '.') i++;
  if (digit.test(input[i] ?? '')) i++;
  let hasPoint = false;
  let hasExponent = false;
  for (; ; i++) {
    const char = input[i] ?? '';
    if (char === '.') {
      if (!hasPoint && isOneOf('_.', i + 1)) return { end: i + 2, isValid: false };
      if (hasPoint || isHex) return { end: i + 1, isValid: false };
      hasPoint = true;
    } else if (char === 'e' || char === 'E') {
      if (hasExponent) return { end: i + 1, isValid: false };
      hasExponent = true;
      if (isOneOf('+-', i + 1)) i++;
      if (isOneOf('._eE', i + 1)) return { end: i + 2, isValid: false };
      if (i + 1 === input.length) return { end: i + 1, isValid: false };
    } else if (char === '_') {
      if (isOneOf('._eE', i + 1)) return { end: i + 2, isValid: false };
      if (i + 1 === input.length) return { end: i + 1, isValid: false };
    } else if (!digit.test(char)) break;
    else while (digit.test(input[i + 1] ?? '')) i++;
  }
  return { end: i, isValid: !isWordChar(input[i]) };
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function isLetter(char: string): boolean {
  return /[A-Za-z_]/.test(char);
}

function isWordChar(char: string | undefined): boolean {
  return char !== undefined && /[A-Za-z0-9_]/.test(char);
}
