import { unescapeGo } from '../model/go-unquote.ts';
import { templateError } from './errors.ts';

const SHORT: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};
const PRINTABLE = /^[^\p{C}\p{Z}]$/u;

/** Go's strconv.Quote, with `"` or for characters `'` around it. */
export function quoteGo(text: string, mark: '"' | "'" = '"'): string {
  let out = mark as string;
  for (const char of text) {
    if (char === mark) out += `\\${char}`;
    else if (SHORT[char] !== undefined) out += SHORT[char];
    else if (char === ' ' || PRINTABLE.test(char)) out += char;
    else out += hexEscape(char.codePointAt(0) as number);
  }
  return out + mark;
}

function hexEscape(code: number): string {
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The text of a quoted Go constant: "…", `…` or '…'. Throws AppError `template.parse` with Go's `invalid syntax`. */
export function unquoteGo(quoted: string): string {
  const mark = quoted[0] as string;
  const body = quoted.slice(1, -1);
  if (mark === '`') return body.replaceAll('\r', '');
  return unescapeGo(body, mark === "'" ? "'" : '"', () => templateError('template.parse', 'invalid syntax'));
}
