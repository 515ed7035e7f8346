import type { AppError } from '../../model/app-error.ts';
import { otlpError } from './errors.ts';

/** Spans, log records or metrics of one request: an empty one takes two bytes on the wire and hundreds in memory. */
export const MAX_ITEMS = 250_000;
/** Data points of one request. */
export const MAX_POINTS = 2_000_000;
/** Buckets on one side of a data point, or quantiles: of more, only so many and one are read. */
export const MAX_BUCKETS = 10_000;
/** Fields of one span, log record or data point, or of one resource, with all that is in them; an attribute takes four. */
export const MAX_FIELDS = 262_144;
/** Bytes of a request in JSON, which is parsed in one go: about a third of a second. */
export const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** Objects and arrays of a request in JSON; four times what so many bytes usually hold. */
export const MAX_JSON_OBJECTS = 1_000_000;

/** The error for a request that is too large in any of these ways. */
export function tooLarge(what: string): AppError {
  return otlpError('otlp.too_large', `${what}; send smaller batches`);
}
