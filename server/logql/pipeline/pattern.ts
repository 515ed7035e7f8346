import { meaningError } from '../errors.ts';
import { Field } from './field.ts';
import { parsePatternExpression } from './pattern-expression.ts';
import type { LineStage } from './pipeline.ts';

interface Capture {
  /** None for `<_>`. */
  readonly field: Field | undefined;
  /** The text that ends the capture; undefined: the end of the line. */
  readonly behind: string | undefined;
}

/** `| pattern "<ip> - <_> \"<method> …"`. Throws AppError `logql.parse` for a pattern without a name, or with one twice. */
export function patternStage(expression: string, needed?: ReadonlySet<string>): LineStage {
  const parts = parsePatternExpression(expression);
  const names = parts.flatMap((part) => ('capture' in part && part.capture !== '_' ? [part.capture] : []));
  if (names.length === 0) throw meaningError(`pattern ${JSON.stringify(expression)}: at least one capture is required (write <name>)`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw meaningError(`pattern ${JSON.stringify(expression)}: duplicate capture name (${twice})`);
  const [first] = parts;
  const start = first && 'literal' in first ? first.literal : '';
  const captures = parts.flatMap((part, i): Capture[] => {
    if (!('capture' in part)) return [];
    const next = parts[i + 1];
    const field = part.capture === '_' ? undefined : new Field(part.capture, needed);
    return [{ field, behind: next && 'literal' in next ? next.literal : undefined }];
  });
  return ({ line, labels }) => {
    if (line === '' || !line.startsWith(start)) return true;
    let at = start.length;
    for (const { field, behind } of captures) {
      // A text that is missing gives the capture all that is left.
      const end = behind === undefined ? -1 : line.indexOf(behind, at);
      if (field?.isWanted) field.put(labels, end < 0 ? line.slice(at) : line.slice(at, end));
      if (end < 0) break;
      at = end + (behind as string).length;
    }
    return true;
  };
}
