import { AppError } from '../model/app-error.ts';

/** The codes of the errors that discovery throws; they end as problems of a job, never as exceptions to its caller. */
export const DISCOVERY_ERRORS = {
  'discovery.bad_groups': 'a list of target groups does not have the form of file_sd and http_sd',
  'discovery.bad_answer': 'an http_sd endpoint answered something that is no list of target groups',
  'discovery.unreadable': 'a file of file_sd cannot be read',
} as const;

export type DiscoveryErrorCode = keyof typeof DISCOVERY_ERRORS;

/** An AppError with a code of this folder. */
export function discoveryError(code: DiscoveryErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
