import { AppError } from '../model/app-error.ts';

/** The codes of the errors of backups, and what they mean. */
export const BACKUP_ERRORS = {
  'backup.damaged': 'a file of the backup is missing, or is not what its checksum says',
  'backup.not_found': 'there is no such backup, or no such file in it',
  'backup.bad_target': 'the folder cannot be used: it holds something else, or somebody else uses it',
  'backup.busy': 'another backup of the server is under way',
  'backup.secret': 'settings may hold secrets and are given only to who has shown credentials',
  'backup.failed': 'a backup could not be read or written',
} as const;

export type BackupErrorCode = keyof typeof BACKUP_ERRORS;

/** An AppError with a code of this folder; `message` says what, why and what to do. */
export function backupError(code: BackupErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
