import { AppError } from '../../model/app-error.ts';

/** The codes of the errors that this folder throws. */
export const REMOTE_READ_ERRORS = {
  'remote_read.bad_protobuf': 'the bytes are not a prometheus.ReadRequest',
  'remote_read.bad_chunk': 'a chunk of an answer cannot be read',
  'remote_read.bad_answer': 'an answer is not what was asked for',
  'remote_read.too_many_samples': 'the answer in samples would have more of them, or more bytes, than its limit',
} as const;

export type RemoteReadErrorCode = keyof typeof REMOTE_READ_ERRORS;

/** An AppError with a code of this folder. */
export function remoteReadError(code: RemoteReadErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
