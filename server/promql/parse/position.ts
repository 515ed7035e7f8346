import type { AppError } from '../../model/app-error.ts';
import { promqlError } from '../errors.ts';

/** A half-open range of UTF-16 offsets in the query text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The offset in bytes of UTF-8. */
export function byteOffset(query: string, offset: number): number {
  return new TextEncoder().encode(query.slice(0, offset)).length;
}

/** `line:column` as upstream counts them: from 1, columns in bytes of UTF-8. */
export function positionText(query: string, offset: number): string {
  if (query === '') return 'unknown position';
  const before = query.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return `${line}:${new TextEncoder().encode(before.slice(lineStart)).length + 1}`;
}

/** An error about the text: `1:7: parse error: …`. */
export function parseError(query: string, offset: number, message: string): AppError {
  return promqlError('promql.parse', `${positionText(query, offset)}: parse error: ${message}`);
}

/** An error about the types of an expression, in the same notation as `parseError`. */
export function typeError(query: string, offset: number, message: string): AppError {
  return promqlError('promql.type', `${positionText(query, offset)}: parse error: ${message}`);
}
