import { meaningError } from '../errors.ts';
import { parsePatternExpression } from './pattern-expression.ts';

/** A test for `|>`: the whole line is the texts with something, not nothing, for every `<_>`. Throws AppError `logql.parse` for named captures. */
export function compileLinePattern(expression: string): (line: string) => boolean {
  const parts = parsePatternExpression(expression);
  for (const part of parts)
    if ('capture' in part && part.capture !== '_')
      throw meaningError(`pattern ${JSON.stringify(expression)}: a line filter takes only <_>, not <${part.capture}>`);
  const endsOpen = parts.at(-1) !== undefined && 'capture' in (parts.at(-1) as object);
  return (line) => {
    if (line === '' || parts.length === 0) return line === '' && parts.length === 0;
    let at = 0;
    for (const [i, part] of parts.entries()) {
      if (!('literal' in part)) continue;
      const found = line.indexOf(part.literal, at);
      if (found < 0 || (i === 0 ? found !== 0 : found === at)) return false;
      at = found + part.literal.length;
    }
    return endsOpen ? at < line.length : at === line.length;
  };
}
