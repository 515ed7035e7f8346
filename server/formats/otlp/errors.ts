import { AppError } from '../../model/app-error.ts';

/** The codes of the errors that this format throws; every message begins with the place in the request. */
export const OTLP_ERRORS = {
  'otlp.bad_protobuf': 'the bytes are not the protobuf message that they should be',
  'otlp.bad_json': 'the text is not JSON, or a field has a value of the wrong kind',
  'otlp.too_large': 'the request holds more than is read at once',
} as const;

export type OtlpErrorCode = keyof typeof OTLP_ERRORS;

/** An AppError with a code of this folder. */
export function otlpError(code: OtlpErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
