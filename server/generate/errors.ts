import { AppError } from '../model/app-error.ts';

/** `generate.conflict`: several projects write different things to one place. */
export type GenerateErrorCode = 'generate.conflict';

/** An error of generating files. */
export function generateError(code: GenerateErrorCode, message: string): AppError {
  return new AppError(code, message);
}
