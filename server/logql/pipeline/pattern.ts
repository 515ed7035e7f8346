import { meaningError } from '../errors.ts';
import { parsePatternExpression } from './pattern-expression.ts';
import type { LineStage } from './pipeline.ts';

/** `| pattern "<ip> - <_> \"<method> …"`. Throws AppError `logql.parse` for a pattern without a name, or with one twice. */
export function patternStage(expression: string, needed?: ReadonlySet<string>): LineStage {
  const parts = parsePatternExpression(expression);
  const names = parts.flatMap((part) => ('capture' in part && part.capture !== '_' ? [part.capture] : []));
  if (names.length === 0) throw meaningError(`pattern ${JSON.stringify(expression)}: at least one capture is required (write <name>)`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw meaningError(`pattern ${JSON.stringify(expression)}: duplicate capture name (${twice})`);
  const isWanted = (name: string) => name !== '_' && (needed === undefined || needed.has(name) || needed.has(`${name}_extracted`));
  return ({ line, labels }) => {
    let at = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as (typeof parts)[number];
      if ('literal' in part) {
        // Only the first part: a later text is passed together with the capture before it.
        if (!line.startsWith(part.literal)) break;
        at = part.literal.length;
        continue;
      }
      const behind = parts[i + 1];
      const end = behind === undefined || !('literal' in behind) ? -1 : line.indexOf(behind.literal, at);
      if (line !== '' && isWanted(part.capture)) labels.extractField(part.capture, line.slice(at, end < 0 ? undefined : end));
      if (end < 0) break;
      at = end + (behind as { literal: string }).literal.length;
      i++;
    }
    return true;
  };
}
