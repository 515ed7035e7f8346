import { AppError } from '../model/app-error.ts';

/** The codes of the errors of TraceQL; every message names line and column. */
export const TRACEQL_ERRORS = {
  'traceql.parse': 'the text is not TraceQL',
  'traceql.type': 'the query parses but compares or combines values that never fit',
  'traceql.unsupported': 'the query is TraceQL, but uses a part that is not supported',
} as const;

export type TraceqlErrorCode = keyof typeof TRACEQL_ERRORS;

/** An error about the text at `offset` (UTF-16): `parse error at line 1, col 7: …`. Columns count characters from 1. */
export function traceqlError(code: TraceqlErrorCode, query: string, offset: number, message: string, cause?: unknown): AppError {
  const before = query.slice(0, offset);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  return new AppError(code, `parse error at line ${line}, col ${column}: ${message}`, { cause });
}
