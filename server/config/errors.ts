import { AppError } from '../model/app-error.ts';

/** The codes of the errors that this folder throws. Faults in the user's files are not thrown but collected as `Problem`s. */
export const CONFIG_ERRORS = {
  'config.bad_flag': 'an option of the command line has a value that cannot be used',
  'config.bad_matcher': 'a label matcher of Alertmanager cannot be parsed',
  'config.bad_address': 'a listen address is not host:port',
  'config.bad_tokens': 'the file of tokens cannot be read, or does not hold what is asked',
  'config.bad_web_config': 'the web.config.file cannot be used',
} as const;

export type ConfigErrorCode = keyof typeof CONFIG_ERRORS;

/** An AppError with a code of this folder. */
export function configError(code: ConfigErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
