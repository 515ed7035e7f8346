import { AppError } from '../model/app-error.ts';

/** `generate.conflict`: several projects write different things to one place; `generate.deployment`: they cannot be deployed as they are. */
export type GenerateErrorCode = 'generate.conflict' | 'generate.deployment';

/** An error of generating files. */
export function generateError(code: GenerateErrorCode, message: string): AppError {
  return new AppError(code, message);
}
