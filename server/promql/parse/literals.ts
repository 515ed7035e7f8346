// The notations of numbers, durations and strings. Texts of errors are upstream's.

/** What a notation means, or why it is none. */
export type Literal<T> = { readonly value: T; readonly problem?: undefined } | { readonly problem: string };

/** A number: decimal, hexadecimal, octal (a leading 0), with underscores, `inf` or `nan`. */
export function parseNumber(text: string): Literal<number> {
  const lower = text.toLowerCase();
  if (lower === 'inf' || lower === '+inf') return { value: Number.POSITIVE_INFINITY };
  if (lower === 'nan') return { value: Number.NaN };
  const digits = lower.replaceAll('_', '');
  if (/^0[0-7]+$/.test(digits)) return { value: Number(`0o${digits.slice(1)}`) };
  const isNumber = /^0x[0-9a-f]+$/.test(digits) || /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits);
  const value = isNumber ? Number(digits) : Number.NaN;
  if (Number.isFinite(value)) return { value };
  const reason = isNumber ? 'value out of range' : 'invalid syntax';
  return { problem: `error parsing number: strconv.ParseFloat: parsing "${text}": ${reason}` };
}

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];
/** The longest duration: 2^63 ns, as in Go. */
const MAX_DURATION_MS = 9_223_372_036_854.775;
const OUT_OF_RANGE = 'duration out of range';

/** Milliseconds of a duration such as `1h30m`; units go from large to small. */
export function parseDuration(text: string): Literal<number> {
  let totalMs = 0;
  let lastUnit = -1;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)([^\d]*)/g)) {
    const index = UNITS.findIndex(([name]) => name === unit);
    if (unit === '') return { problem: `not a valid duration string: "${text}"` };
    if (index < 0) return { problem: `unknown unit "${unit}" in duration "${text}"` };
    if (index <= lastUnit) return { problem: `not a valid duration string: "${text}"` };
    lastUnit = index;
    totalMs += Number(count) * (UNITS[index]?.[1] ?? 0);
    if (totalMs > MAX_DURATION_MS) return { problem: OUT_OF_RANGE };
  }
  return { value: totalMs };
}

/** Milliseconds of a number of seconds used as a duration; rounded to nanoseconds, then cut to milliseconds as upstream does. */
export function secondsToDuration(seconds: number): Literal<number> {
  if (!(Math.abs(seconds) * 1000 <= MAX_DURATION_MS)) return { problem: OUT_OF_RANGE };
  return { value: Math.trunc(Math.round(seconds * 1e9) / 1e6) };
}

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

/** The value of the string literal that starts at `start` with a quote, and the offset after it. */
export function parseString(input: string, start: number): Literal<{ readonly text: string; readonly end: number }> {
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
    if (char === mark) return { value: { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(concat(bytes)), end: i + 1 } };
    const escaped = parseEscape(input, i + 1, mark);
    if (escaped.problem !== undefined) return escaped;
    bytes.push(escaped.value.bytes);
    i = escaped.value.end;
    from = i;
  }
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
