import { kernelStatusOf } from '../../http/errors.ts';
import { AppError } from '../../model/app-error.ts';

/** The codes of the errors of the UI's own API, with their status. */
export const UI_ERRORS = {
  'ui.bad_request': 400,
  'ui.not_found': 404,
  'ui.unsupported': 422,
} as const;

export type UiErrorCode = keyof typeof UI_ERRORS;

/** An AppError with a code of this folder. */
export function uiError(code: UiErrorCode, message: string): AppError {
  return new AppError(code, message);
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'promql.parse': 400,
  'promql.type': 400,
  'promql.execution': 422,
  'promql.too_many_samples': 422,
  'promql.too_many_series': 422,
  'promql.too_many_points': 400,
  'promql.timeout': 503,
  'promql.overloaded': 503,
  'logql.parse': 400,
  'logql.pipeline': 422,
  'logql.execution': 422,
  'logql.too_many_series': 422,
  'logql.too_many_lines': 422,
  'logql.too_many_points': 400,
  'logql.timeout': 503,
  'logql.out_of_memory': 503,
  'logql.overloaded': 503,
  'traceql.parse': 400,
  'traceql.type': 400,
  'traceql.unsupported': 400,
  'traces.too_large': 422,
  'storage.too_many_samples': 422,
  'storage.cancelled': 499,
  'storage.timeout': 503,
  'storage.overloaded': 503,
  'matcher.bad_regexp': 400,
  'advisor.unknown_advice': 404,
  'advisor.not_together': 400,
  'advisor.unknown_metric': 404,
  'slo.unknown': 404,
  'slo.not_one_series': 422,
  'dashboards.query_too_large': 400,
};

/** The status that answers an error. */
export function uiStatusOf(error: unknown): number {
  const code = error instanceof AppError ? error.code : '';
  return kernelStatusOf(error) ?? UI_ERRORS[code as UiErrorCode] ?? STATUS_OF_CODE[code] ?? 500;
}
