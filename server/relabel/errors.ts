import { AppError } from '../model/app-error.ts';

/** The codes of the errors that relabelling throws; a bad expression is `matcher.bad_regexp`. */
export const RELABEL_ERRORS = {
  'relabel.bad_modulus': 'hashmod needs a modulus above 0',
} as const;

export type RelabelErrorCode = keyof typeof RELABEL_ERRORS;

/** An AppError with a code of this folder. */
export function relabelError(code: RelabelErrorCode, message: string): AppError {
  return new AppError(code, message);
}
