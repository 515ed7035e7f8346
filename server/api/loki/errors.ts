import { kernelStatusOf } from '../../http/errors.ts';
import { AppError, isAppError, messageOf } from '../../model/app-error.ts';

/** The codes of the errors that this dialect raises, with their status. */
export const LOKI_ERRORS = {
  'loki.bad_request': 400,
  'loki.too_large': 413,
} as const;

export type LokiErrorCode = keyof typeof LOKI_ERRORS;

/** An AppError with a code of this folder, answered word for word. */
export function lokiError(code: LokiErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'loki_push.bad_json': 400,
  'loki_push.bad_protobuf': 400,
  'snappy.corrupt': 400,
  'snappy.too_large': 413,
  'logql.parse': 400,
  'logql.type': 400,
  'logql.execution': 400,
  'logql.pipeline': 400,
  'logql.too_many_series': 400,
  'logql.too_many_lines': 400,
  'logql.too_many_points': 400,
  'logql.timeout': 504,
  'logql.cancelled': 499,
  // Another query may have taken the memory: worth asking again.
  'logql.out_of_memory': 503,
  'logql.overloaded': 503,
  'matcher.bad_regexp': 400,
  'storage.too_many_samples': 400,
  // Loki's status of a limit on streams, which its clients do not take for good.
  'storage.too_many_series': 429,
  'storage.timeout': 504,
  'storage.cancelled': 499,
  'storage.out_of_memory': 400,
  'storage.overloaded': 503,
};

/** How an error is answered: Loki sends its text alone. */
export interface ErrorAnswer {
  readonly status: number;
  readonly text: string;
}

/** The answer to anything that was thrown; what nobody foresaw is 500. */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  const code = isAppError(error) ? error.code : '';
  const status = kernelStatusOf(error) ?? LOKI_ERRORS[code as LokiErrorCode] ?? STATUS_OF_CODE[code] ?? 500;
  return { status, text: messageOf(error) };
}
