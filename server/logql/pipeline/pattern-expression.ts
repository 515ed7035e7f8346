import { meaningError } from '../errors.ts';

/** A text that must stand there, or a capture; `<_>` has no name. */
export type PatternPart = { readonly literal: string } | { readonly capture: string };

const CAPTURE = /<([a-zA-Z_][a-zA-Z0-9_]*)>/g;

/** Reads `<ip> - <_> [<time>]`. Throws AppError `logql.parse` for captures without a text between them. */
export function parsePatternExpression(expression: string): PatternPart[] {
  const parts: PatternPart[] = [];
  let at = 0;
  for (const match of expression.matchAll(CAPTURE)) {
    if (match.index > at) parts.push({ literal: expression.slice(at, match.index) });
    else if (at > 0)
      throw meaningError(
        `found consecutive capture '${expression.slice(0, at).replace(/.*</s, '<')}${match[0]}' in pattern ${JSON.stringify(expression)}: put a text between them`,
      );
    parts.push({ capture: match[1] as string });
    at = match.index + match[0].length;
  }
  if (at < expression.length) parts.push({ literal: expression.slice(at) });
  return parts;
}
