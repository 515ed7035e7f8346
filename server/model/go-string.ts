// String literals as Go writes them, which PromQL and LogQL share. Texts of errors are Prometheus'.
import { isUtf8 } from 'node:buffer';

/** What a notation means, or why it is none. */
export type Literal<T> = { readonly value: T; readonly problem?: undefined } | { readonly problem: string };

const SIMPLE_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 92],
]);

export interface GoString {
  /** Bytes that are no UTF-8 are replaced. */
  readonly text: string;
  /** The offset after it. */
  readonly end: number;
  /** Where there are such bytes: the text with each of them as a lone surrogate from U+DC80 to U+DCFF. */
  readonly raw?: string;
}

/** The value of the string literal that starts at `start` with a quote. */
export function parseGoString(input: string, start: number): Literal<GoString> {
  const mark = input[start] as string;
  if (mark === '`') {
    const end = input.indexOf('`', start + 1);
    return end < 0 ? { problem: 'unterminated raw string' } : { value: { text: input.slice(start + 1, end), end: end + 1 } };
  }
  const bytes: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let from = start + 1;
  for (let i = from; ; ) {
    const char = input[i];
    if (char === undefined || char === '\n') return { problem: 'unterminated quoted string' };
    if (char !== mark && char !== '\\') {
      i++;
      continue;
    }
    bytes.push(encoder.encode(input.slice(from, i)));
    if (char === mark) return { value: { ...textOf(concat(bytes)), end: i + 1 } };
    const escaped = parseEscape(input, i + 1, mark);
    if (escaped.problem !== undefined) return escaped;
    bytes.push(escaped.value.bytes);
    i = escaped.value.end;
    from = i;
  }
}

function textOf(bytes: Uint8Array): Pick<GoString, 'text' | 'raw'> {
  const whole = decoded(bytes, 0, bytes.length);
  if (whole !== undefined) return { text: whole };
  const [text, raw] = [[] as string[], [] as string[]];
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((size) => at + size <= bytes.length && decoded(bytes, at, at + size) !== undefined);
    const char = length === undefined ? undefined : decoded(bytes, at, at + length);
    text.push(char ?? '\ufffd');
    raw.push(char ?? String.fromCharCode(0xdc00 + (bytes[at] as number)));
    at += length ?? 1;
  }
  return { text: text.join(''), raw: raw.join('') };
}

function decoded(bytes: Uint8Array, from: number, to: number): string | undefined {
  const part = Buffer.from(bytes.subarray(from, to));
  return isUtf8(part) ? part.toString('utf8') : undefined;
}

function parseEscape(input: string, at: number, mark: string): Literal<{ readonly bytes: Uint8Array; readonly end: number }> {
  const char = input[at];
  if (char === undefined) return { problem: 'escape sequence not terminated' };
  const simple = char === mark ? mark.charCodeAt(0) : SIMPLE_ESCAPES.get(char);
  if (simple !== undefined) return { value: { bytes: Uint8Array.of(simple), end: at + 1 } };
  if (char >= '0' && char <= '7') return parseCode(input, at, 3, 8);
  if (char === 'x') return parseCode(input, at + 1, 2, 16);
  if (char === 'u') return parseCode(input, at + 1, 4, 16);
  if (char === 'U') return parseCode(input, at + 1, 8, 16);
  return { problem: `unknown escape sequence ${unicodeName(input, at)}` };
}

/** `length` digits; two or three digits are a byte, more are a code point. */
function parseCode(input: string, at: number, length: number, base: number): Literal<{ readonly bytes: Uint8Array; readonly end: number }> {
  let code = 0;
  for (let i = at; i < at + length; i++) {
    const char = input[i];
    if (char === undefined) return { problem: 'escape sequence not terminated' };
    const digit = Number.parseInt(char, base);
    if (Number.isNaN(digit)) return { problem: `illegal character ${unicodeName(input, i)} in escape sequence` };
    code = code * base + digit;
  }
  if (code > (length <= 3 ? 0xff : 0x10ffff) || (code >= 0xd800 && code < 0xe000))
    return { problem: 'escape sequence is an invalid Unicode code point' };
  const bytes = length <= 3 ? Uint8Array.of(code) : new TextEncoder().encode(String.fromCodePoint(code));
  return { value: { bytes, end: at + length } };
}

/** Go's `%#U`: U+007A 'z'. */
function unicodeName(input: string, at: number): string {
  const code = input.codePointAt(at) as number;
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  return code < 0x20 || code === 0x7f ? `U+${hex}` : `U+${hex} '${String.fromCodePoint(code)}'`;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
