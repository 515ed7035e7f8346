import { AppError } from '../model/app-error.ts';

/** The codes of the errors that the query engine throws. */
export const PROMQL_ERRORS = {
  'promql.parse': 'the expression is not PromQL; the message starts with line and column',
  'promql.type': 'the expression parses but combines values of the wrong types; the message starts with line and column',
  'promql.execution': 'the expression cannot be evaluated on the data found, for example for ambiguous matching',
  'promql.timeout': 'the evaluation took longer than its limit',
  'promql.cancelled': 'whoever asked went away',
  'promql.too_many_samples': 'the evaluation needs more samples in memory than its limit',
  'promql.too_many_series': 'the selectors of the query find more series than its limit',
  'promql.too_many_points': 'a range query asks for more steps than its limit',
  'promql.overloaded': 'too many queries are waiting',
} as const;

export type PromqlErrorCode = keyof typeof PROMQL_ERRORS;

/** An AppError with a code of this folder. */
export function promqlError(code: PromqlErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}

/** Upstream's error of an evaluation over its time limit. */
export function timedOut(): AppError {
  return promqlError('promql.timeout', 'query timed out in expression evaluation');
}

/** Upstream's error of an evaluation that nobody waits for any more. */
export function cancelled(cause?: unknown): AppError {
  return promqlError('promql.cancelled', 'query was canceled in expression evaluation', cause);
}

/** Upstream's error of an evaluation over its limit of samples. */
export function tooManySamples(): AppError {
  return promqlError('promql.too_many_samples', 'query processing would load too many samples into memory in query execution');
}

/** Runs `evaluate`; errors of the folder vector/ become errors of this query's execution. */
export function inExecution<T>(evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('vector.')) throw promqlError('promql.execution', error.message, error);
    throw error;
  }
}
