import { AppError } from '../model/app-error.ts';

/** The codes of the errors of pushes. */
export const PUSH_ERRORS = {
  'push.bad_body': 'the body is not in the format that it should be in',
  'push.inconsistent': 'the metrics contradict themselves or those of another group',
  'push.too_much': 'there is no room for more groups or metrics',
} as const;

export type PushErrorCode = keyof typeof PUSH_ERRORS;

/** An AppError with a code of this folder. */
export function pushError(code: PushErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
