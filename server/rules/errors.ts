import { AppError } from '../model/app-error.ts';

/** The codes of the errors that rules throw; those of the query engine pass through. */
export const RULES_ERRORS = {
  'rules.duplicate_labels': 'two results of a rule have the same labels',
  'rules.limit': 'a rule gave more results than its group allows',
  'rules.bad_result': 'the expression of a rule is neither a vector nor a scalar',
  'rules.write_failed': 'results of a rule were not stored',
} as const;

export type RulesErrorCode = keyof typeof RULES_ERRORS;

/** An AppError with a code of this folder. */
export function rulesError(code: RulesErrorCode, message: string = RULES_ERRORS[code]): AppError {
  return new AppError(code, message);
}
