import { messageOf } from '../../model/app-error.ts';
import { discoveryError } from '../errors.ts';
import { type Fields, fieldsOf } from './fields.ts';

/** Largest event of a watch in bytes; the API's store takes objects of up to 1.5 MiB. */
export const MAX_EVENT_BYTES = 8 * 1024 * 1024;

const NEWLINE = 0x0a;

/** One event of a watch. */
export interface WatchEvent {
  readonly event: Fields;
  readonly sizeBytes: number;
}

/**
 * Reads a watch: one JSON object a line. What comes after the last line end was cut off and is left out: the next watch has it whole.
 * Throws AppError `discovery.bad_answer`, `discovery.too_large`.
 */
export async function* readWatchLines(body: AsyncIterable<Uint8Array>, maxBytes = MAX_EVENT_BYTES): AsyncGenerator<WatchEvent> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end));
      size += end - start;
      start = end + 1;
      checkSize(size, maxBytes);
      const line = Buffer.concat(parts, size);
      parts = [];
      size = 0;
      if (line.length > 0) yield { event: parse(line), sizeBytes: line.length };
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    size += chunk.length - start;
    checkSize(size, maxBytes);
  }
}

function checkSize(size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw discoveryError('discovery.too_large', `an event of the watch has more than ${Math.round(maxBytes / 1024)} KiB`);
}

function parse(line: Buffer): Fields {
  try {
    return fieldsOf(JSON.parse(line.toString('utf8')));
  } catch (cause) {
    throw discoveryError('discovery.bad_answer', `an event of the watch is not valid JSON: ${messageOf(cause)}`, cause);
  }
}
