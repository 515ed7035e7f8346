import { AppError } from '../model/app-error.ts';

/** The codes of the errors of remote write's sender. */
export const SEND_ERRORS = {
  'send.no_log': 'this store has no log of commits to send from',
} as const;

export type SendErrorCode = keyof typeof SEND_ERRORS;

/** An AppError with a code of this folder. */
export function sendError(code: SendErrorCode, message: string = SEND_ERRORS[code], cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
