const SHORT: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};
const NUMERIC: readonly (readonly [prefix: string, pattern: RegExp, radix: number])[] = [
  ['x', /x([0-9a-fA-F]{2})/y, 16],
  ['u', /u([0-9a-fA-F]{4})/y, 16],
  ['U', /U([0-9a-fA-F]{8})/y, 16],
  ['0', /([0-7]{3})/y, 8],
];
const MAX_CODE_POINT = 0x10ffff;

/** What was read from a string literal, or what is wrong with it. */
export type StringLiteral = { readonly value: string; readonly end: number } | { readonly problem: string; readonly at: number };

/** Reads Go's string literal at `start`: "…" with escapes, or `…` without. */
export function readString(query: string, start: number): StringLiteral {
  const quote = query[start];
  if (quote === '`') {
    const close = query.indexOf('`', start + 1);
    if (close < 0) return { problem: 'this string is not closed: ` is missing', at: start };
    return { value: query.slice(start + 1, close), end: close + 1 };
  }
  let value = '';
  let at = start + 1;
  for (;;) {
    const char = query[at];
    if (char === undefined || char === '\n') return { problem: 'this string is not closed: " is missing', at: start };
    if (char === '"') return { value, end: at + 1 };
    if (char !== '\\') {
      value += char;
      at++;
      continue;
    }
    const escaped = readEscape(query, at + 1);
    if (!escaped) return { problem: `unknown escape sequence ${JSON.stringify(query.slice(at, at + 2))} in a string`, at };
    value += escaped.value;
    at = escaped.end;
  }
}

function readEscape(query: string, at: number): { readonly value: string; readonly end: number } | undefined {
  const short = SHORT[query[at] ?? ''];
  if (short !== undefined) return { value: short, end: at + 1 };
  for (const [, pattern, radix] of NUMERIC) {
    pattern.lastIndex = at;
    const match = pattern.exec(query);
    if (!match) continue;
    const code = Number.parseInt(match[1] as string, radix);
    return code > MAX_CODE_POINT ? undefined : { value: String.fromCodePoint(code), end: at + match[0].length };
  }
  return undefined;
}
