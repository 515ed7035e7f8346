// Steps over JSON text without building values. As lenient as the scanner of Loki's parser: what lies inside arrays is only matched
// by bracket, a comma may stand before a closing brace, and numbers are not checked beyond their first character.

export const JSON_ERRORS = {
  json: 'Malformed JSON error',
  string: `Value is string, but can't find closing '"' symbol`,
  array: "Value is array, but can't find closing ']' symbol",
  object: "Value looks like object, but can't find closing '}' symbol",
  value: "Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol",
  type: 'Unknown value type',
  escape: 'Encountered an invalid escape sequence in a string',
} as const;

const QUOTE = 34;
const BACKSLASH = 92;

/** The offset of the first character from `at` that is no white space; the length of the line when there is none. */
export function skipSpace(line: string, at: number): number {
  let i = at;
  for (; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break;
  }
  return i;
}

/** The offset of the quote that closes the string whose text begins at `from`; -1 when there is none. */
export function stringEnd(line: string, from: number): number {
  let end = line.indexOf('"', from);
  while (end > from && line.charCodeAt(end - 1) === BACKSLASH) {
    let first = end - 1;
    while (first > from && line.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
    end = line.indexOf('"', end + 1);
  }
  return end;
}

/** The offset behind the bracket that closes the one at `at`, `{` or `[`; -1 when there is none. */
export function blockEnd(line: string, at: number): number {
  const open = line.charCodeAt(at);
  const close = open + 2;
  let level = 0;
  for (let i = at; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === QUOTE) {
      i = stringEnd(line, i + 1);
      if (i < 0) return -1;
    } else if (code === open) level++;
    else if (code === close && --level === 0) return i + 1;
  }
  return -1;
}

/** The offset behind a number, boolean or null at `at`; -1 when the line ends there. */
export function scalarEnd(line: string, at: number): number {
  for (let i = at; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === 44 || code === 125 || code === 93 || code === 32 || code === 10 || code === 13 || code === 9) return i;
  }
  return -1;
}

/** The text of a number or boolean, '' for null, undefined for what is no value. */
export function scalarText(text: string): string | undefined {
  const code = text.charCodeAt(0);
  if ((code >= 48 && code <= 57) || code === 45 || text === 'true' || text === 'false') return text;
  return text === 'null' ? '' : undefined;
}

/** The text that stands between the quotes of a JSON string; undefined for escapes that there are not. */
export function unescapeJson(raw: string): string | undefined {
  if (!raw.includes('\\')) return raw;
  try {
    // A control character is no JSON, but lenient readers take it.
    return JSON.parse(`"${raw.replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`) as string;
  } catch {
    return undefined;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
const CONTROL = /[\u0000-\u001f]/g;
