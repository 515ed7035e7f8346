import { RE2JS } from 're2js';
import { AppError } from './app-error.ts';
import { simpleTest } from './simple-regexp.ts';

/** The four label matchers that PromQL, LogQL and Alertmanager share. */
export type MatchType = '=' | '!=' | '=~' | '!~';

/** One label matcher; regular expressions are RE2 and fully anchored. */
export interface Matcher {
  readonly type: MatchType;
  readonly name: string;
  readonly value: string;
}

/** A test for one label value. Throws AppError `matcher.bad_regexp` when the expression does not compile. */
export function compileMatcher(matcher: Matcher): (value: string) => boolean {
  const { type, value: wanted } = matcher;
  if (type === '=') return (value) => value === wanted;
  if (type === '!=') return (value) => value !== wanted;
  const matches = simpleTest(wanted) ?? engineTest(wanted);
  return type === '=~' ? matches : (value) => !matches(value);
}

function engineTest(expression: string): (value: string) => boolean {
  const pattern = compileAnchored(expression);
  return (value) => pattern.matches(value);
}

/** Compiles an RE2 expression that must match the whole text; the dot matches a newline, as in Prometheus 3. */
export function compileAnchored(expression: string): RE2JS {
  try {
    return RE2JS.compile(`^(?s:${expression})$`);
  } catch (cause) {
    throw new AppError('matcher.bad_regexp', `invalid regular expression "${expression}": ${(cause as Error).message}`, { cause });
  }
}
