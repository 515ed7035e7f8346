const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON.stringify with the escapes of Go's encoder, because clients and tests of upstream's programs compare bytes. */
export function toGoJson(value: unknown): string {
  // These characters occur only inside strings.
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => ESCAPES[char] as string);
}
