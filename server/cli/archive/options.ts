import type { ReadQuery } from '../../formats/remote-read/read-request.ts';
import type { AppError } from '../../model/app-error.ts';
import { parseDurationMs } from '../../model/duration.ts';
import type { Matcher } from '../../model/matcher.ts';
import { parseExpr } from '../../promql/parse/parse.ts';
import { archiveError } from './errors.ts';

/** Which samples are read of a server. */
export interface SelectionOptions {
  readonly match: readonly string[];
  readonly start?: string;
  readonly end?: string;
}

const EVERYTHING: Matcher = { type: '!=', name: '__name__', value: '' };

/** The queries of a selection, one for each selector. Throws AppError `archive.bad_option`. */
export function queriesOf({ match, start, end }: SelectionOptions, nowMs: number): ReadQuery[] {
  const startMs = start === undefined ? 0 : timeOf('--start', start, nowMs);
  const endMs = end === undefined ? nowMs : timeOf('--end', end, nowMs);
  if (endMs < startMs) throw archiveError('archive.bad_option', '--end lies before --start');
  const sets = match.length === 0 ? [[EVERYTHING]] : match.map(matchersOf);
  return sets.map((matchers) => ({ startMs, endMs, matchers }));
}

/** Extra headers of requests, `Name: value`. */
export function headersOf(headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    headers.map((header) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(header) ?? [];
      if (name === undefined || value === undefined)
        throw archiveError('archive.bad_option', `--header "${header}" is not a header (write "Name: value")`);
      return [name.toLowerCase(), value];
    }),
  );
}

/** The token of our own server. */
export function tokenHeader(): Record<string, string> {
  const token = process.env.ALIDADE_TOKEN;
  return token ? { authorization: `Bearer ${token}` } : {};
}

function matchersOf(selector: string): readonly Matcher[] {
  try {
    const expr = parseExpr(selector);
    if (expr.kind === 'selector') return expr.matchers;
  } catch (error) {
    throw archiveError('archive.bad_option', `--match "${selector}": ${(error as AppError).message}`, error);
  }
  throw archiveError('archive.bad_option', `--match "${selector}" is not a selector (write name{label="value"})`);
}

/** RFC 3339, seconds since 1970, or so long ago. */
function timeOf(option: string, text: string, nowMs: number): number {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const ms = Date.parse(text);
    if (!Number.isNaN(ms)) return ms;
  }
  try {
    return nowMs - parseDurationMs(text);
  } catch (cause) {
    throw archiveError(
      'archive.bad_option',
      `${option} "${text}" is not a time (write 2025-01-31T00:00:00Z, 1738281600, or 30d for 30 days ago)`,
      cause,
    );
  }
}
