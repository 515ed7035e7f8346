import { AppError } from '../../model/app-error.ts';

/** The codes of the errors that this folder throws. */
export const SNAPPY_ERRORS = {
  'snappy.corrupt': 'the bytes are not a block of snappy',
  'snappy.too_large': 'the block is larger than it may be once it is decompressed',
} as const;

export type SnappyErrorCode = keyof typeof SNAPPY_ERRORS;

/** An AppError with a code of this folder. */
export function snappyError(code: SnappyErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
