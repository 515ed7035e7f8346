// Where an error of the server lies in the text: Prometheus' "1:7: parse error: …" or Loki's "parse error at line 1, col 7: …", both from 1,
// columns in bytes of UTF-8 unless it is said otherwise.

/** A half-open range of UTF-16 offsets. */
export interface TextSpan {
  readonly from: number;
  readonly to: number;
}

/** The message without the parameter that the server names first, and the span that it points at, if it points at one. */
export interface PlacedError {
  readonly message: string;
  readonly span?: TextSpan;
}

const PLACED = /^(?:invalid parameter "query": )?((\d+):(\d+): .*)$/s;
const PLACED_BY_LOKI = /^(?:invalid parameter "query": )?(.*?\bline (\d+), col (\d+)\b.*)$/s;
const TOKEN = /[\p{L}\p{N}_:.]+|[=!<>~]+|./uy;

/** Reads the position out of an error about `text`; an error without one is passed through. TraceQL counts columns in characters. */
export function placeError(text: string, error: string, columns: 'bytes' | 'characters' = 'bytes'): PlacedError {
  const found = PLACED.exec(error) ?? PLACED_BY_LOKI.exec(error);
  if (found === null) return { message: error.replace(/^invalid parameter "query": /, '') };
  const from = offsetAt(text, Number(found[2]), Number(found[3]), columns);
  const message = found[1] ?? error;
  return from === undefined ? { message } : { message, span: { from, to: tokenEnd(text, from) } };
}

function offsetAt(text: string, line: number, column: number, columns: 'bytes' | 'characters'): number | undefined {
  let lineStart = 0;
  for (let i = 1; i < line; i++) {
    const newline = text.indexOf('\n', lineStart);
    if (newline < 0) return undefined;
    lineStart = newline + 1;
  }
  let at = 1;
  let offset = lineStart;
  for (const char of text.slice(lineStart)) {
    if (at >= column) break;
    at += columns === 'characters' ? 1 : new TextEncoder().encode(char).length;
    offset += char.length;
  }
  return offset;
}

/** The end of the word or operator that begins at `from`; an error at the end of the text marks nothing. */
function tokenEnd(text: string, from: number): number {
  TOKEN.lastIndex = from;
  const found = TOKEN.exec(text);
  TOKEN.lastIndex = 0;
  return from + (found?.[0].length ?? 0);
}
