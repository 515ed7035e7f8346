import { compileSearch } from '../../storage/line-filter.ts';
import { meaningError } from '../errors.ts';
import { Field } from './field.ts';
import { sanitizeKey } from './label-key.ts';
import type { LineStage } from './pipeline.ts';
import { requiredLiteral } from './regexp-literals.ts';

/** `| regexp "(?P<name>…)"`: the named groups of the first match. Throws AppError `matcher.bad_regexp`, or `logql.parse` without a name. */
export function regexpStage(expression: string, needed?: ReadonlySet<string>): LineStage {
  const pattern = compileSearch(expression);
  const groups = Object.entries(pattern.namedGroups()).map(([name, index]) => ({
    field: new Field(sanitizeKey(name, true), needed),
    index,
  }));
  if (groups.length === 0)
    throw meaningError(`regexp ${JSON.stringify(expression)}: at least one named capture must be supplied (write (?P<name>…))`);
  const wanted = groups.filter(({ field }) => field.isWanted);
  const required = requiredLiteral(expression);
  return ({ line, labels }) => {
    if (wanted.length === 0 || !line.includes(required)) return true;
    const matcher = pattern.matcher(line);
    if (matcher.find()) for (const { field, index } of wanted) field.put(labels, matcher.group(index) ?? '');
    return true;
  };
}
