/** Something wrong with an objective, at the path of its field: `indicator.threshold`; '' for the whole. */
export interface SloProblem {
  readonly path: string;
  /** What is wrong, the value, and the cure. */
  readonly message: string;
}

/** What `code` can be: a bad definition, a bad file, nothing to calculate with, or a Prometheus that does not answer. */
export type SloErrorCode = 'slo.invalid' | 'slo.file' | 'slo.no_data' | 'slo.unknown' | 'slo.query';

/** Every error that this package throws on purpose. */
export class SloError extends Error {
  override readonly name = 'SloError';
  readonly code: SloErrorCode;
  readonly problems: readonly SloProblem[];

  constructor(code: SloErrorCode, message: string, problems: readonly SloProblem[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}
