import { AppError } from '../model/app-error.ts';

/** The codes of the errors of this folder. */
export const TRACES_ERRORS = {
  'traces.too_large': 'a trace has more spans than can be answered at once',
} as const;

export type TracesErrorCode = keyof typeof TRACES_ERRORS;

/** An AppError with a code of this folder. */
export function tracesError(code: TracesErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
