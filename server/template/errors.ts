import { AppError, type ErrorDetails } from '../model/app-error.ts';

/** The codes of the errors that templates throw. */
export const TEMPLATE_ERRORS = {
  'template.parse': 'the text is not a valid Go template',
  'template.exec': 'a template failed while it was executed',
  'template.function': 'a template function refused its arguments',
  'template.too_large': 'a template ran longer, deeper or wrote more than it may',
} as const;

export type TemplateErrorCode = keyof typeof TEMPLATE_ERRORS;

/** An AppError with a code of this folder. Parse and exec messages begin with Go's `template: name:line…: `. */
export function templateError(
  code: TemplateErrorCode,
  message: string,
  options: { cause?: unknown; details?: ErrorDetails } = {},
): AppError {
  return new AppError(code, message, options);
}
