import { type AppError, messageOf } from '../../model/app-error.ts';
import { compileMatcher, type Matcher } from '../../model/matcher.ts';
import { parseSyntax } from '../../promql/parse/parser.ts';
import { parseError } from '../../promql/parse/position.ts';
import { apiError } from './errors.ts';

/** The matchers of a series selector (`up{job="x"}`). Throws `promql.parse` when the text is something else. */
export function parseSelector(text: string): readonly Matcher[] {
  if (text.trim() === '') throw parseError(text, 0, 'unexpected end of input');
  const expr = parseSyntax(text);
  if (expr.kind === 'selector' && expr.offsetMs === 0 && expr.at === undefined) return expr.matchers;
  if (expr.kind === 'call') throw parseError(text, text.indexOf('(', expr.start), 'unexpected "("');
  throw parseError(text, expr.start, `"${text}" is not a series selector; write name{label="value"}`);
}

/** The matcher sets of `match[]`; `fail` makes the error of one that cannot be read. */
export function readSelectors(texts: readonly string[], fail: (message: string) => AppError): readonly (readonly Matcher[])[] {
  return texts.map((text) => readSelector(text, fail));
}

/** The matcher sets of `match[]`, each of which must ask for something; `fail` makes the error of one that cannot be read. */
export function parseSelectors(
  texts: readonly string[],
  fail: (message: string) => AppError = (message) => apiError('bad_data', message),
): readonly (readonly Matcher[])[] {
  return texts.map((text) => {
    const matchers = readSelector(text, fail);
    if (matchers.every((matcher) => compileMatcher(matcher)(''))) throw fail('match[] must contain at least one non-empty matcher');
    return matchers;
  });
}

function readSelector(text: string, fail: (message: string) => AppError): readonly Matcher[] {
  try {
    return parseSelector(text);
  } catch (error) {
    throw fail(messageOf(error));
  }
}
