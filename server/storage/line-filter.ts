import { RE2JS } from 're2js';
import { AppError, messageOf } from '../model/app-error.ts';
import type { LineFilter } from './store.ts';

/** A test of the text of a line against all of `filters`. Throws AppError `matcher.bad_regexp`. */
export function compileLineFilters(filters: readonly LineFilter[]): (line: string) => boolean {
  const tests = filters.map(compileLineFilter);
  return (line) => tests.every((test) => test(line));
}

function compileLineFilter({ type, values }: LineFilter): (line: string) => boolean {
  const isWanted = type === '|=' || type === '|~';
  if (type === '|=' || type === '!=') return (line) => values.some((value) => line.includes(value)) === isWanted;
  const patterns = values.map(compileSearch);
  return (line) => patterns.some((pattern) => pattern.matcher(line).find()) === isWanted;
}

/** Compiles an RE2 expression that may match anywhere; the dot does not match a newline. */
export function compileSearch(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (cause) {
    throw new AppError('matcher.bad_regexp', `invalid regular expression "${expression}": ${messageOf(cause)}`, { cause });
  }
}
