// Alertmanager's label matchers in both of its syntaxes: the classic one (a regular expression over each part between commas) and the UTF-8
// one (a lexer; quoted names and values). As upstream by default, a text is read by both, and the classic reading wins where they differ.
import { AppError } from '../model/app-error.ts';
import { compileAnchored, type Matcher, type MatchType } from '../model/matcher.ts';
import { configError } from './errors.ts';

const OPERATORS: readonly MatchType[] = ['=~', '!~', '!=', '='];
const RESERVED = /[\s{}!=~,\\"'`]/u;
const CLASSIC = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', '"': '"' };

type Reading = { readonly matchers: readonly Matcher[] } | { readonly fault: AppError };

/** Matchers of a text such as `severity="critical"` or `{team=~"a|b", "région"!="x"}`. Throws AppError `config.bad_matcher`. */
export function parseMatchers(text: string): readonly Matcher[] {
  const classic = read(() => parseClassic(text));
  const modern = read(() => new Utf8Parser(text).parse());
  if ('matchers' in classic) {
    const isSame = 'matchers' in modern && JSON.stringify(modern.matchers) === JSON.stringify(classic.matchers);
    return isSame ? modern.matchers : classic.matchers;
  }
  if ('matchers' in modern) return modern.matchers;
  throw modern.fault;
}

function read(parse: () => readonly Matcher[]): Reading {
  try {
    return { matchers: parse() };
  } catch (error) {
    if (error instanceof AppError) return { fault: error };
    throw error;
  }
}

function checked(name: string, type: MatchType, value: string): Matcher {
  if (type === '=~' || type === '!~') compileAnchored(value);
  return { type, name, value };
}

function bad(text: string, reason: string): AppError {
  return configError('config.bad_matcher', `bad matcher format: ${text}: ${reason} (write name="value"; operators are = != =~ !~)`);
}

function parseClassic(text: string): readonly Matcher[] {
  return splitOutsideQuotes(text.replace(/^\{/, '').replace(/\}$/, '')).map((part) => {
    const match = CLASSIC.exec(part);
    if (!match) throw bad(part, 'not name, operator, value');
    return checked(match[1] ?? '', match[2] as MatchType, unquoteClassic(match[3] ?? '', part));
  });
}

function splitOutsideQuotes(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (character === '\\' && isQuoted) {
      part += character + (text[++i] ?? '');
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    if (character === ',' && !isQuoted) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  // A trailing comma is allowed.
  return part.trim() === '' ? parts : [...parts, part];
}

function unquoteClassic(written: string, part: string): string {
  const startsQuoted = written.startsWith('"');
  const inner = startsQuoted ? written.slice(1) : written;
  let value = '';
  for (let i = 0; i < inner.length; i++) {
    const character = inner[i] as string;
    if (character === '"') {
      if (!startsQuoted || i !== inner.length - 1) throw bad(part, `matcher value contains unescaped double quote: ${written}`);
      return value;
    }
    if (character !== '\\') {
      value += character;
      continue;
    }
    // The classic syntax knows three escapes; any other backslash stays.
    const escaped = inner[++i] ?? '';
    value += escaped === 'n' ? '\n' : escaped === '"' || escaped === '\\' ? escaped : `\\${escaped}`;
  }
  if (startsQuoted) throw bad(part, `matcher value contains unescaped double quote: ${written}`);
  return value;
}

class Utf8Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): readonly Matcher[] {
    const hasBrace = this.#take('{');
    const matchers: Matcher[] = [];
    while (!this.#isAtEnd() && this.#peek() !== '}') {
      matchers.push(this.#matcher());
      if (!this.#take(',')) break;
    }
    if (this.#take('}') !== hasBrace)
      throw bad(this.#text, hasBrace ? 'expected a closing brace' : 'a closing brace without an opening one');
    if (!this.#isAtEnd()) throw bad(this.#text, `unexpected "${this.#text.slice(this.#at)}" at ${this.#at + 1}`);
    return matchers;
  }

  #matcher(): Matcher {
    const name = this.#word('a label name');
    this.#skipSpace();
    const type = OPERATORS.find((operator) => this.#text.startsWith(operator, this.#at));
    if (type === undefined) throw bad(this.#text, `expected an operator at ${this.#at + 1}`);
    this.#at += type.length;
    return checked(name, type, this.#word('a label value'));
  }

  #word(wanted: string): string {
    this.#skipSpace();
    if (this.#text[this.#at] === '"') return this.#quoted();
    const start = this.#at;
    while (this.#at < this.#text.length && !RESERVED.test(this.#text[this.#at] as string)) this.#at++;
    if (this.#at === start) throw bad(this.#text, `expected ${wanted} at ${start + 1}`);
    return this.#text.slice(start, this.#at);
  }

  #quoted(): string {
    let value = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] as string;
      if (character === '"') {
        this.#at++;
        return value;
      }
      value += character === '\\' ? this.#escape() : character;
    }
    throw bad(this.#text, 'missing end quote');
  }

  #escape(): string {
    const rest = this.#text.slice(this.#at + 1);
    const numeric = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
    if (numeric) {
      this.#at += numeric[0].length;
      const codePoint = Number.parseInt(numeric[1] ?? numeric[2] ?? numeric[3] ?? '', 16);
      if (codePoint > 0x10ffff) throw bad(this.#text, `no such character: \\${numeric[0]}`);
      return String.fromCodePoint(codePoint);
    }
    const simple = ESCAPES[rest[0] ?? ''];
    if (simple === undefined) throw bad(this.#text, `invalid escape \\${rest[0] ?? ''}`);
    this.#at++;
    return simple;
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && /\s/u.test(this.#text[this.#at] as string)) this.#at++;
  }

  #peek(): string | undefined {
    this.#skipSpace();
    return this.#text[this.#at];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #isAtEnd(): boolean {
    return this.#peek() === undefined;
  }
}
