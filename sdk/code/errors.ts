/** What is wrong with a definition: branch on it, not on the message. */
export type CodeErrorCode =
  | 'code.unknown_metric'
  | 'code.unknown_label'
  | 'code.invalid_metric'
  | 'code.invalid_duration'
  | 'code.invalid_panel'
  | 'code.invalid_rule'
  | 'code.invalid_alerting'
  | 'code.invalid_scrape_job'
  | 'code.invalid_project';

/** A definition that cannot be: the message names it, what is wrong, the value and the cure. */
export class CodeError extends Error {
  readonly code: CodeErrorCode;

  constructor(code: CodeErrorCode, message: string) {
    super(message);
    this.name = 'CodeError';
    this.code = code;
  }
}
