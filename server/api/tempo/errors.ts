import { kernelStatusOf } from '../../http/errors.ts';
import { AppError } from '../../model/app-error.ts';

/** The codes of the errors that this dialect raises, with their status. */
export const TEMPO_ERRORS = {
  'tempo.bad_request': 400,
  'tempo.not_found': 404,
} as const;

export type TempoErrorCode = keyof typeof TEMPO_ERRORS;

/** An AppError with a code of this folder. */
export function tempoError(code: TempoErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}

/** An error about a parameter: `invalid limit: …`. */
export function invalidParameter(name: string, problem: string): AppError {
  return tempoError('tempo.bad_request', `invalid ${name}: ${problem}`);
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'traceql.parse': 400,
  'traceql.type': 400,
  'traceql.unsupported': 400,
  'matcher.bad_regexp': 400,
  'traces.too_large': 422,
  'storage.too_many_samples': 422,
  'storage.out_of_memory': 422,
  'storage.cancelled': 499,
  'storage.overloaded': 503,
  'storage.timeout': 504,
};

/** The status that answers an error. */
export function tempoStatusOf(error: unknown): number {
  const code = error instanceof AppError ? error.code : '';
  return kernelStatusOf(error) ?? TEMPO_ERRORS[code as TempoErrorCode] ?? STATUS_OF_CODE[code] ?? 500;
}
