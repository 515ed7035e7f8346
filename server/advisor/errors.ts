import { AppError } from '../model/app-error.ts';

/** The codes of the errors of advice. */
export const ADVISOR_ERRORS = {
  'advisor.unknown_advice': 'there is no advice with this id (any more)',
  'advisor.not_together': 'several pieces of advice are proved together only where each relabels',
  'advisor.unknown_metric': 'no series has this metric name',
} as const;

export type AdvisorErrorCode = keyof typeof ADVISOR_ERRORS;

/** An AppError with a code of this folder. */
export function advisorError(code: AdvisorErrorCode, message: string): AppError {
  return new AppError(code, message);
}
