import { AppError } from '../model/app-error.ts';
import type { Labels } from '../model/labels.ts';
import type { ReadLimits } from './store.ts';

/** The codes of the errors that storage throws. */
export const STORAGE_ERRORS = {
  'storage.too_many_series': 'the limit on series or log streams is reached; no new one is accepted',
  'storage.too_many_samples': 'a read would return more samples or rows than its limit',
  'storage.overloaded': 'a bounded buffer is full; nothing was stored, send again later',
  'storage.timeout': 'a read took longer than its limit',
  'storage.cancelled': 'the reader went away',
  'storage.out_of_memory': 'a read needed more memory than its limit',
  'storage.closed': 'the store is closed',
  'storage.bad_sample': 'a sample whose time is not a whole number of milliseconds, or of an unknown series',
  'storage.bad_schema': 'the data directory was written by another version',
  'storage.locked': 'another process has the data directory open',
  'storage.write_failed': 'a write did not reach the disk',
  'storage.corrupt': 'a file of the data directory cannot be read',
  'storage.no_snapshot': 'the store has no directory to put a snapshot into',
  'storage.engine': 'the database engine failed',
} as const;

export type StorageErrorCode = keyof typeof STORAGE_ERRORS;

/** An AppError with a code of this folder; `message` says what, why and what to do. */
export function storageError(code: StorageErrorCode, message: string = STORAGE_ERRORS[code], cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}

/** Throws `storage.cancelled` when the reader of `limits` went away. */
export function throwIfAborted(limits: ReadLimits): void {
  if (limits.signal?.aborted) throw storageError('storage.cancelled', 'the read was cancelled', limits.signal.reason);
}

/** The error of new series over the limit on them. */
export function tooManySeries(maxSeries: number, labels: Labels): AppError {
  return storageError(
    'storage.too_many_series',
    `the limit of ${maxSeries} series is reached; ${labels} was not created (drop labels whose values never end, or raise --max-series)`,
  );
}

/** The error of new log streams over the limit on them. */
export function tooManyStreams(maxStreams: number, labels: Labels): AppError {
  return storageError('storage.too_many_series', `the limit of ${maxStreams} log streams is reached; ${labels.toString()} was not created`);
}

/** The error of a read over its limit of `maxSamples`. */
export function tooManySamples(maxSamples: number): AppError {
  return storageError(
    'storage.too_many_samples',
    `the read would return more than ${maxSamples} samples; ask for fewer series or a shorter time, or raise the limit`,
  );
}
