import { AppError } from '../../model/app-error.ts';

/** The codes of the errors that reading the text format throws. */
export const EXPOSITION_ERRORS = {
  'exposition.bad_syntax': 'a line does not follow the text format 0.0.4',
  'exposition.bad_labels': 'a series has a label that cannot be stored: not UTF-8, or named twice',
} as const;

export type ExpositionErrorCode = keyof typeof EXPOSITION_ERRORS;

const MAX_EXCERPT_BYTES = 100;

/** An AppError whose message begins with the place of `offset` in `body`: `line 12, column 7: …`, both from 1, columns in bytes. */
export function expositionError(code: ExpositionErrorCode, body: Uint8Array, offset: number, problem: string): AppError {
  const at = Math.min(offset, body.length);
  let line = 1;
  let lineStart = 0;
  for (let i = body.indexOf(NEWLINE); i >= 0 && i < at; i = body.indexOf(NEWLINE, lineStart)) {
    line++;
    lineStart = i + 1;
  }
  const column = at - lineStart + 1;
  return new AppError(code, `line ${line}, column ${column}: ${problem}`, { details: { line, column } });
}

const NEWLINE = 10;

/** A piece of the body as it may stand in a message: quoted, shortened, invalid UTF-8 replaced. */
export function excerpt(body: Uint8Array, start: number, end: number): string {
  const isLong = end - start > MAX_EXCERPT_BYTES;
  const text = new TextDecoder().decode(body.subarray(start, isLong ? start + MAX_EXCERPT_BYTES : end));
  return JSON.stringify(isLong ? `${text}…` : text);
}
