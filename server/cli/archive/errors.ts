import { AppError } from '../../model/app-error.ts';

/** The codes of the errors of `alidade import` and `alidade export`. */
export const ARCHIVE_ERRORS = {
  'archive.bad_option': 'an option has a value that it cannot have',
  'archive.bad_file': 'a file cannot be read, or written',
  'archive.bad_line': 'a line does not follow its format',
  'archive.source': 'a server that is read does not answer, refuses, or breaks off',
  'archive.target': 'a server that is written to does not answer, or refuses',
} as const;

export type ArchiveErrorCode = keyof typeof ARCHIVE_ERRORS;

/** An AppError with a code of this folder. */
export function archiveError(code: ArchiveErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
