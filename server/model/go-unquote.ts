const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const ESCAPE = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/;
const LONGEST_ESCAPE = 10;

/**
 * What stands between two `mark`s of a Go constant, its escapes replaced: in texts `\x` and octal ones are single bytes of UTF-8, all others
 * are characters. `fail` makes the error of an escape that Go does not know.
 */
export function unescapeGo(text: string, mark: '"' | "'", fail: (found: string) => Error): string {
  if (!text.includes('\\')) return text;
  const parts: Buffer[] = [];
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\\', at);
    parts.push(Buffer.from(text.slice(at, next < 0 ? undefined : next)));
    if (next < 0) break;
    const [all = '\\', x, u, U, octal, simple = ''] = ESCAPE.exec(text.slice(next, next + LONGEST_ESCAPE)) ?? [];
    const byte = x !== undefined ? Number.parseInt(x, 16) : octal !== undefined ? Number.parseInt(octal, 8) : undefined;
    const hex = u ?? U;
    const character = byte === undefined ? characterOf(hex === undefined ? undefined : Number.parseInt(hex, 16), simple, mark) : undefined;
    if (byte !== undefined && byte <= 0xff) parts.push(mark === '"' ? Buffer.of(byte) : Buffer.from(String.fromCodePoint(byte)));
    else if (character !== undefined) parts.push(Buffer.from(character));
    else throw fail(all);
    at = next + all.length;
  }
  return Buffer.concat(parts).toString('utf8');
}

function characterOf(code: number | undefined, simple: string, mark: string): string | undefined {
  const isOtherMark = (simple === '"' || simple === "'") && simple !== mark;
  if (code === undefined) return isOtherMark ? undefined : SIMPLE[simple];
  return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code);
}
