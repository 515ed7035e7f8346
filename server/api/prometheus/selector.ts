import { type AppError, messageOf } from '../../model/app-error.ts';
import { compileMatcher, type Matcher } from '../../model/matcher.ts';
import { parseSelector as parseSelectorTokens } from '../../promql/parse/selectors.ts';
import { isMetricName } from '../../promql/parse/token.ts';
import { TokenStream } from '../../promql/parse/token-stream.ts';
import { apiError } from './errors.ts';

/** The matchers of a series selector (`up{job="x"}`) that stands alone. Throws `promql.parse` when the text is something else. */
export function parseSelector(text: string): readonly Matcher[] {
  const tokens = new TokenStream(text);
  const isNamed = isMetricName(tokens.token);
  if (!isNamed && !tokens.is('{')) throw tokens.unexpected();
  const { matchers } = parseSelectorTokens(tokens, isNamed ? tokens.advance() : undefined);
  if (!tokens.is('end')) throw tokens.unexpected();
  return matchers;
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
