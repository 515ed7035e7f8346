import { AppError } from '../model/app-error.ts';

/** The codes of the errors that discovery throws; they end as problems of a job, never as exceptions to its caller. */
export const DISCOVERY_ERRORS = {
  'discovery.bad_groups': 'a list of target groups does not have the form of file_sd and http_sd',
  'discovery.bad_answer': 'a server answered something that its protocol does not know, or refused to answer',
  'discovery.too_large': 'an answer is larger than what is taken',
  'discovery.list_again': 'a watch cannot go on, and the list has to be read again',
  'discovery.no_access': 'how to reach a server cannot be found out',
  'discovery.unreadable': 'a file of file_sd cannot be read',
} as const;

export type DiscoveryErrorCode = keyof typeof DISCOVERY_ERRORS;

/** An AppError with a code of this folder. */
export function discoveryError(code: DiscoveryErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
