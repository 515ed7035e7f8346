// Steps over the bytes of a body. All take an offset and return one; at the end of the body they stop.

export const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const HASH = 35;
export const PLUS = 43;
export const COMMA = 44;
export const MINUS = 45;
export const DOT = 46;
export const EQUALS = 61;
export const BACKSLASH = 92;
export const OPEN = 123;
export const CLOSE = 125;
/** Not an offset. */
export const NONE = -1;

/** Bytes of metric names. */
export const IN_NAME = 1;
/** Bytes of label names. */
export const IN_LABEL_NAME = 2;
const CLASSES = new Uint8Array(256);
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_') CLASSES[character.charCodeAt(0)] = IN_NAME | IN_LABEL_NAME;
for (const character of '0123456789') CLASSES[character.charCodeAt(0)] = IN_NAME | IN_LABEL_NAME;
CLASSES[':'.charCodeAt(0)] = IN_NAME;

/** Whether the byte is a decimal digit; the end of the body (undefined) is none. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** Whether a blank or tab stands at `at`. */
export function isBlank(body: Uint8Array, at: number): boolean {
  const c = body[at];
  return c === SPACE || c === TAB;
}

/** The first offset from `from` on without a blank or tab. */
export function skipBlanks(body: Uint8Array, from: number): number {
  let i = from;
  while (i < body.length && (body[i] === SPACE || body[i] === TAB)) i++;
  return i;
}

/** The offset of the next line feed, or of the end. */
export function lineEndOf(body: Uint8Array, from: number): number {
  const end = body.indexOf(NEWLINE, from);
  return end < 0 ? body.length : end;
}

/** The end of the name at `start` (`start` itself when none is there); `allowed` is IN_NAME or IN_LABEL_NAME. */
export function nameEndOf(body: Uint8Array, start: number, allowed: number): number {
  let i = start;
  if (isDigit(body[i])) return start;
  while (i < body.length && ((CLASSES[body[i] as number] as number) & allowed) !== 0) i++;
  return i;
}

/** The offset behind the quoted string at `start`, or NONE when it does not end. A backslash hides the next byte but not a line feed. */
export function quotedEndOf(body: Uint8Array, start: number): number {
  for (let i = start + 1; i < body.length; i++) {
    const c = body[i];
    if (c === QUOTE) return i + 1;
    if (c === BACKSLASH && body[++i] === NEWLINE) return NONE;
  }
  return NONE;
}
