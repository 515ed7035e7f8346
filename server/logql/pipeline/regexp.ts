import { compileSearch } from '../../storage/line-filter.ts';
import { meaningError } from '../errors.ts';
import { sanitizeKey } from './label-key.ts';
import type { LineStage } from './pipeline.ts';

/** `| regexp "(?P<name>…)"`: the named groups of the first match. Throws AppError `matcher.bad_regexp`, or `logql.parse` without a name. */
export function regexpStage(expression: string, needed?: ReadonlySet<string>): LineStage {
  const pattern = compileSearch(expression);
  const groups = Object.entries(pattern.namedGroups()).map(([name, index]) => ({ label: sanitizeKey(name, true), index }));
  if (groups.length === 0)
    throw meaningError(`regexp ${JSON.stringify(expression)}: at least one named capture must be supplied (write (?P<name>…))`);
  const wanted = groups.filter(({ label }) => needed === undefined || needed.has(label) || needed.has(`${label}_extracted`));
  return ({ line, labels }) => {
    if (wanted.length === 0) return true;
    const matcher = pattern.matcher(line);
    if (matcher.find()) for (const { label, index } of wanted) labels.extractField(label, matcher.group(index) ?? '');
    return true;
  };
}
