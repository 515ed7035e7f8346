// Steps through the pairs of a logfmt line: `key=value`, `key="quoted \" value"`, `key`.
import { unescapeJson } from './json-scan.ts';

export class LogfmtScan {
  key = '';
  value = '';
  /** What was wrong with the pair that `next` stopped at, '' when nothing was. */
  error = '';
  #line = '';
  #at = 0;

  begin(line: string): void {
    this.#line = line;
    this.#at = 0;
    this.error = '';
  }

  /** Reads one pair. False: there is none any more, or (see `error`) it cannot be read; the next call goes on behind it. */
  next(): boolean {
    const line = this.#line;
    let at = this.#at;
    this.error = '';
    while (at < line.length && line.charCodeAt(at) <= 32) at++;
    const start = at;
    for (; at < line.length; at++) {
      const code = line.charCodeAt(at);
      if (code === 34) return this.#unexpected(at);
      if (code === 61 || code <= 32) break;
    }
    this.#at = at;
    if (at >= line.length && at === start) return false;
    if (line.charCodeAt(at) === 61 && at === start) return this.#unexpected(at);
    this.key = line.slice(start, at);
    this.value = '';
    return line.charCodeAt(at) !== 61 || this.#value(at + 1);
  }

  #value(start: number): boolean {
    const line = this.#line;
    if (line.charCodeAt(start) === 34) return this.#quoted(start);
    let at = start;
    for (; at < line.length; at++) {
      const code = line.charCodeAt(at);
      if (code === 61 || code === 34) return this.#unexpected(at);
      if (code <= 32) break;
    }
    this.value = line.slice(start, at);
    this.#at = at;
    return true;
  }

  #quoted(start: number): boolean {
    const line = this.#line;
    let hasEscape = false;
    for (let at = start + 1; at < line.length; at++) {
      const code = line.charCodeAt(at);
      if (code === 92) {
        hasEscape = true;
        at++;
      } else if (code === 34) {
        const raw = line.slice(start + 1, at);
        const value = hasEscape ? unescapeJson(raw) : raw;
        this.#at = at + 1;
        if (value === undefined) return this.#fail(at + 1, 'invalid quoted value');
        this.value = value;
        return true;
      }
    }
    this.#at = line.length;
    return this.#fail(line.length, 'unterminated quoted value');
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
