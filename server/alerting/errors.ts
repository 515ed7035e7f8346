import { AppError } from '../model/app-error.ts';

/** The codes of the errors that alerting throws. */
export const ALERTING_ERRORS = {
  'alerting.bad_alert': 'an alert without labels, or that ends before it starts',
  'alerting.bad_silence': 'a silence that cannot be: no matchers, a bad expression, or an end before its start',
  'alerting.no_such_silence': 'no silence has this id',
  'alerting.refused': 'another Alertmanager did not take our alerts',
} as const;

export type AlertingErrorCode = keyof typeof ALERTING_ERRORS;

/** An AppError with a code of this folder. */
export function alertingError(code: AlertingErrorCode, message: string = ALERTING_ERRORS[code], cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
