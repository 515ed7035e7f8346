// Steps through the pairs of a logfmt line: `key=value`, `key="quoted \" value"`, `key`. Texts are cut out only when asked for.
import { stringEnd, unescapeJson } from './json-scan.ts';

export class LogfmtScan {
  /** Whether the pair begins with what `next` was told to expect. */
  isExpected = false;
  /** What was wrong with the pair that `next` stopped at, '' when nothing was. */
  error = '';
  #line = '';
  #at = 0;
  #keyStart = 0;
  #keyEnd = 0;
  #valueStart = 0;
  #valueEnd = 0;
  #unescaped: string | undefined;

  begin(line: string): void {
    this.#line = line;
    this.#at = 0;
    this.error = '';
  }

  get key(): string {
    return this.#line.slice(this.#keyStart, this.#keyEnd);
  }

  get value(): string {
    return this.#unescaped ?? this.#line.slice(this.#valueStart, this.#valueEnd);
  }

  get hasValue(): boolean {
    return this.#unescaped === undefined ? this.#valueEnd > this.#valueStart : this.#unescaped !== '';
  }

  /**
   * Reads one pair; `expected` is the key and equals sign of a likely one, or ''. False: there is none any more, or (see `error`) it
   * cannot be read; the next call goes on behind it.
   */
  next(expected: string): boolean {
    const line = this.#line;
    let at = this.#at;
    this.error = '';
    this.#unescaped = undefined;
    while (at < line.length && line.charCodeAt(at) <= 32) at++;
    this.isExpected = expected !== '' && line.startsWith(expected, at);
    if (this.isExpected) return this.#value(at + expected.length);
    const start = at;
    for (; at < line.length; at++) {
      const code = line.charCodeAt(at);
      if (code === 34) return this.#unexpected(at);
      if (code === 61 || code <= 32) break;
    }
    this.#at = at;
    const isPair = line.charCodeAt(at) === 61;
    if (at === start) return isPair && this.#unexpected(at);
    this.#keyStart = start;
    this.#keyEnd = at;
    this.#valueStart = this.#valueEnd = at;
    return !isPair || this.#value(at + 1);
  }

  #value(start: number): boolean {
    const line = this.#line;
    let at = start;
    for (; at < line.length; at++) {
      const code = line.charCodeAt(at);
      if (code === 34 && at === start) return this.#quoted(start);
      if (code === 61 || code === 34) return this.#unexpected(at);
      if (code <= 32) break;
    }
    this.#valueStart = start;
    this.#valueEnd = this.#at = at;
    return true;
  }

  #quoted(start: number): boolean {
    const line = this.#line;
    const end = stringEnd(line, start + 1);
    if (end < 0) {
      this.#at = line.length;
      return this.#fail(line.length, 'unterminated quoted value');
    }
    this.#valueStart = start + 1;
    this.#valueEnd = end;
    this.#at = end + 1;
    const backslash = line.indexOf('\\', start);
    if (backslash < 0 || backslash > end) return true;
    this.#unescaped = unescapeJson(line.slice(start + 1, end));
    return this.#unescaped !== undefined || this.#fail(end + 1, 'invalid quoted value');
  }

  /** Goes on at the next space. */
  #unexpected(at: number): false {
    const line = this.#line;
    let end = at;
    while (end < line.length && line.charCodeAt(end) > 32) end++;
    this.#at = end;
    return this.#fail(at, `unexpected '${line[at]}'`);
  }

  #fail(at: number, problem: string): false {
    this.error = `logfmt syntax error at pos ${at + 1} on line 1: ${problem}`;
    return false;
  }
}
