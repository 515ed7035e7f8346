import { AppError } from '../model/app-error.ts';

/** The codes of the errors that logql throws. */
export const LOGQL_ERRORS = {
  'logql.parse': 'the query cannot be read; the text is that of Loki, with line and column',
  'logql.execution': 'the query cannot be evaluated',
  'logql.pipeline': 'a line of a metric query could not be processed',
  'logql.timeout': 'the query took longer than its limit',
  'logql.cancelled': 'the asker went away',
  'logql.too_many_series': 'a metric query has more series than its limit',
  'logql.too_many_lines': 'a query reads more lines than its limit',
  'logql.too_many_points': 'a range query asks for more steps than its limit',
  'logql.out_of_memory': 'the worker that evaluates queries ran out of memory',
  'logql.overloaded': 'too many queries run',
} as const;

export type LogqlErrorCode = keyof typeof LOGQL_ERRORS;

/** An AppError with a code of this folder. */
export function logqlError(code: LogqlErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}

/** Loki's error of a query that cannot be read, at an offset of its text; lines and columns begin at 1. */
export function parseErrorAt(query: string, offset: number, problem: string): AppError {
  const before = query.slice(0, offset);
  const line = before.split('\n').length;
  const col = offset - before.lastIndexOf('\n');
  return logqlError('logql.parse', `parse error at line ${line}, col ${col}: ${problem}`);
}

/** Loki's error of a query that can be read and means nothing. */
export function meaningError(problem: string): AppError {
  return logqlError('logql.parse', `parse error : ${problem}`);
}
