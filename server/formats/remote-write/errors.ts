import { AppError } from '../../model/app-error.ts';

/** The codes of the errors that this folder throws. */
export const REMOTE_WRITE_ERRORS = {
  'remote_write.bad_protobuf': 'the bytes are not the message that the content type names',
} as const;

export type RemoteWriteErrorCode = keyof typeof REMOTE_WRITE_ERRORS;

/** An AppError with a code of this folder. */
export function remoteWriteError(code: RemoteWriteErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
