import { type Command, Option } from 'commander';
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

/** Options that both directions have. */
export interface TransferOptions extends SelectionOptions {
  readonly url: string;
  readonly format?: string;
  readonly header: readonly string[];
}

const EVERYTHING: Matcher = { type: '!=', name: '__name__', value: '' };

/** Adds `--match`, `--start`, `--end` and `--header` to a command that reads from `server`. */
export function addSelectionOptions(command: Command, server: string): Command {
  const repeatable = (value: string, before: readonly string[]) => [...before, value];
  return command
    .addOption(
      new Option('--match <selector>', `which series of ${server}, repeatable (default: all)`).argParser(repeatable).default([], ''),
    )
    .option('--start <time>', `of ${server}, from when: RFC 3339, unix seconds, or 30d for so long ago (default: the beginning)`)
    .option('--end <time>', 'up to when (default: now)')
    .addOption(new Option('--header <header>', `sent to ${server}, "Name: value", repeatable`).argParser(repeatable).default([], ''));
}

/** The format that was named, if any was. Throws AppError `archive.bad_option` for one that there is not. */
export function checkedFormat<Format extends string>(format: string | undefined, formats: readonly Format[]): Format | undefined {
  const known = formats.find((one) => one === format);
  if (format === undefined || known !== undefined) return known;
  throw archiveError('archive.bad_option', `--format "${format}" is not one of ${formats.join(', ')}`);
}

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
