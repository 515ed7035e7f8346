import { AppError } from '../model/app-error.ts';

/** The codes of the errors of this folder. */
export const SLO_ERRORS = {
  'slo.unknown': 'there is no objective of that name',
  'slo.not_one_series': 'an indicator answers several series or none that is a number',
} as const;

export type SloErrorCode = keyof typeof SLO_ERRORS;

/** An AppError with a code of this folder. */
export function sloError(code: SloErrorCode, message: string): AppError {
  return new AppError(code, message);
}
