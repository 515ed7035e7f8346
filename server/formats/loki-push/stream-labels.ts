// The labels of a stream as text, `{app="api", env="prod"}`: PromQL's notation of a metric.
import type { AppError } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import { lokiPushError } from './errors.ts';

const MAX_SHOWN = 1_000;
// More than the most labels of the longest names and values need.
const MAX_LENGTH = 100_000;
const SPACE = /[ \t\r\n]*/y;
const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED = /"([^"\\\n]*(?:\\.[^"\\\n]*)*)"|'([^'\\\n]*(?:\\.[^'\\\n]*)*)'|`([^`]*)`/y;
const ESCAPE = /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|[\s\S])/g;
const ESCAPED: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const ANY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Reads `{name="value", …}`. Throws AppError `loki_push.bad_labels` with Loki's text and the place. */
export function parseStreamLabels(text: string): Labels {
  if (text.length > MAX_LENGTH) throw badLabels(text, MAX_LENGTH, `more than ${MAX_LENGTH} characters of labels`);
  const scanner = new Scanner(text);
  const pairs = new Map<string, string>();
  scanner.expect('{');
  while (!scanner.takes('}')) {
    const name = scanner.name();
    scanner.expect('=');
    const value = scanner.value();
    if (pairs.has(name)) throw duplicateName(text, name);
    pairs.set(name, value);
    if (scanner.takes(',')) continue;
    scanner.expect('}', '"," or "}"');
    break;
  }
  scanner.end();
  return Labels.fromEntries(pairs);
}

/** The labels of a JSON object. Throws AppError `loki_push.bad_labels` when a name is none that Loki takes. */
export function labelsOfEntries(entries: readonly (readonly [string, string])[]): Labels {
  for (const [name] of entries) {
    if (ANY_NAME.test(name)) continue;
    const text = `{${entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(', ')}}`;
    const at = text.indexOf(`${name}=`) + (/^[a-zA-Z_][a-zA-Z0-9_]*/.exec(name)?.[0].length ?? 0);
    throw badLabels(text, at, `unexpected ${shown(text, at)} in label set, expected a name of letters, digits and _`);
  }
  return Labels.fromEntries(entries);
}

/** Loki's notation of a label set for messages: `{app="api", env="prod"}`. */
export function formatStreamLabels(labels: Labels): string {
  const pairs: string[] = [];
  for (const [name, value] of labels) pairs.push(`${name}=${JSON.stringify(value)}`);
  return shortened(`{${pairs.join(', ')}}`);
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  takes(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  expect(char: string, expected = `"${char}"`): void {
    if (!this.takes(char)) throw this.#unexpected(expected);
  }

  name(): string {
    this.#skipSpace();
    const name = this.#take(NAME)?.[0];
    if (name === undefined) throw this.#unexpected('a label name or "}"');
    return name;
  }

  value(): string {
    this.#skipSpace();
    const at = this.#at;
    const match = this.#take(QUOTED);
    if (!match) throw this.#unexpected('a quoted value');
    const [, double, single, raw] = match;
    if (raw !== undefined) return raw;
    const inner = double ?? single ?? '';
    if (!inner.includes('\\')) return inner;
    return inner.replace(ESCAPE, (whole, letter?: string, byte?: string, u4?: string, u8?: string, octal?: string) => {
      if (letter !== undefined) return ESCAPED[letter] ?? letter;
      const code = Number.parseInt(byte ?? u4 ?? u8 ?? octal ?? '', octal === undefined ? 16 : 8);
      if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff))
        throw badLabels(this.#text, at, `invalid escape ${JSON.stringify(whole)} in a value`);
      return String.fromCodePoint(code);
    });
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #unexpected(expected: string): AppError {
    return badLabels(this.#text, this.#at, `unexpected ${shown(this.#text, this.#at)} in label set, expected ${expected}`);
  }
}

function shown(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? 'end of input' : JSON.stringify(String.fromCodePoint(code));
}

function badLabels(text: string, at: number, problem: string): AppError {
  const before = text.slice(0, at);
  const place = `${before.split('\n').length}:${at - before.lastIndexOf('\n')}`;
  return lokiPushError('loki_push.bad_labels', `Error parsing labels '${shortened(text)}' with error: ${place}: parse error: ${problem}`);
}

function duplicateName(text: string, name: string): AppError {
  return lokiPushError('loki_push.bad_labels', `stream '${shortened(text)}' has duplicate label name: '${name}'`);
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
