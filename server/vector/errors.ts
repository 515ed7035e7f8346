import { AppError } from '../model/app-error.ts';

/** The codes of the errors that operations on vectors throw. */
export const VECTOR_ERRORS = {
  'vector.duplicate_series': 'two series of a result have the same labels at the same time',
  'vector.many_to_many': 'several series on the one side of an operation match the same series',
  'vector.ambiguous_match': 'several series match where the operation allows one',
  'vector.no_histogram': 'an operator for histograms stands between two numbers',
  'vector.bad_label': 'a label name that no label can have',
  'vector.too_many_groups': 'an aggregation that is not to keep its rows would keep as much for its many groups and steps',
} as const;

export type VectorErrorCode = keyof typeof VECTOR_ERRORS;

/** An AppError with a code of this folder; texts are Prometheus'. */
export function vectorError(code: VectorErrorCode, message: string): AppError {
  return new AppError(code, message);
}

/** The error of a vector in which two series have the same labels. */
export function duplicateSeries(): AppError {
  return vectorError('vector.duplicate_series', 'vector cannot contain metrics with the same labelset');
}

/** The error of an aggregation of rows that come bit by bit (streamed.ts), when the rows had better be kept. */
export function tooManyGroups(): AppError {
  return vectorError('vector.too_many_groups', 'too many groups and steps for an aggregation that keeps no rows');
}
