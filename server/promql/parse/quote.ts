const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
]);

/** Quotes text as Go's `%q` does, so that messages and formatted expressions read as upstream's. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) out += char === '"' ? '\\"' : escapeChar(char);
  return `${out}"`;
}

/** Quotes one character as Go's `%q` of a rune does. */
export function quoteChar(char: string): string {
  return char === "'" ? `'\\''` : `'${escapeChar(char)}'`;
}

function escapeChar(char: string): string {
  const short = SHORT_ESCAPES.get(char);
  if (short !== undefined) return short;
  const code = char.codePointAt(0) as number;
  // A byte that is no UTF-8, as in GoString.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u.test(char) || (/\p{Zs}/u.test(char) && char !== ' '))
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  return char;
}
